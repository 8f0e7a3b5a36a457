"""What goes into a prompt: texts in pieces, the best of them within a budget, and long conversations made short."""
