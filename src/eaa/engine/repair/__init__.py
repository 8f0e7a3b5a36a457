"""Repairs one-place bugs that a failing test exposes, without a model."""
