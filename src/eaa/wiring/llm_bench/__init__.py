"""What a call to a model costs us, beside bare aiohttp and LiteLLM, all against one loopback server in one run."""
