"""What we need from the world; the docstrings are the contracts, held by `tests/contract`."""
