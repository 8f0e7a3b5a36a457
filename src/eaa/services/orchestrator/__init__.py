"""The orchestrator behind HTTP, in OpenAI's words."""
