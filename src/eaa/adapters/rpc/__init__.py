"""Services that are asked over gRPC."""
