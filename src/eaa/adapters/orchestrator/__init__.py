"""The way to an orchestrator that runs elsewhere."""
