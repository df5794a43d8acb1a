"""Binding: every kind of address, what can be wrong with it, and that only ours is removed."""

import errno
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from prefork._address import Address, FdAddress, TcpAddress, UnixAddress
from prefork._listener import Binding, Listener, open_listeners, twin_of
from prefork.errors import ListenError, PreforkError
from tests.prefork.isolated import check_isolated


def bind(*addresses: Address, permissions: int | None = None) -> list[Listener]:
    return open_listeners(addresses, Binding(backlog=5, permissions=permissions))


@pytest.fixture
def path(tmp_path: Path) -> UnixAddress:
    return UnixAddress(str(tmp_path / "socket"))


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield int(sock.getsockname()[1])


class TestTcp:
    def test_a_free_port(self) -> None:
        (listener,) = bind(TcpAddress("127.0.0.1", 0))
        port = listener.socket.getsockname()[1]
        assert listener.name == f"127.0.0.1:{port}"
        assert not listener.socket.getblocking()
        assert listener.socket.proto == socket.IPPROTO_TCP
        listener.close()

    def test_ipv6_is_ipv6_only(self) -> None:
        (listener,) = bind(TcpAddress("::1", 0))
        port = listener.socket.getsockname()[1]
        assert listener.name == f"[::1]:{port}"
        assert listener.socket.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
        listener.close()

    def test_both_families_on_one_port(self) -> None:
        (first,) = bind(TcpAddress("0.0.0.0", 0))
        (second,) = bind(TcpAddress("::", first.socket.getsockname()[1]))
        first.close()
        second.close()

    def test_a_port_in_use_is_one_line(self, taken: int) -> None:
        with pytest.raises(ListenError) as caught:
            bind(TcpAddress("127.0.0.1", taken))
        assert str(caught.value) == f"cannot listen on 127.0.0.1:{taken}: address already in use"
        assert caught.value.errno == errno.EADDRINUSE
        assert caught.value.address == TcpAddress("127.0.0.1", taken)
        assert isinstance(caught.value, PreforkError)

    def test_an_address_of_nobody_here(self) -> None:
        with pytest.raises(ListenError, match="assign requested address"):
            bind(TcpAddress("192.0.2.1", 0))

    def test_a_name_of_nobody(self) -> None:
        with pytest.raises(ListenError, match=r"^cannot listen on no-such-host\.invalid:80: "):
            bind(TcpAddress("no-such-host.invalid", 80))

    def test_all_or_none(self, taken: int, path: UnixAddress) -> None:
        with pytest.raises(ListenError):
            bind(TcpAddress("127.0.0.1", 0), path, TcpAddress("127.0.0.1", taken))
        assert not Path(path.path).exists()


class TestTwins:
    def bind(self, address: TcpAddress) -> Listener:
        (listener,) = open_listeners([address], Binding(reuse_port=True))
        return listener

    @pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
    def test_a_twin_has_the_same_port(self, host: str) -> None:
        listener = self.bind(TcpAddress(host, 0))
        twin = twin_of(listener)
        assert twin.name == listener.name
        assert twin.address == listener.address
        assert twin.socket is not listener.socket
        for each in (listener, twin):
            assert each.socket.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT)
            each.close()

    def test_the_twin_goes_on_alone(self) -> None:
        listener = self.bind(TcpAddress("127.0.0.1", 0))
        twin = twin_of(listener)
        listener.close()
        twin.socket.listen(5)
        with socket.create_connection(twin.socket.getsockname()):
            twin.close()

    def test_one_without_reuse_port_has_none(self) -> None:
        (listener,) = bind(TcpAddress("127.0.0.1", 0))
        listener.socket.listen(5)
        with pytest.raises(ListenError, match=r"127\.0\.0\.1:0: address already in use"):
            twin_of(listener)
        listener.close()

    def test_others_share_no_port_without_it(self) -> None:
        listener = self.bind(TcpAddress("127.0.0.1", 0))
        listener.socket.listen(5)
        with pytest.raises(ListenError, match="address already in use"):
            bind(TcpAddress("127.0.0.1", listener.socket.getsockname()[1]))
        listener.close()


class TestNames:
    """A name with two addresses, as localhost is one."""

    @pytest.fixture(autouse=True)
    def resolver(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []

        def getaddrinfo(host: str, port: int, **options: object) -> list[object]:
            assert host == "name"
            return [
                (socket.AF_INET6 if ":" in ip else socket.AF_INET, 1, 6, "", (ip, its_port))
                for ip, its_port in found
            ]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return found

    def test_each_address_is_bound_once(self, resolver: list[tuple[str, int]]) -> None:
        resolver += [("127.0.0.1", 0), ("::1", 0), ("127.0.0.1", 0)]
        listeners = bind(TcpAddress("name", 0))
        hosts = [listener.name.rpartition(":")[0] for listener in listeners]
        assert hosts == ["127.0.0.1", "[::1]"]
        for listener in listeners:
            listener.close()

    def test_a_family_that_is_absent_is_left_out(self, resolver: list[tuple[str, int]]) -> None:
        resolver += [("2001:db8::1", 0), ("127.0.0.1", 0)]
        (listener,) = bind(TcpAddress("name", 0))
        assert listener.name.startswith("127.0.0.1:")
        listener.close()

    def test_none_of_them_is_here(self, resolver: list[tuple[str, int]]) -> None:
        resolver += [("2001:db8::1", 0), ("192.0.2.1", 0)]
        with pytest.raises(ListenError, match="assign requested address"):
            bind(TcpAddress("name", 0))

    def test_one_of_them_is_in_use(self, resolver: list[tuple[str, int]], taken: int) -> None:
        resolver += [("::1", 0), ("127.0.0.1", taken)]
        with pytest.raises(ListenError, match="address already in use"):
            bind(TcpAddress("name", taken))


class TestUnix:
    def test_it_listens_and_goes(self, path: UnixAddress) -> None:
        (listener,) = bind(path)
        assert listener.name == f"unix:{path.path}"
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path.path)
        listener.close()
        assert not Path(path.path).exists()

    @pytest.mark.parametrize("mode", [0o600, 0o660, 0o777])
    def test_permissions(self, path: UnixAddress, mode: int) -> None:
        (listener,) = bind(path, permissions=mode)
        assert stat.S_IMODE(Path(path.path).stat().st_mode) == mode
        listener.close()

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
    def test_owner(self, path: UnixAddress) -> None:
        (listener,) = open_listeners([path], Binding(permissions=0o660, owner=(1234, None)))
        found = Path(path.path).stat()
        assert (found.st_uid, found.st_gid) == (1234, os.getegid())
        assert stat.S_IMODE(found.st_mode) == 0o660
        listener.close()

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
    def test_owning_group(self, path: UnixAddress) -> None:
        (listener,) = open_listeners([path], Binding(owner=(None, 2345)))
        found = Path(path.path).stat()
        assert (found.st_uid, found.st_gid) == (os.geteuid(), 2345)
        listener.close()

    def test_a_stale_file_is_replaced(self, path: UnixAddress) -> None:
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(path.path)
        (listener,) = bind(path)
        listener.close()

    def test_a_living_server_is_left_alone(self, path: UnixAddress) -> None:
        (listener,) = bind(path)
        with pytest.raises(ListenError, match="address already in use"):
            bind(path)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path.path)
        listener.close()

    def test_a_living_server_with_a_full_backlog(self, path: UnixAddress) -> None:
        with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as client:
            busy.bind(path.path)
            busy.listen(0)
            client.connect(path.path)
            with pytest.raises(ListenError, match="address already in use"):
                bind(path)

    def test_a_socket_of_another_kind(self, path: UnixAddress) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.bind(path.path)
            with pytest.raises(ListenError, match="address already in use"):
                bind(path)
        assert Path(path.path).exists()

    @pytest.mark.parametrize("kind", ["file", "directory", "link"])
    def test_what_is_no_socket_is_left_alone(self, path: UnixAddress, kind: str) -> None:
        place = Path(path.path)
        if kind == "file":
            place.write_text("precious")
        elif kind == "directory":
            place.mkdir()
        else:
            place.symlink_to("/nowhere")
        with pytest.raises(ListenError, match="the file exists and is not a socket"):
            bind(path)
        assert place.is_symlink() or place.exists()

    def test_no_such_directory(self, tmp_path: Path) -> None:
        with pytest.raises(ListenError, match="no such file or directory"):
            bind(UnixAddress(str(tmp_path / "none" / "socket")))

    def test_somebody_elses_socket_is_not_removed(self, path: UnixAddress) -> None:
        (listener,) = bind(path)
        Path(path.path).unlink()
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(path.path)
            listener.close()
            assert Path(path.path).exists()

    def test_a_file_that_is_gone_is_no_error(self, path: UnixAddress) -> None:
        (listener,) = bind(path)
        Path(path.path).unlink()
        listener.close()

    @pytest.mark.parametrize("kind", ["gone", "file", "loop"])
    def test_a_directory_that_is_out_of_reach_is_no_error(self, tmp_path: Path, kind: str) -> None:
        folder = tmp_path / "run"
        folder.mkdir()
        (listener,) = bind(UnixAddress(str(folder / "socket")))
        folder.rename(tmp_path / "moved")
        if kind == "file":
            folder.write_text("precious")
        elif kind == "loop":
            folder.symlink_to(folder)
        listener.close()
        assert listener.socket.fileno() < 0

    def test_a_file_that_cannot_be_removed_is_no_error(
        self, path: UnixAddress, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(path: Path) -> None:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))

        (listener,) = bind(path)
        monkeypatch.setattr(Path, "unlink", refuse)
        listener.close()
        assert listener.socket.fileno() < 0

    def test_what_fails_after_the_bind_leaves_no_file(
        self, path: UnixAddress, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(path: str, user: int, group: int) -> None:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

        monkeypatch.setattr(os, "chown", refuse)
        with pytest.raises(ListenError, match="operation not permitted"):
            open_listeners([path], Binding(owner=(1234, None)))
        assert not Path(path.path).exists()

    def test_it_is_removed_once(self, path: UnixAddress) -> None:
        (listener,) = bind(path)
        listener.unlink()
        Path(path.path).write_text("precious")
        listener.close()
        assert Path(path.path).exists()

    def test_only_its_owner_removes_it(self, path: UnixAddress) -> None:
        (listener,) = bind(path)
        copy = Listener(listener.socket.dup(), listener.address)
        copy.close()
        assert Path(path.path).exists()
        listener.close()
        assert not Path(path.path).exists()

    def test_a_forked_process_does_not_remove_it(self, path: UnixAddress) -> None:
        outcome = check_isolated(f"""
            from prefork._address import UnixAddress
            from prefork._listener import Binding, open_listeners

            path = {path.path!r}
            (listener,) = open_listeners([UnixAddress(path)], Binding())
            children = Children()
            pid = children.start(listener.close)
            (status,) = wait(children, pid)
            assert status.is_success, status
            print(os.path.exists(path))
            listener.close()
            print(os.path.exists(path))
        """)
        assert outcome.out == "True\nFalse\n"


class TestInherited:
    def test_a_listening_socket(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as given:
            (listener,) = bind(FdAddress(given.fileno()))
            assert listener.name == f"fd://{given.fileno()}"
            assert listener.socket.fileno() != given.fileno()
            assert not os.get_inheritable(listener.socket.fileno())
            assert listener.socket.getsockname() == given.getsockname()
            listener.close()
            with socket.create_connection(given.getsockname()):
                given.accept()[0].close()

    def test_its_file_is_left_alone(self, path: UnixAddress) -> None:
        with socket.socket(socket.AF_UNIX) as given:
            given.bind(path.path)
            (listener,) = bind(FdAddress(given.fileno()))
            listener.close()
        assert Path(path.path).exists()

    def test_no_such_descriptor(self) -> None:
        with pytest.raises(ListenError, match="cannot listen on fd://9999: bad file descriptor"):
            bind(FdAddress(9999))

    def test_a_file(self, tmp_path: Path) -> None:
        with (tmp_path / "file").open("w") as file, pytest.raises(ListenError, match="non-socket"):
            bind(FdAddress(file.fileno()))

    def test_a_datagram_socket(self) -> None:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as given,
            pytest.raises(ListenError, match="not a TCP or Unix stream socket"),
        ):
            bind(FdAddress(given.fileno()))
