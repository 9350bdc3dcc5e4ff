"""The process of a study: ``python -m mlcl_core.studies.process STUDY_DIR [--retry]``; it outlives the dashboard."""

import os
import sys
import traceback
from pathlib import Path

from mlcl_core.errors import InputError, RunFailed
from mlcl_core.studies.executors import StudyStopped
from mlcl_core.studies.folder import StudyFolder
from mlcl_core.studies.launch import RETRY
from mlcl_core.studies.working import Working


def main(path: Path, retry: bool) -> int:
    """Work on a study to its end; returns the exit code: 0 when it finished or was stopped, 1 when it failed."""
    folder = StudyFolder(path.parent.parent, path.name)
    if not folder.exists:
        print(f"{path}: there is no study", file=sys.stderr)  # noqa: T201 - log.txt
        return 1
    # data and uploads are looked up in the home directory of the study
    os.environ["MLCL_HOME"] = str(folder.home)
    try:
        working = Working(folder)
        with working.working():
            from mlcl_core.studies.runner import Progress  # imports torch
            from mlcl_core.studies.whole import prepared

            def note(progress: Progress) -> None:
                working.note(progress.state, progress.phase, progress.eta)

            study = prepared(folder.file, folder.home, lambda phase: working.note("running", phase, None), retry=retry)
            study.run(retry=retry, on_progress=note)
    except StudyStopped:
        return 0
    except (InputError, RunFailed, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - log.txt
        return 1
    except Exception:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute(), RETRY in sys.argv))
