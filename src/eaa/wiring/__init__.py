"""Which parts meet tonight: one async context manager a process."""
