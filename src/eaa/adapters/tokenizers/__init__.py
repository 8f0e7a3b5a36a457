"""Vocabularies of models, read by the `tokenizers` library."""
