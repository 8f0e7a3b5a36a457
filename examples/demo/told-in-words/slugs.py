"""Addresses made from titles."""


def slugify(title, limit=20):
    """Return the title in lower case, its words joined by hyphens, cut to `limit` characters."""
    words = title.lower().split()
    slug = "-".join(words)
    return slug[: limit - 1]
