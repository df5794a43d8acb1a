"""A project of somebody else, of blocking sockets, that installs the wheel of proxyproto alone."""

import subprocess
from pathlib import Path

import pytest

from tests.workspace.foreign import install, installed, needs_uv
from tests.workspace.program import Program

pytestmark = needs_uv

PROJECT = '''
"""A mail server that greets each client by name, as soon as its proxy has said who that is."""

import socket
import sys

from proxyproto import Command, Decoder, InvalidHeaderError, Mode


def greet(connection):
    connection.settimeout(5)
    decoder = Decoder(Mode.V2)
    try:
        while (header := decoder.receive_data(connection.recv(512))) is None:
            pass
    except (InvalidHeaderError, OSError) as error:
        print("refused", type(error).__name__, flush=True)
        return
    if header.command is Command.LOCAL:
        print("checked", flush=True)
        return
    name = header.ssl.common_name if header.ssl and header.ssl.is_verified else "stranger"
    connection.sendall(f"220 {name} of {header.source[0]}, {decoder.left_over!r}\\n".encode())


listener = socket.create_server(("127.0.0.1", 0))
print("port", listener.getsockname()[1], flush=True)
while True:
    connection, _ = listener.accept()
    with connection:
        greet(connection)
'''

PROXY = '''
"""A proxy that terminates TLS, and then asks whether the server is alive."""

import socket
import sys

from proxyproto import TLV, ClientSSL, Command, SSLInfo, TLVType, encode_v1, encode_v2


def ask(header, rest=b""):
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10) as connection:
        for at in range(len(header) - 1):
            connection.sendall(header[at : at + 1])
        # In one piece, for whoever has the header closes the connection.
        connection.sendall(header[-1:] + rest)
        return connection.recv(500).decode()


client, server = ("2001:db8::7", 51000), ("2001:db8::1", 25)
proof = SSLInfo(ClientSSL.SSL | ClientSSL.CERT_CONN, 0, (TLV(TLVType.SSL_CN, b"Ada"),))
doubt = proof._replace(verify=18)
print(ask(encode_v2(client, server, tlvs=[proof.encode()], checksum=True), b"EHLO"), end="")
print(ask(encode_v2(client, server, tlvs=[doubt.encode()])), end="")
print(repr(ask(encode_v2(command=Command.LOCAL))))
print(repr(ask(encode_v1(client, server)[:1])))
'''


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment that has the wheel, and nothing else."""
    return install("proxyproto", tmp_path_factory.mktemp("foreign"))


def test_nothing_else_is_installed(python: Path) -> None:
    assert installed(python, "proxyproto") == "proxyproto"


def test_clients_are_greeted_by_the_name_that_the_proxy_tells(python: Path, tmp_path: Path) -> None:
    command = [str(python), "-I", "-W", "error", "-c"]
    with Program([*command, PROJECT], tmp_path) as server:
        port = server.wait_for(r"port (\d+)")[1]
        proxy = [*command, PROXY, port]
        answers = subprocess.check_output(proxy, text=True, timeout=60).splitlines()
        server.wait_for("^checked$")
        server.wait_for("^refused SignatureError$")
    greeting, doubt, *others = answers
    assert greeting == "220 Ada of 2001:db8::7, b'EHLO'"
    assert doubt == "220 stranger of 2001:db8::7, b''"
    assert others == ["''", "''"]
