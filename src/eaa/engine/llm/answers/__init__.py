"""What models answer, taken apart and checked; every way to be wrong has its own error."""
