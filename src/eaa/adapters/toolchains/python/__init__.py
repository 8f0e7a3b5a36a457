"""Python: what its text says, and its tools."""
