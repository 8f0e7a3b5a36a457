"""Who does it: six roles, each one function."""
