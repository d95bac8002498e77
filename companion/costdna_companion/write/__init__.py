"""Tags written back to AWS: planned, tried, read back, journalled, and undone. The only room that changes an account."""
