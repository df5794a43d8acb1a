"""Owns the coverage-guided run: `python -m tests.h2c_core.fuzz [LIBFUZZER-OPTION]... [CORPUS]`.

It wants atheris and the engine in plain Python, which it instruments. Without options it goes on
until it finds something; `-max_total_time=600` ends it after ten minutes. A finding is written to a
file whose name is printed; the same command with that file runs it again.
"""

import importlib
import sys


def main() -> None:
    """Instrument the engine and hand over to libFuzzer."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["h2c_core"]):
        engine = importlib.import_module("h2c_core")
    if engine.COMPILED:
        sys.exit("h2c_core is compiled, and a fuzzer sees nothing of compiled code")
    session = importlib.import_module("tests.h2c_core.fuzz.session")
    atheris.Setup(sys.argv, session.run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
