"""What files and environment variables say, checked and turned into domain values."""
