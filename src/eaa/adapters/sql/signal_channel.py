"""The channel of Postgres through which processes knock at each other."""

CHANNEL = "eaa"
