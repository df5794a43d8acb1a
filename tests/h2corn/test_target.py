"""An application is found by the usual names where none is given."""

from pathlib import Path

import pytest

from h2corn._target import APPLICATIONS, FACTORIES, Target, find_target

APP = "async def app(scope, receive, send): ...\n"


def test_none(tmp_path: Path) -> None:
    assert find_target(str(tmp_path), is_factory=False) is None


@pytest.mark.parametrize("text", [*APPLICATIONS, *FACTORIES])
@pytest.mark.parametrize("file", ["{}.py", "{}/__init__.py"])
def test_each(tmp_path: Path, text: str, file: str) -> None:
    module, _, name = text.partition(":")
    path = tmp_path / file.format(module)
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{name} = None\n", encoding="utf-8")
    wanted = Target(text, is_factory=text in FACTORIES, directory=str(tmp_path))
    assert find_target(str(tmp_path), is_factory=False) == wanted
    found = find_target(str(tmp_path), is_factory=True)
    assert found == (wanted if text in FACTORIES else None)


def test_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for text in reversed((*APPLICATIONS, *FACTORIES)):
        module, _, name = text.partition(":")
        with Path(f"{module}.py").open("a", encoding="utf-8") as file:
            file.write(f"def {name}(): ...\n")
        found = find_target(None, is_factory=False)
        assert found is not None
        assert found.text == text


@pytest.mark.parametrize(
    "text",
    [
        APP,
        "class app: ...",
        "app: object = 1",
        "a = app = 1",
        "a, (app, b) = 1, (2, 3)",
        "import app",
        "from site import app",
        "from site import other as app",
        "if True:\n    app = 1",
        "if False: pass\nelse:\n    app = 1",
        "try:\n    app = 1\nfinally: pass",
        "try:\n    pass\nexcept OSError:\n    app = 1",
        "with open('x') as file:\n    app = 1",
    ],
)
def test_what_binds_a_name(tmp_path: Path, text: str) -> None:
    tmp_path.joinpath("main.py").write_text(text, encoding="utf-8")
    found = find_target(str(tmp_path), is_factory=False)
    assert found is not None
    assert str(found) == "main:app"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "def make():\n    app = 1",
        "class A:\n    app = 1",
        "app",
        "import app.x as y",
        "= = ",
        "\0",
    ],
)
def test_what_does_not(tmp_path: Path, text: str) -> None:
    tmp_path.joinpath("main.py").write_text(text, encoding="utf-8")
    assert find_target(str(tmp_path), is_factory=False) is None


def test_a_factory_is_shown_as_a_call() -> None:
    assert str(Target("a:b", is_factory=True)) == "a:b()"
