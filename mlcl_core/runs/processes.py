"""Whether a process is alive, by its number and the time of its start."""

import psutil


def same_process(pid: int, started: float | None) -> bool:
    """Whether the process ``pid`` is alive and started at ``started``: the system may reuse a number."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return started is None or abs(process.create_time() - started) < 2
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def is_alive(pid: int) -> bool:
    """Whether there is a process of that number; a zombie is none."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
