"""What an agent's step costs us, beside mini-swe-agent, both against one scripted model on loopback in one run."""
