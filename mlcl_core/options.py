"""What a parameter may be, said once: where it is used. Needs no torch and no pydantic.

A parameter of a rule, loss, sampler, encoder or reader is declared in the signature of the function, or in the field of
the record, that uses it::

    def jaccard(pairs, *, threshold: Annotated[float, Param("Where positives begin.", ge=0, le=1)] = 0.0)

:func:`declared_options` reads the declarations; forms, ``--set``, checks and the README's tables are made from what it
gives. The same ``Annotated`` type in a section of the configuration is checked by pydantic, by the same bounds.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from numbers import Real
from typing import Annotated, Any, ClassVar, Literal, get_args, get_origin, get_type_hints

from mlcl_core.errors import InputError

MAX_SHOWN = 60  # characters of a value that is refused


@dataclass(frozen=True)
class Param:
    """What stands beside a parameter's type: ``Annotated[float, Param("Divides the cosine.", ge=1e-3, le=100)]``.

    Args:
        help: One line, for forms, errors and tables.
        ge, le: Smallest and largest value allowed.
        gt, lt: The same, the bound itself not allowed.
        choices: The texts allowed, where they come from a registry; else write the type as ``Literal[...]``.
        max_length: Of a free text.
        examples: Free texts that make sense.
        validate: Raises :class:`InputError` on a free text that makes none.
        useful: Values that a form's + and - go through.
        title: What a form calls it; empty: made from its name.
    """

    # pydantic (annotated-types) then takes the bounds that __iter__ gives
    __is_annotated_types_grouped_metadata__: ClassVar[Literal[True]] = True

    help: str
    ge: float | int | None = None
    le: float | int | None = None
    gt: float | int | None = None
    lt: float | int | None = None
    choices: tuple[str, ...] = ()
    max_length: int = 500
    examples: tuple[str, ...] = ()
    validate: Callable[[str], object] | None = None
    useful: tuple[float | int, ...] = ()
    title: str = ""

    def __iter__(self) -> Iterator[object]:
        """The bounds as pydantic takes them."""
        import annotated_types as bound

        for name in ("ge", "le", "gt", "lt"):
            value = getattr(self, name)
            if value is not None:
                yield getattr(bound, name.capitalize())(value)


def declared_options(owner: Callable[..., Any] | type) -> dict[str, "Option"]:
    """The options that a function's signature, or a dataclass's fields, declare by :class:`Param`, in their order.

    Raises:
        TypeError: A declared parameter without a default.
    """
    hints = get_type_hints(owner, include_extras=True)
    if isinstance(owner, type) and is_dataclass(owner):
        defaults = {field.name: field.default for field in fields(owner)}
        missing: Any = MISSING
    else:
        # the signature of what a decorator wraps, as get_type_hints has it
        defaults = {name: each.default for name, each in inspect.signature(owner).parameters.items()}
        missing = inspect.Parameter.empty
    found = {}
    for name, default in defaults.items():
        hint = hints.get(name)
        param = next((one for one in get_args(hint)[1:] if isinstance(one, Param)), None)
        if get_origin(hint) is not Annotated or param is None:
            continue
        if default is missing:
            raise TypeError(f"{getattr(owner, '__qualname__', owner)}: the parameter {name} needs a default")
        found[name] = option_of(get_args(hint)[0], param, default)
    return found


def option_of(kind: Any, param: Param, default: Any) -> "Option":
    """The option that a type, its :class:`Param` and a default make."""
    if kind is float and not isinstance(default, bool):
        default = float(default)
    return Option(
        default,
        param.help,
        choices=param.choices or (tuple(get_args(kind)) if get_origin(kind) is Literal else ()),
        minimum=param.ge if param.gt is None else param.gt,
        maximum=param.le if param.lt is None else param.lt,
        open_below=param.gt is not None,
        open_above=param.lt is not None,
        max_length=param.max_length,
        examples=param.examples,
        validate=param.validate,
        useful=param.useful,
        title=param.title,
    )


@dataclass(frozen=True)
class Option:
    """A parameter as forms and checks take it: its default, what it may be, and a line of help.

    A default that is a whole number makes an option of whole numbers. A text default without choices makes a free text
    of at most ``max_length`` characters; ``validate`` raises :class:`InputError` on a text that makes no sense, and
    ``examples`` are texts that do. ``open_below`` and ``open_above``: the bound itself is not allowed. ``useful``: what
    a form's + and - go through. ``title``: what a form calls it, where its name would not say enough.
    """

    default: Any
    help: str
    choices: tuple[str, ...] = ()
    minimum: float | int | None = None
    maximum: float | int | None = None
    max_length: int = 500
    examples: tuple[str, ...] = ()
    validate: Callable[[str], object] | None = None
    open_below: bool = False
    open_above: bool = False
    useful: tuple[float | int, ...] = ()
    title: str = ""

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
            if len(value) > self.max_length:
                raise InputError(f"{name} is {len(value)} characters long; it must be at most {self.max_length}")
            if self.validate is not None:
                self.validate(value)
        elif isinstance(self.default, bool):
            if not isinstance(value, bool):
                raise InputError(f"{name} is {_shown(value)}; it must be true or false")
        elif isinstance(value, bool) or not isinstance(value, Real) or not _within(self, value):
            number = "whole number" if self.is_whole else "number"
            above, below = "above" if self.open_below else "from", "below" if self.open_above else "to"
            low = f"any {number}" if self.minimum is None else f"a {number} {above} {self.minimum:g}"
            high = "" if self.maximum is None else f" {below} {self.maximum:g}"
            raise InputError(f"{name} is {_shown(value)}; it must be {low}{high}")


def _within(option: Option, value: Real) -> bool:
    try:
        number = float(value)
    except OverflowError:  # a whole number beyond any float
        return False
    # written so that NaN fails, and infinity with it
    low = -float("inf") if option.minimum is None else option.minimum
    high = float("inf") if option.maximum is None else option.maximum
    if (option.open_below and number == low) or (option.open_above and number == high):
        return False
    return low <= number <= high and abs(number) != float("inf") and not (option.is_whole and number % 1)


def _shown(value: Any) -> str:
    shown = " ".join(repr(value).split())
    return shown if len(shown) <= MAX_SHOWN else f"{shown[:MAX_SHOWN]}..."


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
