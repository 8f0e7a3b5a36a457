"""The tools of the loop, one file for what belongs together."""
