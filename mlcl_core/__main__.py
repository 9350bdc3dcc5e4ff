"""``python -m mlcl_core`` is ``mlcl``."""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; without the packages of the app, which the losses don't need, say what to install."""
    try:
        from mlcl_core import cli
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "mlcl_core":
            raise
        sys.stderr.write(f"mlcl: the command line needs {error.name}: pip install 'mlcl-lab[app]'\n")
        return 2
    return cli.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
