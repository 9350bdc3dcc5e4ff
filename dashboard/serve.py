"""The dashboard as a command: ``streamlit run dashboard/app.py``, bound to localhost unless told otherwise."""

import contextlib
import io
import json
import os
import re
import secrets
import socket
import ssl
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from streamlit import net_util
from streamlit.errors import Error as StreamlitError
from streamlit.web import bootstrap
from streamlit.web import cli as streamlit_cli

from dashboard import guard
from dashboard.access import CLASS_VARIABLE, MIN_TOKEN_LENGTH, PARAMETER, TOKEN_VARIABLE, in_class, is_strong
from mlcl_core.errors import InputError

ENTRY = Path(__file__).resolve().parent / "app.py"
SETTINGS = ENTRY.parent / ".streamlit" / "config.toml"
FIRST_PORT, PORTS_TRIED, LAST_PORT = 8501, 100, 65535
OWN_NAMES = ("localhost", "127.0.0.1", "::1")
EVERYWHERE = ("0.0.0.0", "::")
# settings that class mode fixes; a browser opened by the server would show the class's address
FIXED = {**{name: str(value) for name, value in guard.FIXED.items()}, "server.headless": "true"}


def prepared(options: Sequence[str], *, for_class: bool = False) -> list[str]:
    """All options for Streamlit, the Lab's own before ``options``, checked.

    Args:
        options: Options of ``streamlit run``.
        for_class: Serve on all interfaces, read-only except under the address with the teacher's token. Both addresses
            are printed. The token is taken from the environment (``MLCL_TEACHER``) or generated, and kept only in the
            environment of the server.

    Raises:
        InputError: An unknown option, a value of another type, a port or an address that is not available; in class
            mode also a weak token, and an option that the mode fixes.
    """
    os.chdir(ENTRY.parents[1])  # the same settings and paths from every folder
    _take(options)
    _check_files(options)
    _check_place(options, EVERYWHERE[0] if for_class else OWN_NAMES[0])
    ours = _for_class(options) if for_class else {"server.address": OWN_NAMES[0]}
    if in_class():
        ours |= _fixed(options)
    unsaid = [f"--{name}={value}" for name, value in ours.items() if name in FIXED or not _given(options, name)]
    if _given([], "server.allowedHosts") is None:  # options are added to these; the environment replaces them
        unsaid += [f"--server.allowedHosts={name}" for name in _hosts([*unsaid, *options])]
    # what the file says counts from any folder, whatever other files of Streamlit's say
    unsaid += [
        f"--{name}={value}" for name, value in settings().items() if name not in ours and _given(options, name) is None
    ]
    whole = [*unsaid, *options]
    _load(_take(whole))
    if for_class:
        _print_addresses(whole)
    elif in_class():
        sys.stderr.write(f"{CLASS_VARIABLE} or {TOKEN_VARIABLE} is set: read-only without the teacher's token\n")
    return whole


def serve(options: Sequence[str]) -> int:
    """Serve the dashboard, with the options from :func:`prepared`, until it is stopped. Returns the exit code."""
    guard.shut()
    try:
        streamlit_cli.main(["run", str(ENTRY), *options], standalone_mode=False)
    except click.ClickException as error:
        raise InputError(error.format_message()) from None
    except click.Abort:
        return 130
    return 0


def settings() -> dict[str, str]:
    """The settings in Streamlit's file, as options say them: name -> value.

    The names under which the server may be reached are left out: they depend on the address.
    """
    found = dict(_flat(tomllib.loads(SETTINGS.read_text(encoding="utf-8"))))
    del found["server.allowedHosts"]
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in found.items()}


def _flat(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield above + key, value


def _for_class(options: Sequence[str]) -> dict[str, str]:
    secret = os.environ.get(TOKEN_VARIABLE) or secrets.token_urlsafe(32)
    if not is_strong(secret):
        raise InputError(
            f"{TOKEN_VARIABLE}: a token has at least {MIN_TOKEN_LENGTH} characters, each of A-Z a-z 0-9 _ -; "
            "without it, one is generated"
        )
    os.environ.update({CLASS_VARIABLE: "1", TOKEN_VARIABLE: secret})
    bound = _given(options, "server.address") or EVERYWHERE[0]
    return {
        "server.address": bound,
        "server.port": _given(options, "server.port") or str(_free_port(FIRST_PORT)),
        "browser.serverAddress": _own_address() if bound in EVERYWHERE else bound,
        "logger.hideWelcomeMessage": "true",
    }


def _fixed(options: Sequence[str]) -> dict[str, str]:
    for name, value in FIXED.items():
        if (given := _given(options, name, environment=False)) not in (None, value):
            raise InputError(f"--{name}={given}: class mode sets it to {value}")
    return FIXED


def _print_addresses(options: Sequence[str]) -> None:
    host, port = _given(options, "browser.serverAddress") or "", _given(options, "server.port")
    scheme = "https" if _given(options, "server.sslCertFile") else "http"
    path = (_given(options, "server.baseUrlPath") or "").strip("/")
    plain = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/{path and path + '/'}"
    sys.stdout.write(
        f"\n  For the class, to watch:      {plain}\n"
        f"  For the teacher, to act:      {plain}?{PARAMETER}={os.environ[TOKEN_VARIABLE]}\n"
        "  The second address can start and stop runs: keep it secret.\n\n"
    )
    sys.stdout.flush()


def _take(options: Sequence[str]) -> dict[str, Any]:
    """The options as Streamlit's own parser reads them, without its output."""
    refused = InputError("Streamlit refuses the options (mlcl app --help)")
    said = io.StringIO()
    try:
        with (
            contextlib.redirect_stderr(said),
            contextlib.redirect_stdout(said),
            streamlit_cli.main.commands["run"].make_context("run", [str(ENTRY), *options]) as context,
        ):
            given = dict(context.params)
            extra = given.pop("args", ())
            given.pop("target", None)
    except click.ClickException as error:
        raise InputError(f"{error.format_message()} (mlcl app --help)") from None
    except (click.exceptions.Exit, SystemExit):
        raise InputError(said.getvalue().strip() or str(refused)) from None
    if extra:
        raise InputError(f"mlcl app takes only options, not {extra[0]!r} (mlcl app --help)")
    return given


def _load(given: dict[str, Any]) -> None:
    """Load Streamlit's configuration, which checks options against each other; Streamlit loads it once more."""
    levels = ("error", "warning", "info", "debug", "critical")
    if (level := given.get("logger_level")) is not None and str(level).lower() not in levels:
        raise InputError(f"--logger.level={level}: there are: {', '.join(levels)}")
    try:
        bootstrap.load_config_options(flag_options=given)
    except (RuntimeError, ValueError, TypeError, OSError, StreamlitError) as error:
        raise InputError(f"Streamlit refuses the options: {error}") from None


def _check_files(options: Sequence[str]) -> None:
    """Check the two files of a certificate: both or none, and readable."""
    names = ("server.sslCertFile", "server.sslKeyFile")
    given = {name: value for name in names if (value := _given(options, name))}
    for name, value in given.items():
        if not Path(value).is_file():
            raise InputError(f"--{name}: there is no file {value}; give its full path")
    if len(given) == 1:
        raise InputError(f"{' and '.join(f'--{name}' for name in names)} go together")
    if given:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*given.values())
        except OSError as error:  # SSLError is one
            raise InputError(f"--{names[0]}: not a certificate with its key: {error}") from None


def _check_place(options: Sequence[str], usual: str) -> None:
    """Check that a server can listen at the address and port, as far as they are given."""
    address, port = _given(options, "server.address") or usual, _given(options, "server.port")
    if address.startswith("unix://"):
        return
    number = int(port) if port else 0  # 0: any port, to try the address
    if port and not 0 < number <= LAST_PORT:
        raise InputError(f"--server.port={port}: a port is a number from 1 to {LAST_PORT}")
    try:
        places = socket.getaddrinfo(address, number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise InputError(f"--server.address={address}: no address of this machine") from None
    reason = ""
    for family, kind, protocol, _, place in places:
        try:
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(place)
                return
        except OSError as error:
            reason = error.strerror or str(error)
    option = f"--server.port={port}" if port else f"--server.address={address}"
    raise InputError(f"{option}: {reason}; name another")


def _hosts(options: Sequence[str]) -> list[str]:
    """The host names under which a browser may reach the server: localhost's, and those given as options.

    Any other name in a request means that a foreign page resolves its own name to this machine (DNS rebinding).
    """
    bound = _given(options, "server.address") or OWN_NAMES[0]
    named = _given(options, "browser.serverAddress")
    return list(
        dict.fromkeys([*OWN_NAMES, *([named] if named else []), _own_address() if bound in EVERYWHERE else bound])
    )


def _given(options: Sequence[str], name: str, *, environment: bool = True) -> str | None:
    """The value of one of Streamlit's settings in options (``--name=value``, ``--name value``) or environment."""
    for place, text in reversed(list(enumerate(options))):  # the last one wins
        key, equals, value = text.partition("=")
        if key == f"--{name}":
            return value if equals else next(iter(options[place + 1 : place + 2]), "")
    if not environment:
        return None
    return os.environ.get("STREAMLIT_" + re.sub(r"\.|(?=[A-Z])", "_", name).upper())


def _own_address() -> str:
    return net_util.get_internal_ip() or "localhost"


def _free_port(first: int) -> int:
    """The first free port from ``first`` on, so that the printed address is the served one."""
    for port in range(first, first + PORTS_TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("", port))
            except OSError:
                continue
            return port
    raise InputError(f"no free port from {first} to {first + PORTS_TRIED - 1}; name one with --server.port")
