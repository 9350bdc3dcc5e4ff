"""Run one command and turn errors into one line and an exit code."""

import io
import os
import re
import sys
from collections.abc import Sequence

from mlcl_core.cli.app import app
from mlcl_core.cli.parser import build_parser
from mlcl_core.cli.printing import say
from mlcl_core.errors import InputError, RunFailed
from mlcl_core.home_directory import home_to_read

SETTING = re.compile(r"[A-Za-z_][\w.]*=")
MAX_ERROR = 2_000  # characters


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # the terminal's encoding may lack a character of a name
    try:
        if given[:1] == ["app"]:
            return app(given[1:])
        options = build_parser().parse_args(with_each_set(given))
        if options.home:
            os.environ["MLCL_HOME"] = str(home_to_read(options.home))  # uploads are looked up there
        return options.command(options)
    except InputError as error:
        return _fail(str(error), 2)
    except RunFailed as error:
        return _fail(str(error), 1)
    except BrokenPipeError:
        # the reader of stdout has closed it; Python would report that again when it flushes stdout at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _fail(f"{error.strerror or error}: {error.filename}" if error.filename else str(error), 1)
    except KeyboardInterrupt:
        return _fail("stopped by the keyboard", 130)


def with_each_set(arguments: Sequence[str]) -> list[str]:
    """The arguments with ``--set`` before each setting: ``--set train=a test=b`` is ``--set train=a --set test=b``.

    Edge cases:
        A file whose name looks like a setting (``a=b.csv``) stands before the settings, or is called ``./a=b.csv``.
    """
    found: list[str] = []
    for argument in arguments:
        if found[-2:-1] == ["--set"] and SETTING.match(argument):
            found.append("--set")
        found.append(argument)
    return found


def _fail(message: str, code: int) -> int:
    message = " ".join(message.split())
    say(f"mlcl: {message}" if len(message) <= MAX_ERROR else f"mlcl: {message[:MAX_ERROR]}…", to=sys.stderr)
    return code
