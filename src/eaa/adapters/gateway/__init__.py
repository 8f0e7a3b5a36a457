"""A gateway that runs elsewhere."""
