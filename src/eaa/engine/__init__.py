"""What happens: the rules in motion."""
