"""Research and development: reproduces, researches, integrates, publishes."""
