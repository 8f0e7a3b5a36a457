"""Measuring models and the team by exercises with hidden tests."""
