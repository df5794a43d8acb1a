"""Owns the way into the command, by `h2corn` and by `python -m h2corn`.

Does not differ from `h2corn.cli.main` in what it does, only in when the garbage is collected.
"""

from h2corn._collector import pause

__all__ = ["main"]


def main() -> None:
    """Load the command and run it.

    Raises:
        SystemExit: Always.
    """
    pause()
    from h2corn import cli  # noqa: PLC0415 - what is loaded is what there is no garbage in

    cli.main()


if __name__ == "__main__":
    main()
