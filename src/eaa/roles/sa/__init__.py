"""System architecture: where a change belongs and what it touches."""
