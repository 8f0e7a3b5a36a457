"""NATS JetStream, through FastStream."""
