"""An application that sets up logging by itself, to standard error."""

import logging.config
from typing import Any

from tests.h2corn.running import Receive, Send

__all__ = ["app"]

logging.config.dictConfig(
    {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "plain": {
                "()": logging.Formatter,
                "fmt": "seen %(name)s %(method)s %(target)s %(status)s",
                "defaults": {"method": "-", "target": "-", "status": "-"},
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
        "root": {"handlers": ["console"], "level": "INFO"},
    }
)


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Answer, or fail."""
    if scope["type"] != "http":
        return
    if scope["path"] == "/raise-before":
        raise RuntimeError("asked for")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})
