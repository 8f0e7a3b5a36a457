"""GitHub as a code host."""
