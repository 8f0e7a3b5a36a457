"""Lets `python -m eaa` be the same as `eaa`."""

from eaa.cli.main import main

if __name__ == "__main__":
    main()
