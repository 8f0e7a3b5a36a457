"""The files that a process may have open, shared out among what opens them for others."""

import resource


def share_of_files(part: int, *, most: int) -> int:
    """Return how many files one purpose gets: a `part`-th of all that this process may open, `most` at most."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return most if files == resource.RLIM_INFINITY else min(most, files // part)
