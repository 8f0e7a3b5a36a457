"""Switches by OpenFeature."""
