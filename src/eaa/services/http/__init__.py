"""What every HTTP server of ours does alike."""
