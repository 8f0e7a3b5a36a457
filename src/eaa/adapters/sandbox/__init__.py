"""Where untrusted commands run: bubblewrap first, a container engine second, nothing else without asking for it."""
