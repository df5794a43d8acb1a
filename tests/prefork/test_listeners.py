"""The listeners of a service: bound together, shared by the slots or one for each, given back."""

import os
import select
import socket
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from prefork._address import Address, FdAddress, TcpAddress, UnixAddress
from prefork._listener import Listener
from prefork._listeners import Listeners
from prefork.errors import ListenError
from tests.prefork.isolated import check_isolated

LOCAL = TcpAddress("127.0.0.1", 0)


@pytest.fixture
def path(tmp_path: Path) -> UnixAddress:
    return UnixAddress(str(tmp_path / "socket"))


@pytest.fixture
def given() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock


def is_closed(listener: Listener) -> bool:
    return listener.socket.fileno() < 0


def endpoint(listener: Listener) -> tuple[str, int]:
    host, port = listener.socket.getsockname()
    return host, port


class TestOpening:
    def test_nothing_is_bound_before(self, path: UnixAddress) -> None:
        listeners = Listeners([LOCAL, path])
        assert listeners.addresses == (LOCAL, path)
        assert not listeners.names
        assert not listeners.of_slot(0)
        assert not Path(path.path).exists()

    def test_clients_are_refused_until_a_worker_is_ready(self) -> None:
        listeners = Listeners([LOCAL])
        listeners.open()
        (tcp,) = listeners.of_slot(0)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(tcp.socket.getsockname(), 10)
        listeners.listen(0)
        socket.create_connection(tcp.socket.getsockname(), 10).close()
        listeners.close()

    def test_who_listens_first_has_the_port(self) -> None:
        listeners = Listeners([LOCAL])
        listeners.open()
        (tcp,) = listeners.of_slot(0)
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(tcp.socket.getsockname())
            other.listen()
            with pytest.raises(
                ListenError, match=r"cannot listen on 127\.0\.0\.1:0: address already"
            ):
                listeners.listen(0)
        listeners.close()

    def test_all_listen_when_they_are_told_to(
        self, path: UnixAddress, given: socket.socket
    ) -> None:
        inherited = FdAddress(given.fileno())
        listeners = Listeners([LOCAL, path, inherited])
        listeners.open()
        tcp, unix, fd = listeners.of_slot(0)
        port = endpoint(tcp)[1]
        assert port != 0
        assert list(listeners.names) == [tcp.name, f"unix:{path.path}", str(inherited)]
        assert tcp.name.endswith(f"127.0.0.1:{port}")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(endpoint(tcp), 10)
        listeners.listen(0)
        for listener in (tcp, unix, fd):
            with socket.socket(listener.socket.family) as client:
                client.settimeout(10)
                client.connect(listener.socket.getsockname())
        listeners.close()
        assert not listeners.names
        assert all(map(is_closed, (tcp, unix, fd)))
        assert not Path(path.path).exists()
        assert given.fileno() >= 0

    @pytest.mark.parametrize("kind", ["unix", "fd"])
    def test_clients_wait_where_none_can_be_refused(
        self, path: UnixAddress, given: socket.socket, kind: str
    ) -> None:
        listeners = Listeners([path if kind == "unix" else FdAddress(given.fileno())])
        listeners.open()
        (listener,) = listeners.of_slot(0)
        with socket.socket(listener.socket.family) as client:
            client.settimeout(10)
            client.connect(listener.socket.getsockname())
        listeners.close()

    def test_listening_again_changes_nothing(self) -> None:
        listeners = Listeners([LOCAL])
        listeners.open()
        listeners.listen(0)
        listener = listeners.of_slot(0)[0]
        with socket.create_connection(endpoint(listener), 10):
            listeners.listen(0)
            listener.socket.accept()[0].close()
        listeners.close()

    def test_twice(self) -> None:
        listeners = Listeners([LOCAL])
        listeners.open()
        with pytest.raises(RuntimeError, match="are open"):
            listeners.open()
        listeners.close()

    def test_again_after_the_end(self, path: UnixAddress) -> None:
        listeners = Listeners([path])
        for _ in range(2):
            listeners.open()
            listeners.close()

    def test_closing_twice(self, path: UnixAddress) -> None:
        listeners = Listeners([path])
        listeners.open()
        listeners.close()
        Path(path.path).write_text("precious")
        listeners.close()
        assert Path(path.path).exists()

    def test_all_or_none(self, path: UnixAddress, given: socket.socket) -> None:
        taken = TcpAddress("127.0.0.1", given.getsockname()[1])
        listeners = Listeners([path, taken])
        with pytest.raises(ListenError, match="address already in use"):
            listeners.open()
        assert not listeners.names
        assert not Path(path.path).exists()

    def test_what_cannot_listen(self, path: UnixAddress) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            listeners = Listeners([path, FdAddress(ours.fileno())])
            with pytest.raises(ListenError, match=f"cannot listen on fd://{ours.fileno()}"):
                listeners.open()
        assert not listeners.names
        assert not Path(path.path).exists()

    def test_permissions(self, path: UnixAddress) -> None:
        listeners = Listeners([path], permissions=0o600)
        listeners.open()
        assert stat.S_IMODE(Path(path.path).stat().st_mode) == 0o600
        listeners.close()

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
    def test_owner(self, path: UnixAddress) -> None:
        listeners = Listeners([path], owner=(1234, 2345))
        listeners.open()
        found = Path(path.path).stat()
        assert (found.st_uid, found.st_gid) == (1234, 2345)
        listeners.close()


class TestShared:
    def test_all_slots_have_the_same(self, path: UnixAddress) -> None:
        listeners = Listeners([LOCAL, path])
        listeners.open()
        assert listeners.of_slot(3) is listeners.of_slot(0)
        listeners.close()


class TestReusePort:
    @pytest.fixture
    def addresses(self, path: UnixAddress, given: socket.socket) -> tuple[Address, ...]:
        return LOCAL, path, FdAddress(given.fileno())

    @pytest.fixture
    def listeners(self, addresses: tuple[Address, ...]) -> Iterator[Listeners]:
        listeners = Listeners(addresses, reuse_port=True)
        listeners.open()
        yield listeners
        listeners.close()

    def test_a_slot_has_its_own_socket_on_the_same_port(self, listeners: Listeners) -> None:
        first, second, third = (listeners.of_slot(slot)[0] for slot in range(3))
        assert len({first.socket.fileno(), second.socket.fileno(), third.socket.fileno()}) == 3
        assert endpoint(first) == endpoint(second) == endpoint(third)
        # The kernel gives connections to those alone that listen.
        listeners.listen(1)
        listens = [
            bool(listener.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
            for listener in (first, second, third)
        ]
        assert listens == [False, True, False]

    def test_other_kinds_are_shared(self, listeners: Listeners) -> None:
        assert listeners.of_slot(1)[1:] == listeners.of_slot(0)[1:]

    def test_they_stay_with_the_slot(self, listeners: Listeners) -> None:
        assert listeners.of_slot(1) is listeners.of_slot(1)

    def test_what_a_slot_leaves_unattended_is_what_only_it_has(self, listeners: Listeners) -> None:
        for slot in range(2):
            listeners.listen(slot)
        # One that nobody was ready in does not listen.
        listeners.of_slot(2)
        first, second = (listeners.of_slot(slot)[0] for slot in range(2))
        assert listeners.unattended({0, 1}) == ()
        assert listeners.unattended({0}) == ((0, second),)
        assert listeners.unattended({1, 2}) == ((0, first),)
        assert listeners.unattended(()) == ((0, first), (0, second))
        listeners.close()
        assert listeners.unattended(()) == ()

    def test_closing_closes_all(self, listeners: Listeners, path: UnixAddress) -> None:
        every = {*listeners.of_slot(0), *listeners.of_slot(1), *listeners.of_slot(2)}
        assert len(every) == 5
        listeners.close()
        assert all(map(is_closed, every))
        assert not Path(path.path).exists()

    def test_a_slot_that_cannot_be_bound(
        self, listeners: Listeners, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(listener: Listener) -> Listener:
            raise ListenError(listener.address, "no more")

        with monkeypatch.context() as patch:
            patch.setattr("prefork._listeners.twin_of", refuse)
            with pytest.raises(ListenError, match="no more"):
                listeners.of_slot(1)
        # Asked again it is there, and what is shared was left alone.
        assert not any(map(is_closed, listeners.of_slot(1)))

    def test_connections_come_to_each_slot(self, listeners: Listeners) -> None:
        for slot in range(2):
            listeners.listen(slot)
        slots = [listeners.of_slot(slot)[0].socket for slot in range(2)]
        came: Counter[int] = Counter()
        # The kernel chooses by a hash of the client's port: 2**-63 for the same one each time.
        clients = [socket.create_connection(slots[0].getsockname(), 10) for _ in range(64)]
        while came.total() < len(clients):
            ready, _, _ = select.select(slots, [], [], 10)
            assert ready, f"{came} of {len(clients)} connections came"
            for sock in ready:
                sock.accept()[0].close()
                came[slots.index(sock)] += 1
        for client in clients:
            client.close()
        assert len(came) == 2


def test_a_worker_that_closes_them_removes_no_file(path: UnixAddress) -> None:
    outcome = check_isolated(f"""
        from prefork._address import UnixAddress
        from prefork._listeners import Listeners

        path = {path.path!r}
        listeners = Listeners([UnixAddress(path)])
        listeners.open()
        children = Children()
        (status,) = wait(children, children.start(listeners.close))
        assert status.is_success, status
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
        listeners.close()
        print(os.path.exists(path))
    """)
    assert outcome.out == "False\n"
