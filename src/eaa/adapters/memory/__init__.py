"""Twins that forget everything when the process ends; no files, no network."""
