"""The LLM orchestrator: from an ask to an answer, by whichever model fits, within its budget."""
