"""Quality assurance: tests that are red for the right reason, and what they then show."""
