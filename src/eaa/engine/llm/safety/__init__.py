"""What may leave in a prompt, and what is put back into the answer."""
