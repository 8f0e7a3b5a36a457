"""Settings as lines of `key = value`; `#` begins a comment line."""


class BadLine(ValueError):
    """A line that is no setting."""


def read_settings(text):
    """Return the settings of a text by key; a later line wins."""
    settings = {}
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        parts = line.split("=")
        if len(parts) < 2 or not parts[0].strip():
            raise BadLine(line)
        settings[parts[0].strip()] = parts[1].strip()
    return settings
