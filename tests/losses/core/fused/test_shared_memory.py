"""The fused kernels compile for GPUs that are not there, and their tiles fit into the memory of a block."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="Triton is for Linux")]


def test_the_widest_tiles_fit(tmp_path):
    """Sums and gradients of both forms in the 99 KB that a block takes on an RTX GPU; the largest in an H100's 227."""
    root = Path(__file__).parents[4]
    command = [sys.executable, "-m", "tests.losses.core.fused.shared_memory"]
    environment = os.environ | {"TRITON_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=280, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert len(found["8.6"]) == 3
    assert 32_768 < min(found["8.6"]) <= max(found["8.6"]) <= 101_376 < max(found["9.0"]) <= 232_448
