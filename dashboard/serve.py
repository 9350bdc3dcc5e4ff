"""The dashboard as a command: ``streamlit run dashboard/app.py``, bound to localhost unless told otherwise."""

import os
import re
import secrets
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from streamlit import net_util
from streamlit.web import cli as streamlit_cli

from dashboard.role import PARAMETER, TOKEN_VARIABLE
from mlcl_core.errors import InputError

ENTRY = Path(__file__).resolve().parent / "app.py"
FIRST_PORT, PORTS_TRIED = 8501, 100


def serve(options: Sequence[str]) -> int:
    """Serve the dashboard until it is stopped; ``options`` are handed to Streamlit. Gives the exit code.

    Raises:
        InputError: An option that Streamlit does not know.
    """
    address = [] if _given(options, "server.address") else ["--server.address=localhost"]
    os.chdir(ENTRY.parents[1])  # where .streamlit/config.toml lies
    try:
        streamlit_cli.main(["run", str(ENTRY), *address, *options], standalone_mode=False)
    except click.ClickException as error:
        raise InputError(error.format_message()) from None
    except click.Abort:
        return 130
    return 0


def serve_class(options: Sequence[str]) -> int:
    """Serve a class: on all interfaces, a plain address to look on, another with a token to act.

    The token is made anew each time and lives in the environment of the server, nowhere else, unless the environment
    holds one already (``MLCL_TEACHER``).

    Raises:
        InputError: As :func:`serve`; no free port.
    """
    os.chdir(ENTRY.parents[1])
    secret = os.environ.setdefault(TOKEN_VARIABLE, secrets.token_urlsafe(32))
    bound = _given(options, "server.address") or "0.0.0.0"
    host = _given(options, "browser.serverAddress") or (_own_address() if bound in ("0.0.0.0", "::") else bound)
    port = _given(options, "server.port") or str(_free_port(FIRST_PORT))
    ours = {
        "server.address": bound,
        "server.port": port,
        "browser.serverAddress": host,
        "server.headless": "true",  # the browser would open the class's address
        "client.showErrorDetails": "none",  # a traceback holds paths
        "logger.hideWelcomeMessage": "true",
    }
    scheme = "https" if _given(options, "server.sslCertFile") else "http"
    path = (_given(options, "server.baseUrlPath") or "").strip("/")
    plain = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/{path and path + '/'}"
    sys.stdout.write(
        f"\n  For the class, to look on:    {plain}\n"
        f"  For the teacher, to act:      {plain}?{PARAMETER}={secret}\n"
        "  Who has the second address can start and stop runs: keep it to yourself.\n\n"
    )
    sys.stdout.flush()
    return serve([*(f"--{name}={value}" for name, value in ours.items() if not _given(options, name)), *options])


def _given(options: Sequence[str], name: str) -> str | None:
    """What options or environment say of one of Streamlit's settings: ``--name=value`` or ``--name value``."""
    for place, text in enumerate(options):
        key, equals, value = text.partition("=")
        if key == f"--{name}":
            return value if equals else next(iter(options[place + 1 : place + 2]), "")
    return os.environ.get("STREAMLIT_" + re.sub(r"\.|(?=[A-Z])", "_", name).upper())


def _own_address() -> str:
    return net_util.get_internal_ip() or "localhost"


def _free_port(first: int) -> int:
    """The first free port from ``first`` on, so that what is printed is what is served."""
    for port in range(first, first + PORTS_TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("", port))
            except OSError:
                continue
            return port
    raise InputError(f"no free port from {first} to {first + PORTS_TRIED - 1}; name one with --server.port")
