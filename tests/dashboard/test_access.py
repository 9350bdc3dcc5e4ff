"""Who may act: the token, what a viewer may read, and that everything that acts asks."""

import ast
import os
import socket
import tomllib
from pathlib import Path

import pytest

from dashboard import warm
from dashboard.access import (
    NO_TOKEN,
    READ_ONLY,
    in_class,
    is_token,
    may_act,
    read_only,
    require_teacher,
    without_folders,
)
from dashboard.serve import OWN_NAMES, prepared
from mlcl_core.cli import main
from mlcl_core.errors import InputError

ROOT = Path(__file__).parents[2]
# what changes something that others see, by the last name of the call
ACTS = {
    "start_evaluation",
    "request",
    "branch",
    "rename",
    "note",
    "delete",
    "keep_upload",
    "rename_upload",
    "delete_upload",
    "_mapper",
    "_copied",
    "_named",
    "tag",
    "save_selection",
    "delete_selection",
    "delete_answers",
    "start_study",
    "stop_study",
    "timed_apart",
} | {"start", "resume"}
OWNERS = {"start": "launch", "resume": "launch", "request": "control"}


VARIABLES = ("MLCL_CLASS", "MLCL_TEACHER")


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, after_a_class: None) -> list[list[str]]:
    """What would have been handed to Streamlit; the environment and the directory are put back."""
    from streamlit.web import bootstrap
    from streamlit.web import cli as streamlit_cli

    found: list[list[str]] = []
    monkeypatch.setattr(streamlit_cli.main, "main", lambda arguments, standalone_mode: found.append(arguments))
    monkeypatch.setattr(bootstrap, "load_config_options", lambda flag_options: None)
    monkeypatch.setattr(warm, "begin", lambda: None)
    monkeypatch.setattr(warm, "wait", lambda: None)
    for name in VARIABLES:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.chdir(Path.cwd())
    return found


@pytest.mark.parametrize("mode", [{"MLCL_CLASS": "1"}, {"MLCL_CLASS": "yes"}, {}])
@pytest.mark.parametrize(
    "token", ["", " ", "short", "fifteen-letters", "with a blank, and long enough", "ä" * 20, None]
)
def test_without_a_token_no_session_may_act(
    served: list[list[str]], monkeypatch: pytest.MonkeyPatch, mode: dict[str, str], token: str | None
) -> None:
    """Class mode with a missing, empty or weak token: read-only for all sessions; so is MLCL_TEACHER alone."""
    given = mode if token is None else {**mode, "MLCL_TEACHER": token}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    if not given:
        assert may_act()
        return
    assert in_class()
    assert not may_act()
    assert read_only() == NO_TOKEN
    with pytest.raises(InputError, match="no session may act"):
        require_teacher()


def test_a_token_makes_the_mode(served: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """A strong token alone means class mode; MLCL_CLASS=0 and an empty one do not."""
    monkeypatch.setenv("MLCL_CLASS", "0")
    assert may_act()
    monkeypatch.setenv("MLCL_TEACHER", "a-token-of-twenty-ch")
    assert in_class()
    assert read_only() == READ_ONLY


def test_only_the_token_is_the_token() -> None:
    """Nothing, another text, a prefix and lone surrogates are refused."""
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
    """A viewer reads the name of a file without its folders; fractions and slashes in words stay."""
    assert without_folders(text) == left


def test_a_home_with_spaces_is_cut_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Known folders are removed whole, whatever their names."""
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
    """Each acting function of the dashboard calls require_teacher() first; the search finds all of them."""
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


def test_answers_to_the_quiz_are_all_that_a_viewer_writes() -> None:
    """One function of the pages keeps answers; it asks for no teacher, and counts how often its session did so."""
    keepers = []
    for path in (ROOT / "dashboard" / "parts").rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef) and "keep_attempt" in {name for *_, name in calls(function)}:
                keepers.append(function)
    (keeper,) = keepers
    assert "MAX_PER_SESSION" in ast.unparse(keeper)


def test_a_class_is_served_on_all_interfaces(served: list[list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    """--class: all interfaces, no traceback and no upload, a plain address and one with a token of 256 bits."""
    assert main(["app", "--class", "--server.port=9999", "--browser.serverAddress", "lab.local"]) == 0
    options = served[0][2:]
    assert {"--server.address=0.0.0.0", "--client.showErrorDetails=none", "--server.maxUploadSize=-1"} <= {*options}
    assert options[-3:] == ["--server.port=9999", "--browser.serverAddress", "lab.local"]
    token, told = os.environ["MLCL_TEACHER"], capsys.readouterr().out
    assert len(token) == 43
    assert os.environ["MLCL_CLASS"] == "1"
    assert "watch:      http://lab.local:9999/\n" in told
    assert f"act:      http://lab.local:9999/?teacher={token}\n" in told


def test_each_class_has_its_own_token(served: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset or empty: generated, with a free port that is both printed and served; without --class there is none."""
    assert main(["app"]) == 0
    assert not {*VARIABLES} & {*os.environ}
    tokens = set()
    for _ in range(2):
        monkeypatch.setenv("MLCL_TEACHER", "")
        assert any(option.startswith("--server.port=85") for option in prepared([], for_class=True))
        tokens.add(os.environ["MLCL_TEACHER"])
    assert len(tokens - {""}) == 2


def test_the_mode_without_its_option_is_fixed_too(
    served: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`mlcl app` where the environment says class: on localhost, no uploads, no tracebacks, and it is said."""
    monkeypatch.setenv("MLCL_CLASS", "1")
    assert main(["app"]) == 0
    options = served[0][2:]
    assert {"--server.address=localhost", "--client.showErrorDetails=none", "--server.maxUploadSize=-1"} <= {*options}
    assert "read-only without the teacher's token" in capsys.readouterr().err
    assert main(["app", "--server.maxUploadSize=5"]) == 2


def allowed(options: list[str]) -> set[str]:
    """The names among Streamlit's options under which it may be reached."""
    return {option.partition("=")[2] for option in options if option.startswith("--server.allowedHosts=")}


def test_only_names_of_its_own_reach_it(served: list[list[str]]) -> None:
    """Localhost's names, the printed address and given names; `streamlit run` has localhost's from the file."""
    assert main(["app"]) == 0
    assert allowed(served[-1]) == {*OWN_NAMES}
    assert main(["app", "--class", "--browser.serverAddress=lab.local"]) == 0
    assert allowed(served[-1]) >= {*OWN_NAMES, "lab.local"}
    assert main(["app", "--server.allowedHosts=lab.local"]) == 0
    assert allowed(served[-1]) == {*OWN_NAMES, "lab.local"}
    config = tomllib.loads((ROOT / "dashboard" / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["allowedHosts"] == [*OWN_NAMES]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--bogus"], "No such option '--bogus'"),
        (["--server.port=abc"], "'abc' is not a valid integer"),
        (["--server.port=70000"], "a port is a number from 1 to 65535"),
        (["--server.port", "0"], "a port is a number from 1 to 65535"),
        (["--server.port"], "requires an argument"),
        (["--server.headless=maybe"], "not a valid boolean"),
        (["--server.address=" + 64 * "a"], "no address of this machine"),
        (["--server.sslCertFile=/none"], "there is no file /none"),
        (["--logger.level=loud"], "there are: error"),
        (["--server.cookieSecret=x"], "Streamlit refuses the options"),
        (["lab.py"], "takes only options, not 'lab.py'"),
        (["--class", "--server.maxUploadSize=5"], "class mode sets it to -1"),
        (["--class", "--client.showErrorDetails=full"], "class mode sets it to none"),
    ],
)
def test_options_that_streamlit_cannot_serve_with(
    served: list[list[str]], capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    """One line and exit code 2, before anything is started."""
    assert main(["app", *options]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""
    assert served == []


def test_a_port_that_is_taken(served: list[list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    """The port is in use: one line that names it."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["app", "--server.address=127.0.0.1", f"--server.port={port}"]) == 2
    assert f"--server.port={port}" in capsys.readouterr().err
    assert served == []


@pytest.mark.parametrize("token", ["fifteen-letters", "has a blank and is long enough", "a-token-with-ümlaut"])
def test_a_token_that_is_easily_guessed(
    served: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], token: str
) -> None:
    """Shorter than 16 characters, or not of the alphabet: exit code 2, one line, which does not repeat it."""
    monkeypatch.setenv("MLCL_TEACHER", token)
    assert main(["app", "--class"]) == 2
    told = capsys.readouterr()
    assert "MLCL_TEACHER: a token has at least 16 characters" in told.err
    assert token not in told.err + told.out
    assert served == []


def test_help_has_the_labs_own_options_first(capsys: pytest.CaptureFixture[str]) -> None:
    """`mlcl app --help`: --home and --class, then how to give Streamlit's options."""
    with pytest.raises(SystemExit) as ended:
        main(["app", "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert 0 < told.index("--home DIR") < told.index("--class ") < told.index("--server.port=")
