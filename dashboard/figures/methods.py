"""The methods of the Relations page: every pair rule in the weighted softmax loss, and the losses of another form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from mlcl_core.errors import InputError
from mlcl_core.losses import LOSSES, LossRecord, PairLoss, build_loss
from mlcl_core.options import Option
from mlcl_core.pairs import GROUPS, RULES, Rule

# The temperature is on the page already; the reduction changes no pair; epsilon changes the eighth digit and only
# reproduces published codes; in the space of logits no pair of embeddings can be opened.
NOT_ASKED = {"temperature", "reduction", "no_positive", "base_temperature", "epsilon", "space"}


@cache
def pair_losses() -> dict[str, LossRecord]:
    """The losses that open pairs of items without a pair rule.

    A loss with the name of a rule is left out: between items it is that rule.
    """
    names = [name for name, record in LOSSES.items() if "rule" not in record.options and name not in RULES]
    return {name: LOSSES[name] for name in names if isinstance(build_loss(name), PairLoss)}


@cache
def methods_by_group() -> dict[str, list[str]]:
    """The names of all methods by the keys of ``GROUPS``, in its order; in a group rules first, then losses."""
    records: dict[str, Rule | LossRecord] = {**RULES, **pair_losses()}
    return {group: [name for name, one in records.items() if one.group == group] for group in GROUPS}


def method_names() -> list[str]:
    """All methods, group by group."""
    return [name for names in methods_by_group().values() for name in names]


def method_record(name: str) -> Rule | LossRecord:
    """The record of a method: its title, group and words."""
    return RULES[name] if name in RULES else LOSSES[name]


def method_title(name: str) -> str:
    """The title of a method where its group is not beside it."""
    return RULES[name].title if name in RULES else f"Loss: {LOSSES[name].title}"


def method_choice(name: str) -> str:
    """A method in a list of all: its group and its title."""
    record = method_record(name)
    return f"{GROUPS[record.group].title} · {record.title}"


def method_options(name: str, *, texts: bool = False) -> dict[str, Option]:
    """The options of a method on the page; text options, such as a formula, only with ``texts``."""
    if name in RULES:
        options: Mapping[str, Option] = RULES[name].options
    else:
        options = LOSSES[name].options
    return {key: option for key, option in options.items() if key not in NOT_ASKED and (texts or not option.is_text)}


@dataclass(frozen=True)
class Method:
    """A rule or a loss with its parameters; placement and normalisation apply to rules."""

    rule: str
    rule_params: dict[str, Any] = field(default_factory=dict)
    temperature: float = 0.1
    placement: str = "outside"
    normalise: str = "rule"

    @property
    def is_rule(self) -> bool:
        """Whether it is a pair rule."""
        return self.rule in RULES

    def loss(self) -> PairLoss:
        """The loss with these settings.

        Raises:
            InputError: Parameters that contradict each other.
        """
        if self.is_rule:
            loss = build_loss(
                "weighted_supcon",
                rule=self.rule,
                rule_params=self.rule_params,
                temperature=self.temperature,
                placement=self.placement,
                normalise=self.normalise,
            )
        else:
            loss = build_loss(self.rule, temperature=self.temperature, **self.rule_params)
        if not isinstance(loss, PairLoss):
            raise InputError(f"{method_title(self.rule)} opens no pairs of items with these options")
        return loss
