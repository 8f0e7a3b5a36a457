"""Durable workflows on DBOS Transact; the only place that imports it."""
