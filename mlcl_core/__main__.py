"""``python -m mlcl_core`` is ``mlcl``."""

import sys

from mlcl_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
