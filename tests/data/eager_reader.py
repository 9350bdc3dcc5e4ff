"""The process that reads files, but it reports every sign of progress: ``python -m tests.data.eager_reader``."""

import runpy
import sys
from pathlib import Path
from types import ModuleType

package = ModuleType("mlcl_core.data")
package.__path__ = [str(Path(__file__).parents[2] / "mlcl_core" / "data")]
sys.modules["mlcl_core.data"] = package

from mlcl_core.data import progress  # noqa: E402 - without the package's own imports
from mlcl_core.data.readers.arff import rows  # noqa: E402

progress.EVERY, rows.ROWS = 0.0, 10
runpy.run_module("mlcl_core.reader_process", run_name="__main__", alter_sys=True)
