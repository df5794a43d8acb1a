"""The file of requests is appended to, opened anew, and never waited for."""

import os
import sys
from pathlib import Path

import pytest

from h2corn._access_file import AccessFile, AccessFileError, check_access_file


def test_it_is_appended_to_and_opened_anew(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("a\n")
    file = AccessFile(str(path))
    assert file.is_ready()
    file.write(b"b\n")
    moved = path.rename(tmp_path / "moved")
    file.write(b"c\n")
    file.reopen()
    file.write(b"d\n")
    file.close()
    assert (moved.read_text(), path.read_text()) == ("a\nb\nc\n", "d\n")


def test_the_old_file_goes_on_where_there_is_no_new_one(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    file = AccessFile(str(place / "log"))
    moved = place.rename(tmp_path / "moved")
    with pytest.raises(AccessFileError, match="no such file"):
        file.reopen()
    file.write(b"a\n")
    file.close()
    assert (moved / "log").read_text() == "a\n"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes")
def test_a_pipe_that_nobody_reads_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(AccessFileError, match="cannot open"):
        AccessFile(str(path))


def test_a_path_that_is_none() -> None:
    with pytest.raises(AccessFileError, match="null"):
        check_access_file("a\0b")


def test_a_new_file_is_given_to_those_who_write_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []
    monkeypatch.setattr(os, "fchown", lambda _file, *owner: given.append(owner), raising=False)
    path = str(tmp_path / "log")
    check_access_file(path, 5, None)
    check_access_file(path, 6, 7)
    check_access_file(str(tmp_path / "other"))
    assert given == [(5, -1)]


def test_what_a_link_leads_to_is_given_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []
    monkeypatch.setattr(os, "fchown", lambda _file, *owner: given.append(owner), raising=False)
    link = tmp_path / "log"
    link.symlink_to(tmp_path / "elsewhere")
    check_access_file(str(link), 5, 6)
    assert given == []
