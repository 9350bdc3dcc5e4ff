"""What a study crosses, and one setting of its further axes at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from dashboard.figures.study_words import axis_title, is_numeric
from dashboard.loaders.studies import of_study
from mlcl_core.errors import InputError
from mlcl_core.studies.axes import DATA, METHOD, axes_of, base_config
from mlcl_core.studies.folder import StudyFolder

Setting = tuple[tuple[str, Any], ...]  # each further axis with its value


@dataclass(frozen=True)
class StudyAxes:
    """What a study crosses.

    Attributes:
        data: Names of the data sets, in the file's order.
        methods: Names of the methods, likewise.
        others: Values of each further axis.
        usual: The value of each that the base has, else its first.
    """

    data: tuple[str, ...]
    methods: tuple[str, ...]
    others: Mapping[str, tuple[Any, ...]]
    usual: Mapping[str, Any]

    @property
    def numeric(self) -> list[str]:
        """The further axes of numbers, against which curves are drawn."""
        return [axis for axis, values in self.others.items() if is_numeric(values)]

    @property
    def settings(self) -> list[Setting]:
        """All combinations of the values of further axes; one empty where there are none."""
        return [tuple(zip(self.others, values, strict=True)) for values in product(*self.others.values())]


def study_axes(folder: StudyFolder) -> StudyAxes:
    """What a study crosses.

    Raises:
        InputError: Its file is damaged, or names what this version does not know.
    """
    return of_study(_axes, folder)


def _axes(folder: StudyFolder) -> StudyAxes:
    file = folder.file
    axes = {axis: tuple(value.name for value in values) for axis, values in axes_of(file).items()}
    data, methods = (tuple(map(str, axes.pop(axis))) for axis in (DATA, METHOD))
    others = {axis: values for axis, values in axes.items() if len(values) > 1}
    usual = {axis: _usual(file.base, axis, values) for axis, values in others.items()}
    return StudyAxes(data, methods, others, usual)


def _usual(base: Any, axis: str, values: Sequence[Any]) -> Any:
    try:
        value: Any = base_config(base)
        for part in axis.split("."):
            value = getattr(value, part)
    except (InputError, AttributeError):
        return values[0]  # of an axis with a name of its own
    return value if value in values else values[0]


def setting_words(setting: Setting) -> str:
    """ "temperature 0.1, batch size 256"; empty where there is nothing to tell."""
    return ", ".join(f"{axis_title(axis)} {value}" for axis, value in setting)
