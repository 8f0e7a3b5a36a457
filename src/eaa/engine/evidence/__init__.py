"""Evidence: measuring a change against its criteria, and deriving the same again from the record (DESIGN §5)."""
