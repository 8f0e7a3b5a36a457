"""Through which door: the processes that other programs talk to."""
