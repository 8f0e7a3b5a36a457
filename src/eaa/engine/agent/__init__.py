"""What the agent loop is made of: the transcript, the history made from it, limits, tools."""
