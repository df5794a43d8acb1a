"""Owns `python -m h2corn`. Does not differ from the command `h2corn` in anything."""

from h2corn.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
