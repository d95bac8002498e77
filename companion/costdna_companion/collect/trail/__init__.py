"""CloudTrail as it lies in S3 or in a folder: files → rows of who did what to which resource."""
