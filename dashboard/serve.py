"""The dashboard as a command: ``streamlit run dashboard/app.py``, bound to localhost unless told otherwise."""

import os
from collections.abc import Sequence
from pathlib import Path

import click
from streamlit.web import cli as streamlit_cli

from mlcl_core.errors import InputError

ENTRY = Path(__file__).resolve().parent / "app.py"


def serve(options: Sequence[str]) -> int:
    """Serve the dashboard until it is stopped; ``options`` are handed to Streamlit. Gives the exit code.

    Raises:
        InputError: An option that Streamlit does not know.
    """
    address = [] if any(text.startswith("--server.address") for text in options) else ["--server.address=localhost"]
    os.chdir(ENTRY.parents[1])  # where .streamlit/config.toml lies
    try:
        streamlit_cli.main(["run", str(ENTRY), *address, *options], standalone_mode=False)
    except click.ClickException as error:
        raise InputError(error.format_message()) from None
    except click.Abort:
        return 130
    return 0
