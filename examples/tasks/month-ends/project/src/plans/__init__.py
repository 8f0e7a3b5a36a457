"""Payment plans."""
