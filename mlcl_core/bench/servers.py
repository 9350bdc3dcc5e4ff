"""Servers of the dashboard, started for a bench and ended with it."""

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import psutil

from mlcl_core.errors import RunFailed
from mlcl_core.runs import launch

START_SECONDS = 120.0


@dataclass(frozen=True)
class Server:
    """A server that answers.

    Attributes:
        url: Its address.
        port: The port of that address.
        process: The process that serves.
        seconds: From the start of the process to the first answer.
    """

    url: str
    port: int
    process: psutil.Popen
    seconds: float


def free_port() -> int:
    """A port of this machine that is free at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(url: str) -> bool:
    """Whether a Streamlit server answers at an address."""
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


@contextmanager
def serving(
    command: tuple[str, ...], home: Path, *, environment: Mapping[str, str], log: Path | None = None
) -> Iterator[Server]:
    """Serve for as long as the block lasts.

    Args:
        command: Module and arguments, without port.
        home: Home directory of the runs; the compiled code of maps is kept there too, so that an empty one compiles
            nothing beside the measurement.
        environment: Further environment variables.
        log: File for what the server prints; None: it is dropped.

    Raises:
        RunFailed: The process ends, or does not answer within two minutes.
    """
    port = free_port()
    begun = monotonic()
    with (Path(os.devnull) if log is None else log).open("wb") as output:
        process = psutil.Popen(
            [sys.executable, "-m", *command, f"--server.port={port}", "--server.headless=true"],
            cwd=launch.ROOT,
            env={**os.environ, "MLCL_HOME": str(home), "NUMBA_CACHE_DIR": str(home / "cache"), **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    url = f"http://localhost:{port}"
    try:
        while not answers(url):
            if process.poll() is not None or monotonic() - begun > START_SECONDS:
                raise RunFailed(f"the server of {' '.join(command)} did not start")
            sleep(0.05)
        yield Server(url, port, process, monotonic() - begun)
    finally:
        process.terminate()
        process.wait(timeout=20)
