"""A role's gRPC door."""
