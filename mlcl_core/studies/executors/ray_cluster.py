"""A Ray cluster: one that runs already, or one that is started on this machine and ends with the study."""

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from threading import current_thread, main_thread
from typing import Any

from mlcl_core.errors import InputError

CONNECT_SECONDS = 5.0
# For the first answer of a cluster: ray.init itself tries for a quarter of an hour.
ANSWER_SECONDS = 60.0
STORE_BYTES = 2**29  # memory of a local Ray for the data that its workers share
SHORT = Path("/tmp")  # sockets of Ray lie deep in its folder, and their paths may have 107 characters
PROBE = "import ray, sys; ray.init(address=sys.argv[1], log_to_driver=False, logging_level='error')"


def imported_ray() -> Any:
    """The library.

    Raises:
        InputError: It is not installed.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # nothing is reported to anyone
    try:
        import ray
    except ImportError:
        raise InputError("the executor ray needs a package: pip install 'mlcl-lab[ray]'") from None
    return ray


@contextmanager
def connected(address: str | None) -> Iterator[Any]:
    """The library, connected to a cluster within the block.

    Args:
        address: ``host:port``, or ``auto``: a cluster that was started on this machine; None: one is started, and ends
            with the block.

    Raises:
        InputError: Ray is not installed, or nothing answers there.
    """
    ray = imported_ray()
    folder = None
    if address is None:
        folder = Path(tempfile.mkdtemp(prefix="mlcl-ray-", dir=SHORT if SHORT.is_dir() else None))
    else:
        check_address(address)
        _wait_for_answer(address)
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
    if folder is not None:
        options |= {"include_dashboard": False, "object_store_memory": STORE_BYTES, "_temp_dir": str(folder)}
    try:
        with _signals_kept(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            ray.init(address="local" if address is None else address, **options)
        yield ray
    except (ConnectionError, ValueError, RuntimeError) as error:
        if ray.is_initialized():
            raise
        where = "no Ray can be started here" if address is None else _silent(address)
        raise InputError(f"{where}: {_first_line(error)}") from None
    finally:
        with _signals_kept():
            ray.shutdown()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def check_address(address: str) -> None:
    """Refuse what is no address, and one where nothing listens, within five seconds; whether it is Ray is not asked.

    Raises:
        InputError: With the reason.
    """
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 2**16:
        raise InputError(f"--address {address}: must be auto or host:port, as 192.168.0.5:6379")
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{_silent(address)}: {reason}; ray start --head starts one") from None


def _wait_for_answer(address: str) -> None:
    """Refuse an address where no Ray answers within a minute, which a process of its own finds out."""
    try:
        ended = subprocess.run(
            [sys.executable, "-c", PROBE, address],
            capture_output=True,
            text=True,
            timeout=ANSWER_SECONDS,
            check=False,
            env={**os.environ, "RAY_USAGE_STATS_ENABLED": "0"},
        )
    except subprocess.TimeoutExpired:
        raise InputError(f"{_silent(address)} within {ANSWER_SECONDS:g} s") from None
    if ended.returncode:
        last = ended.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise InputError(f"{_silent(address)}: {last[0][:300]}")


def _silent(address: str) -> str:
    return f"--address {address}: no Ray cluster answers"


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Ray takes over SIGTERM, by which a study is stopped; it stays with the study."""
    if current_thread() is not main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        with suppress(ValueError, TypeError):
            signal.signal(signal.SIGTERM, before)


__all__ = ["check_address", "connected", "imported_ray"]
