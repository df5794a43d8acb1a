"""Owns the configurations of the proxies that stand in front of a server that is reloaded.

Does not start them.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.interop.proxies.proxy import nghttpx
from tests.server.programs import find


def _haproxy(
    words: str, lines: str, folder: Path, front: Path, server: tuple[str, int]
) -> list[str]:
    config = folder / "haproxy.cfg"
    config.write_text(
        f"""
global
    nbthread 2
    tune.bufsize 131072
defaults
    mode http
    timeout connect 10s
    timeout client 20s
    timeout server 20s
    timeout http-keep-alive 20s
frontend front
    bind unix@{front}
    default_backend back
backend back
{lines}
    server app {server[0]}:{server[1]} {words}
"""
    )
    return [find("haproxy"), "-db", "-q", "-f", str(config)]


RETRIES = """
    retries 3
    option redispatch
    retry-on conn-failure empty-response
    option http-buffer-request
"""
"""An idle connection of HTTP/1 may be closed just when a request comes on it, which is then made
again. HAProxy can do that with what it holds whole, hence the last line and the larger buffers."""

haproxy_h2 = partial(_haproxy, "proto h2", "")
haproxy_h2_shared = partial(_haproxy, "proto h2", "    http-reuse always")
haproxy_http1 = partial(_haproxy, "", RETRIES)

FRONTS: dict[str, Callable[[Path, Path, tuple[str, int]], list[str]]] = {
    "haproxy-h2": haproxy_h2,
    "haproxy-h2-shared": haproxy_h2_shared,
    "haproxy-http1": haproxy_http1,
    "nghttpx": nghttpx,
}
