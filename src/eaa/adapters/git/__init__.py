"""Git on the host, which never runs a repository's own code: mirrors, commits, throw-away checkouts."""
