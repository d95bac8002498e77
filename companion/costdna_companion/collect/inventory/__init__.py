"""What there is in an account: one declared table of calls, one fetcher, one tabulator."""
