"""Ports kept in SQLite or Postgres."""
