"""Owns the users and groups that processes run as: their numbers, and the change to them.

Does not decide who changes; the supervisor's children do, and it keeps its own rights.
"""

import contextlib
import os
import sys
from collections.abc import Iterator

from prefork._value import Value
from prefork.errors import PreforkError

__all__ = ["Identity", "acting_as", "drop_privileges", "find_identity"]


class Identity(Value):
    """Whom processes run as; None keeps what the supervisor has."""

    user: int | None = None
    """User id."""
    group: int | None = None
    """Group id."""


def find_identity(user: str | int | None, group: str | int | None) -> Identity:
    """Return the numbers of a user and a group, of whom the system may know the names.

    Args:
        user: name or number. Without a group, its own group is taken.
        group: name or number.

    Raises:
        PreforkError: there is none of that name, a number has no account to take the group of, or
            this process may not change to it.
    """
    if sys.platform == "win32":
        if user is None and group is None:
            return Identity()
        raise PreforkError("Windows has no users and groups to change to")
    user_id, own_group = _find_user(user)
    group_id = own_group if group is None else _find_group(group)
    if user_id is not None and group_id is None:
        # Its workers would keep the group of root.
        raise PreforkError(f"user {user_id} has no account to take the group of; name a group")
    identity = Identity(user_id, group_id)
    if os.geteuid() != 0:
        _check_unchanged(identity)
    return identity


def drop_privileges(user: int | None, group: int | None, umask: int | None) -> None:
    """Change this process to a user and a group for good, and set its file mode mask.

    With a user, its supplementary groups are those that the system knows for it, or none.

    Raises:
        OSError: it may not.
    """
    if umask is not None:
        os.umask(umask)
    if sys.platform == "win32" or (user is None and group is None):
        return
    # In this order: who is not root any more changes nothing else.
    if os.geteuid() == 0:
        _set_groups(user, group)
    if group is not None:
        os.setgid(group)
    if user is not None:
        os.setuid(user)


@contextlib.contextmanager
def acting_as(identity: Identity) -> Iterator[None]:
    """Have the rights of somebody else for a while, in the whole process.

    Files that are made meanwhile are theirs, and what they may not open fails. Does nothing where
    this process is not root's.
    """
    user, group = identity.user, identity.group
    if sys.platform == "win32" or (user is None and group is None) or os.geteuid() != 0:
        yield
        return
    own_groups, own_group = os.getgroups(), os.getegid()
    try:
        _set_groups(user, group)
        if group is not None:
            os.setegid(group)
        if user is not None:
            os.seteuid(user)
        yield
    finally:
        os.seteuid(0)
        os.setegid(own_group)
        os.setgroups(own_groups)


if sys.platform != "win32":

    def _find_user(user: str | int | None) -> tuple[int | None, int | None]:
        import pwd  # noqa: PLC0415 - not on every platform

        if user is None:
            return None, None
        try:
            number = _number(user)
            found = pwd.getpwnam(str(user)) if number is None else pwd.getpwuid(number)
        except KeyError:
            if (number := _number(user)) is not None:
                return number, None
            raise PreforkError(f"there is no user {user!r}") from None
        return found.pw_uid, found.pw_gid

    def _find_group(group: str | int) -> int:
        import grp  # noqa: PLC0415 - not on every platform

        number = _number(group)
        if number is not None:
            return number
        try:
            return grp.getgrnam(str(group)).gr_gid
        except KeyError:
            raise PreforkError(f"there is no group {group!r}") from None

    def _check_unchanged(identity: Identity) -> None:
        if identity.user not in {None, os.geteuid()} or identity.group not in {None, os.getegid()}:
            raise PreforkError("only root can run workers as another user or group")

    def _set_groups(user: int | None, group: int | None) -> None:
        import pwd  # noqa: PLC0415 - not on every platform

        try:
            name = None if user is None else pwd.getpwuid(user).pw_name
        except KeyError:
            name = None
        if name is None:
            os.setgroups([] if group is None else [group])
        else:
            os.initgroups(name, pwd.getpwnam(name).pw_gid if group is None else group)


def _number(text: str | int) -> int | None:
    if isinstance(text, int):
        return text
    return int(text) if text.isascii() and text.isdecimal() else None
