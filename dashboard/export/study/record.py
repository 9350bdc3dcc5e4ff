"""What the registry holds of each kind of file of a study."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mlcl_core.studies.folder import StudyFolder


@dataclass(frozen=True)
class StudyFormat:
    """One kind of file that holds what a study says.

    Attributes:
        name: The ending of the file's name, without the dot.
        title: On buttons.
        summary: What it holds, for whom.
        mime: Its type, for browsers.
        make: Makes the file of a study; the metrics are columns of its tables.
    """

    name: str
    title: str
    summary: str
    mime: str
    make: Callable[[StudyFolder, Sequence[str]], bytes]
