"""What processes tell each other through Redis. All of it may be lost at any moment."""
