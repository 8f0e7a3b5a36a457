"""Engineering AI Agent: an issue goes in, a tested change with evidence comes out."""
