"""Repeating a run from its record, without models and without effects, up to the first thing that differs."""
