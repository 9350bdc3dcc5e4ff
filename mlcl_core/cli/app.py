"""``mlcl app``: the dashboard, served by Streamlit; the only command that imports it."""

import argparse
import os
from collections.abc import Sequence

from mlcl_core.cli.parser import Parser
from mlcl_core.home_directory import home_to_read

EPILOG = """Options of Streamlit, which serves the dashboard, are given in the same way:
  --server.port=8600             another port than 8501
  --server.address=0.0.0.0       on the network, where all visitors may act; for a class use --class
  --browser.serverAddress=NAME   the name under which browsers reach the server, if not localhost or an IP address
  --server.allowedHosts=NAME     further names; requests under any other name are refused
`streamlit run --help` lists them all."""


def app(given: Sequence[str]) -> int:
    """Serve the dashboard, on localhost unless another address is given; returns the exit code."""
    options = Parser(
        prog="mlcl app",
        description="Open the dashboard in a browser. It listens on this machine only, unless an address is given.",
        usage="mlcl app [--home DIR] [--class] [--SECTION.OPTION=VALUE ...]",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    options.add_argument("--home", metavar="DIR", help="home directory of runs, data and cache (default: $MLCL_HOME)")
    options.add_argument(
        "--class",
        dest="for_class",
        action="store_true",
        help="for a class: on the local network, read-only except at the address with the teacher's token",
    )
    known, rest = options.parse_known_args(given)
    # pages read it from the environment; absolute, because the working directory changes below
    os.environ["MLCL_HOME"] = str(home_to_read(known.home))
    from dashboard.serve import prepared, serve

    ready = prepared(rest, for_class=known.for_class)  # refusals come before a thread loads torch
    from dashboard import warm

    warm.begin()  # while the server starts and the browser opens
    try:
        return serve(ready)
    finally:
        warm.wait()  # the interpreter must not exit while a thread loads native code
