"""The HTTP API: tasks, runs, approvals, questions and events, for people's programs."""
