"""The door for other programs that speak the Model Context Protocol."""
