"""The connections of a process group, and their threads, end before the process does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STORY = """
import pathlib, torch, torch.distributed as dist
from mlcl_core.engine import process_group as group

def threads():
    names = [path.read_text() for path in pathlib.Path("/proc/self/task").glob("*/comm")]
    return sum("gloo" in name for name in names)

group.import_before_connecting()
dist.init_process_group("gloo")
torch.optim.SGD([torch.zeros(1)])  # imports what would keep a reference to the connections
dist.all_reduce(torch.ones(3))
print(threads() > 0)
group.close_connections()
group.close_connections()
print(threads())
"""


@pytest.mark.slow
def test_no_thread_of_the_connections_outlives_them() -> None:
    """With torch fully loaded the threads behind a process group are there while it is, and joined when it ends."""
    alone = {"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "0"}
    command = [sys.executable, "-c", STORY]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **alone}, capture_output=True, text=True)
    assert (done.returncode, done.stdout.split()) == (0, ["True", "0"]), done.stderr
