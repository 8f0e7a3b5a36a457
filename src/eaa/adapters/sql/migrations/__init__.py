"""Alembic's scripts, shipped with the package and run by `adapters/sql/migrate.py`."""
