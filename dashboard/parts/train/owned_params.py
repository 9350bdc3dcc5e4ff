"""Parameters of the rule, the sampler or the loss that is chosen in the set-up form.

Their paths in the form are ``KIND.NAME.PARAMETER``, such as ``rule.jaccard.threshold``. The registries are imported
when they are needed: pages are drawn before PyTorch is loaded.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.parts.fields.config_field import value_of
from mlcl_core.engine.config import LOSS_OPTIONS, TrainConfig
from mlcl_core.options import Option


@dataclass(frozen=True)
class Owned:
    """One kind of such parameters.

    Args:
        owner: Path of the setting that holds the name of the choice.
        target: Path of the setting that holds the parameters.
        options: Gives the parameters of a name.
    """

    owner: str
    target: str
    options: Callable[[str], Mapping[str, Option]]


def _of_rule(name: str) -> Mapping[str, Option]:
    from mlcl_core.pairs import RULES

    return RULES[name].params


def _of_sampler(name: str) -> Mapping[str, Option]:
    from mlcl_core.data import SAMPLERS

    return SAMPLERS[name].params


def _of_loss(name: str) -> Mapping[str, Option]:
    return {key: option for key, option in loss_options(name).items() if key not in LOSS_OPTIONS}


def loss_options(name: str) -> Mapping[str, Option]:
    """All options of a loss, including those with a setting of their own (``LOSS_OPTIONS``)."""
    from mlcl_core.losses import LOSSES

    return LOSSES[name].options


OWNED = {
    "rule": Owned("loss.rule", "loss.rule_params", _of_rule),
    "sampler": Owned("training.sampler", "training.sampler_params", _of_sampler),
    "loss_params": Owned("loss.name", "loss.params", _of_loss),
    "logit_params": Owned("loss.logit", "loss.logit_params", loss_options),
}


def is_owned(path: str) -> bool:
    """Whether a path of the form is such a parameter."""
    return path.partition(".")[0] in OWNED


def owned_value(config: TrainConfig, path: str) -> Any:
    """The value of a parameter in a configuration; its default if the configuration makes another choice."""
    kind, name, param = path.split(".", 2)
    owned = OWNED[kind]
    own = value_of(config, owned.target) if value_of(config, owned.owner) == name else {}
    return own[param] if param in own else owned.options(name)[param].default
