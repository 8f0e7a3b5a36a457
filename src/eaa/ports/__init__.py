"""What we need from the outside: one protocol a noun, its docstrings are the contract."""
