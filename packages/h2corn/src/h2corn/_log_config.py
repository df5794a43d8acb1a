"""Owns `--log-config`: a file that configures Python's logging, in one of three forms.

Does not say what is in it. The form is told by the name: `.toml` and `.json` are for `dictConfig`,
all others are INI for `fileConfig`. Loggers that are there already are not disabled, unless the
file says so; the server's own would be, and whatever the application has imported.
"""

import json
import logging.config
import tomllib
from pathlib import Path

__all__ = ["LogConfigError", "apply_log_config"]


class LogConfigError(ValueError):
    """The file cannot be read, or is no such configuration."""


def apply_log_config(path: str) -> None:
    """Configure logging as a file says.

    Raises:
        LogConfigError: it cannot be done.
    """
    try:
        _apply(Path(path))
    except OSError as error:
        named = error.filename not in {None, path}
        where = f" (it asks for {error.filename!r})" if named else ""
        reason = (error.strerror or str(error)).lower()
        raise LogConfigError(f"cannot read {path!r}{where}: {reason}") from error
    except Exception as error:  # handlers and formatters of a file may be anybody's
        cause = f": {error.__cause__}" if error.__cause__ is not None else ""
        text = f"{error}{cause}" or type(error).__name__
        raise LogConfigError(f"cannot use {path!r}: {text}") from error


def _apply(path: Path) -> None:
    suffix = path.suffix.lower()
    if suffix not in {".toml", ".json"}:
        with path.open(encoding="utf-8") as file:
            logging.config.fileConfig(file, disable_existing_loggers=False)
        return
    text = path.read_text(encoding="utf-8")
    data = tomllib.loads(text) if suffix == ".toml" else json.loads(text)
    if not isinstance(data, dict):
        raise TypeError("it is no object")
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False} | data)
