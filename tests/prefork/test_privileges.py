"""Whom processes run as: names and numbers, and the order in which rights are given up."""

import os
import sys

import pytest

from prefork._privileges import Identity, acting_as, drop_privileges, find_identity
from prefork.errors import PreforkError
from tests.prefork.isolated import check_isolated, run_isolated

pwd = pytest.importorskip("pwd")
grp = pytest.importorskip("grp")

NOBODY_HAS = 2_000_000_123
ACCOUNT = pwd.getpwnam("nobody")
GROUP = grp.getgrgid(ACCOUNT.pw_gid)


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """Note the calls that would change this process."""
    made: list[tuple[object, ...]] = []
    for name in ("umask", "setgroups", "initgroups", "setgid", "setuid", "setegid", "seteuid"):

        def note(*arguments: object, name: str = name) -> None:
            made.append((name, *arguments))

        monkeypatch.setattr(os, name, note)
    return made


@pytest.mark.usefixtures("root")
class TestFind:
    def test_nobody_in_particular(self) -> None:
        assert find_identity(None, None) == Identity(None, None)

    @pytest.mark.parametrize("user", ["nobody", ACCOUNT.pw_uid, str(ACCOUNT.pw_uid)])
    def test_a_user_comes_with_its_group(self, user: str | int) -> None:
        assert find_identity(user, None) == Identity(ACCOUNT.pw_uid, ACCOUNT.pw_gid)

    @pytest.mark.parametrize("group", [GROUP.gr_name, GROUP.gr_gid, str(GROUP.gr_gid)])
    def test_a_group(self, group: str | int) -> None:
        assert find_identity(None, group) == Identity(None, GROUP.gr_gid)

    def test_both(self) -> None:
        assert find_identity("nobody", 0) == Identity(ACCOUNT.pw_uid, 0)

    def test_a_name_of_nobody(self) -> None:
        with pytest.raises(PreforkError, match="there is no user 'no-such-user'"):
            find_identity("no-such-user", None)
        with pytest.raises(PreforkError, match="there is no group 'no-such-group'"):
            find_identity(None, "no-such-group")

    def test_a_number_of_nobody_with_a_group(self) -> None:
        assert find_identity(NOBODY_HAS, 7) == Identity(NOBODY_HAS, 7)

    def test_a_number_of_nobody_has_no_group_to_take(self) -> None:
        with pytest.raises(PreforkError, match=f"user {NOBODY_HAS} "):
            find_identity(NOBODY_HAS, None)


class TestRights:
    @pytest.fixture(autouse=True)
    def ordinary(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: ACCOUNT.pw_uid)
        monkeypatch.setattr(os, "getegid", lambda: ACCOUNT.pw_gid)

    def test_who_it_is_already(self) -> None:
        assert find_identity("nobody", None) == Identity(ACCOUNT.pw_uid, ACCOUNT.pw_gid)

    @pytest.mark.parametrize(("user", "group"), [(0, None), (None, 0), ("nobody", 0)])
    def test_somebody_else(self, user: str | int | None, group: int | None) -> None:
        with pytest.raises(PreforkError, match="only root can run workers as another"):
            find_identity(user, group)


class TestDrop:
    def test_nothing(self, calls: list[tuple[object, ...]]) -> None:
        drop_privileges(None, None, None)
        assert calls == []

    def test_the_mask_alone(self, calls: list[tuple[object, ...]]) -> None:
        drop_privileges(None, None, 0)
        assert calls == [("umask", 0)]

    @pytest.mark.usefixtures("root")
    def test_the_user_goes_last(self, calls: list[tuple[object, ...]]) -> None:
        drop_privileges(ACCOUNT.pw_uid, 7, 0o27)
        user = ACCOUNT.pw_uid
        assert calls == [
            ("umask", 0o27),
            ("initgroups", "nobody", 7),
            ("setgid", 7),
            ("setuid", user),
        ]

    @pytest.mark.usefixtures("root")
    def test_a_user_without_an_account_has_no_other_groups(
        self, calls: list[tuple[object, ...]]
    ) -> None:
        drop_privileges(NOBODY_HAS, 7, None)
        assert calls[0] == ("setgroups", [7])

    @pytest.mark.usefixtures("root")
    def test_a_group_alone(self, calls: list[tuple[object, ...]]) -> None:
        drop_privileges(None, 7, None)
        assert calls == [("setgroups", [7]), ("setgid", 7)]

    def test_who_is_not_root_keeps_its_groups(
        self, calls: list[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 5)
        drop_privileges(5, None, None)
        assert calls == [("setuid", 5)]


class TestForAWhile:
    @pytest.mark.usefixtures("root")
    @pytest.mark.parametrize(
        ("user", "group", "taken"),
        [
            (NOBODY_HAS, 7, [("setgroups", [7]), ("setegid", 7), ("seteuid", NOBODY_HAS)]),
            (NOBODY_HAS, None, [("setgroups", []), ("seteuid", NOBODY_HAS)]),
            (None, 7, [("setgroups", [7]), ("setegid", 7)]),
        ],
    )
    def test_all_rights_come_back(
        self,
        calls: list[tuple[object, ...]],
        user: int | None,
        group: int | None,
        taken: list[tuple[object, ...]],
    ) -> None:
        groups = os.getgroups()
        meanwhile = []

        def fail() -> None:
            with acting_as(Identity(user, group)):
                meanwhile.extend(calls)
                raise KeyError

        with pytest.raises(KeyError):
            fail()
        assert meanwhile == taken
        back = [("seteuid", 0), ("setegid", os.getegid()), ("setgroups", groups)]
        assert calls == [*taken, *back]

    @pytest.mark.usefixtures("root")
    def test_nobody_in_particular(self, calls: list[tuple[object, ...]]) -> None:
        with acting_as(Identity()):
            assert calls == []
        assert calls == []

    def test_who_is_not_root(
        self, calls: list[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 5)
        with acting_as(Identity(5, 6)):
            pass
        assert calls == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives up anything")
class TestForGood:
    """In a process of its own, which really changes."""

    def test_there_is_no_way_back(self) -> None:
        outcome = check_isolated("""
            from prefork._privileges import drop_privileges, find_identity

            found = find_identity("nobody", None)
            children = Children()

            def work():
                drop_privileges(found.user, found.group, 0o27)
                assert os.getresuid() == (found.user,) * 3, os.getresuid()
                assert os.getresgid() == (found.group,) * 3, os.getresgid()
                assert 0 not in os.getgroups(), os.getgroups()
                assert os.umask(0) == 0o27
                for back in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0])):
                    try:
                        back()
                    except PermissionError:
                        print("no")

            (status,) = wait(children, children.start(work))
            assert status.is_success, status
            assert os.geteuid() == 0
        """)
        assert outcome.out == "no\nno\nno\n"

    def test_a_user_without_an_account(self) -> None:
        check_isolated(f"""
            from prefork._privileges import drop_privileges

            os.setgroups([1, 2])
            drop_privileges({NOBODY_HAS}, 7, None)
            assert os.getgroups() == [7], os.getgroups()
            assert (os.getuid(), os.getgid()) == ({NOBODY_HAS}, 7)
        """)

    def test_for_a_while(self) -> None:
        check_isolated(f"""
            from prefork import Identity, acting_as

            def now():
                return os.getresuid(), os.getresgid(), os.getgroups()

            os.setgroups([1, 2])
            before = now()
            try:
                with acting_as(Identity(user={NOBODY_HAS}, group=7)):
                    assert (os.geteuid(), os.getegid()) == ({NOBODY_HAS}, 7), now()
                    assert os.getgroups() == [7], now()
                    with acting_as(Identity(user=5)):
                        assert os.geteuid() == {NOBODY_HAS}, now()
                    raise KeyError
            except KeyError:
                pass
            assert now() == before, now()
            with acting_as(Identity()):
                assert now() == before, now()
        """)

    def test_what_it_may_not(self) -> None:
        outcome = run_isolated("""
            from prefork._privileges import drop_privileges, find_identity

            drop_privileges(find_identity("nobody", None).user, None, None)
            drop_privileges(0, None, None)
        """)
        assert outcome.code == 1
        assert "PermissionError" in outcome.err


class TestWindows:
    @pytest.fixture(autouse=True)
    def platform(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "platform", "win32")

    def test_nobody_in_particular(self) -> None:
        assert find_identity(None, None) == Identity()

    def test_somebody(self) -> None:
        with pytest.raises(PreforkError, match="Windows has no users and groups"):
            find_identity("nobody", None)
