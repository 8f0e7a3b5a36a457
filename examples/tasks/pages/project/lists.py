"""Lists for people to read."""


def numbered(items):
    """Return the items as lines, numbered from 1."""
    return [f"{number}. {item}" for number, item in enumerate(items, start=1)]
