"""The half of the repair engine that travels into the sandbox and runs under the project's own Python (≥ 3.9).

It is mounted read-only and started as a module, whatever the folder is called there; so its parts import each other
relatively, and use nothing but the standard library (and pytest, when the project's tests are pytest's).
"""
