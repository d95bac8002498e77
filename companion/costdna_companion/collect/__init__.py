"""What a bill cannot show, fetched with the user's own credentials. Fetching is dumb, tabulating is pure."""
