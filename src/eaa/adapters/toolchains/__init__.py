"""Languages and their tools, one folder a language."""
