"""Attempts at exercises: how each arm works, what hidden tests say, what it all amounts to."""
