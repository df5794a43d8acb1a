"""The process that watches for changes."""

from tests.prefork.isolated import Outcome, check_isolated

PRELUDE = """
    from prefork._watcher import Watcher, WatcherProcess

    children = Children()

    def next_changes(process):
        found = []
        while not found and not process.is_ended:
            readable(process)
            found = process.receive()
        return found
"""


def check(script: str) -> Outcome:
    return check_isolated(PRELUDE + script)


def test_changes_come_as_they_are_told_and_the_end_too() -> None:
    check("""
    go, told = os.pipe()
    def watch(watcher):
        watcher.changed("one.py\\nwas   changed")
        os.read(go, 1)
        watcher.changed("")
        watcher.changed("\\udcff\\u00e9" * 2000)
    process = WatcherProcess.start(children, watch)
    assert next_changes(process) == ["one.py was changed"]
    assert process.receive() == []
    assert not process.is_ended
    os.write(told, b"!")
    changes = next_changes(process)
    changes += next_changes(process) if len(changes) < 2 else []
    assert changes[0] == ""
    assert len(changes[1].encode()) <= 1002 and changes[1].startswith("\\\\udcff\\u00e9")
    assert next_changes(process) == []
    assert process.is_ended
    process.close()
    assert wait(children, process.pid)[0].code == 0
    """)


def test_telling_never_blocks_and_no_line_is_torn() -> None:
    check("""
    go, told = os.pipe()
    def watch(watcher):
        for number in range(20_000):
            watcher.changed(f"file {number}.py")
        os.write(told, b"!")
        time.sleep(100)
    process = WatcherProcess.start(children, watch)
    # It is through with all of them though nobody has listened.
    assert os.read(go, 1) == b"!"
    lines = []
    while found := process.receive():
        lines += found
    assert 100 < len(lines) < 20_000
    assert lines == [f"file {number}.py" for number in range(len(lines))]
    process.close()
    assert wait(children, process.pid)[0].code == 0
    """)


def test_it_ends_when_the_supervisor_closes_its_end_though_it_waits_for_something_else() -> None:
    check("""
    process = WatcherProcess.start(children, lambda watcher: time.sleep(100))
    process.close()
    assert wait(children, process.pid)[0].code == 0
    """)


def test_it_ends_when_it_tells_a_supervisor_that_is_gone() -> None:
    check("""
    import prefork._watcher
    prefork._watcher._end_with_peer = lambda sock: None
    go, told = os.pipe()
    def watch(watcher):
        os.read(go, 1)
        watcher.changed("x")
        os._exit(5)
    process = WatcherProcess.start(children, watch)
    process.close()
    os.write(told, b"!")
    assert wait(children, process.pid)[0].code == 0
    """)


def test_an_exception_ends_it() -> None:
    outcome = check("""
    def watch(watcher):
        raise ValueError("nothing to watch")
    process = WatcherProcess.start(children, watch)
    assert next_changes(process) == []
    assert wait(children, process.pid)[0].code == 1
    """)
    assert "ValueError: nothing to watch" in outcome.err


def test_one_that_is_killed_with_words_unread_has_ended() -> None:
    check("""
    process = WatcherProcess.start(children, lambda watcher: time.sleep(100))
    children.kill(process.pid, signal.SIGKILL)
    assert wait(children, process.pid)[0].signal == signal.SIGKILL
    assert next_changes(process) == [] and process.is_ended
    """)


def test_no_descriptors_for_it_is_a_status() -> None:
    check("""
    import prefork._process, errno, resource
    def fork():
        raise OSError(errno.ENOMEM, "no")
    prefork._process._bare_fork = fork
    free = os.dup(0)
    os.close(free)
    assert "cannot allocate memory" in str(WatcherProcess.start(children, print))
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, free))
    assert "no socket" in str(WatcherProcess.start(children, print))
    """)
