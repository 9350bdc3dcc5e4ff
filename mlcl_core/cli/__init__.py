"""The command line, ``mlcl`` or ``python -m mlcl_core``.

Errors are one line on stderr; the exit code is 2 for bad input, 1 for a failed run.
"""

from mlcl_core.cli.entry import main

__all__ = ["main"]
