"""What a parameter may be, of rules, losses, encoders, data sets and readers; needs no torch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

from mlcl_core.errors import InputError

LONGEST_SHOWN = 60  # characters of a value that is refused


@dataclass(frozen=True)
class Option:
    """A parameter of a rule or a loss: its default, what it may be, and a line of help for forms and errors.

    A default that is a whole number makes an option of whole numbers. A text default without choices makes a free text
    of at most ``longest`` characters; ``refuse`` raises :class:`InputError` on a text that makes no sense, and
    ``examples`` are texts that do.
    """

    default: Any
    help: str
    choices: tuple[str, ...] = ()
    minimum: float | int | None = None
    maximum: float | int | None = None
    longest: int = 500
    examples: tuple[str, ...] = ()
    refuse: Callable[[str], object] | None = None

    @property
    def is_text(self) -> bool:
        """Whether any text will do."""
        return isinstance(self.default, str) and not self.choices

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers will do: where the default is one."""
        return isinstance(self.default, int) and not isinstance(self.default, bool)

    def check(self, name: str, value: Any) -> None:
        """Raise :class:`InputError` unless ``value`` is one that this option may have."""
        if self.choices:
            if not isinstance(value, str) or value not in self.choices:
                raise InputError(f"{name} is {_shown(value)}; it must be one of {', '.join(self.choices)}")
        elif self.is_text:
            if not isinstance(value, str):
                raise InputError(f"{name} is {_shown(value)}; it must be text")
            if len(value) > self.longest:
                raise InputError(f"{name} is {len(value)} characters long; it must be at most {self.longest}")
            if self.refuse is not None:
                self.refuse(value)
        elif isinstance(self.default, bool):
            if not isinstance(value, bool):
                raise InputError(f"{name} is {_shown(value)}; it must be true or false")
        elif isinstance(value, bool) or not isinstance(value, Real) or not _within(self, value):
            number = "whole number" if self.is_whole else "number"
            low = f"any {number}" if self.minimum is None else f"a {number} from {self.minimum:g}"
            high = "" if self.maximum is None else f" to {self.maximum:g}"
            raise InputError(f"{name} is {_shown(value)}; it must be {low}{high}")


def _within(option: Option, value: Real) -> bool:
    try:
        number = float(value)
    except OverflowError:  # a whole number beyond any float
        return False
    # written so that NaN fails, and infinity with it
    low = -float("inf") if option.minimum is None else option.minimum
    high = float("inf") if option.maximum is None else option.maximum
    return low <= number <= high and abs(number) != float("inf") and not (option.is_whole and number % 1)


def _shown(value: Any) -> str:
    shown = " ".join(repr(value).split())
    return shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}..."


def _as_text(value: Any) -> Any:
    # the command line reads what looks like a number as one; a number is a text too
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def checked_options(owner: str, options: Mapping[str, Option], given: Mapping[str, Any]) -> dict[str, Any]:
    """Fill ``given`` up with the defaults of ``options``; unknown names and impossible values are errors."""
    unknown = sorted(set(given) - set(options))
    if unknown:
        known = ", ".join(sorted(options)) or "none"
        raise InputError(f"{owner} has no option {', '.join(unknown)}; its options are: {known}")
    given = {name: _as_text(value) if options[name].is_text else value for name, value in given.items()}
    for name, value in given.items():
        options[name].check(f"{owner}: {name}", value)
    filled = {name: given.get(name, option.default) for name, option in options.items()}
    return {name: _in_its_type(options[name], value) for name, value in filled.items()}


def _in_its_type(option: Option, value: Any) -> Any:
    # a whole number where a float belongs (temperature=1), or a float that is whole, is what people and JSON write
    if isinstance(option.default, float):
        return float(value)
    return int(value) if option.is_whole else value
