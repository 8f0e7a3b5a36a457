"""Code that travels into the sandbox and runs a project's tests there. Python 3.9, the standard library and pytest."""
