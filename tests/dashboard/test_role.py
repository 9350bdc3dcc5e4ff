"""Who may act: the token, what a viewer may read, and that everything that acts asks."""

import ast
import os
from pathlib import Path

import pytest

from dashboard.role import is_token, without_folders
from dashboard.serve import serve_class
from mlcl_core.cli import main

ROOT = Path(__file__).parents[2]
# what changes something that others see, by the last name of the call
ACTS = {
    "request",
    "rename",
    "note",
    "delete",
    "keep_upload",
    "rename_upload",
    "delete_upload",
    "_mapper",
    "_copied",
    "_named",
} | {"start", "resume"}
OWNERS = {"start": "launch", "resume": "launch", "request": "control"}


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would have been handed to Streamlit; the environment and the directory are put back."""
    from streamlit.web import cli as streamlit_cli

    found: list[list[str]] = []
    monkeypatch.setattr(streamlit_cli, "main", lambda arguments, standalone_mode: found.append(arguments))
    monkeypatch.setenv("MLCL_TEACHER", "")
    monkeypatch.delenv("MLCL_TEACHER")
    monkeypatch.chdir(Path.cwd())
    return found


def test_only_the_token_is_the_token() -> None:
    """Nothing, something else, a beginning and letters that no encoding has are refused."""
    assert is_token("secret", "secret")
    assert not any(is_token(text, "secret") for text in (None, "", "secre", "secrets", "\udc80", "Secret"))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("/home/anna/mlcl/runs/a/config.json: cannot be read", "config.json: cannot be read"),
        ("no file '/data/films.csv'", "no file 'films.csv'"),
        (r"C:\Users\Anna\films.csv: line 3", "films.csv: line 3"),
        ("see ~/runs/log.txt, ../x/y", "see log.txt, y"),
        ("step 3 / 20, and/or K^s, 1/2", "step 3 / 20, and/or K^s, 1/2"),
    ],
)
def test_paths_are_cut_down_to_names(text: str, left: str) -> None:
    """A viewer reads which file, not where on the teacher's machine; fractions and slashes in words stay."""
    assert without_folders(text) == left


def test_a_home_with_spaces_is_cut_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The folders that are known go whole, whatever their names hold."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path / "Anna's own runs"))
    assert without_folders(f"{tmp_path}/Anna's own runs/runs/x: gone") == "runs/x: gone"


def calls(function: ast.AST) -> list[tuple[int, str, str]]:
    """Line, owner and name of each call in a function."""
    found = []
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            *owner, name = ast.unparse(node.func).split(".")
            found.append((node.lineno, owner[-1] if owner else "", name))
    return sorted(found)


def test_everything_that_acts_asks_first() -> None:
    """Each function of the dashboard that acts calls require_teacher() before; the search finds all of them."""
    met = set()
    for path in [*(ROOT / "dashboard").rglob("*.py"), *(ROOT / "pages").glob("*.py")]:
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.FunctionDef):
                continue
            inside = calls(function)
            asked = min((line for line, _, name in inside if name == "require_teacher"), default=10**9)
            for line, owner, name in inside:
                if name in ACTS and OWNERS.get(name, owner) == owner:
                    met.add(name)
                    assert asked < line, f"{path.name}:{line}: {function.name} acts before it asks"
    assert met == ACTS


def test_a_class_is_served_on_all_interfaces(served: list[list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    """--class: all interfaces, no traceback to anybody, a plain address and one with a token of 256 bits."""
    assert main(["app", "--class", "--server.port=9999", "--browser.serverAddress", "lab.local"]) == 0
    options = served[0][2:]
    assert "--server.address=0.0.0.0" in options
    assert "--client.showErrorDetails=none" in options
    assert options[-3:] == ["--server.port=9999", "--browser.serverAddress", "lab.local"]
    token, told = os.environ["MLCL_TEACHER"], capsys.readouterr().out
    assert len(token) == 43
    assert "look on:    http://lab.local:9999/\n" in told
    assert f"act:      http://lab.local:9999/?teacher={token}\n" in told


def test_each_class_has_its_own_token(served: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Two servers, two tokens, and a free port that is both printed and served; without --class there is none."""
    assert main(["app"]) == 0
    assert "MLCL_TEACHER" not in os.environ
    tokens = set()
    for _ in range(2):
        monkeypatch.delenv("MLCL_TEACHER", raising=False)
        assert serve_class([]) == 0
        tokens.add(os.environ["MLCL_TEACHER"])
    assert len(tokens) == 2
    assert any(option.startswith("--server.port=85") for option in served[-1])
