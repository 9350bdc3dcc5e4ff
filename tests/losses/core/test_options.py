"""Options are checked where they are stored: by name, made directly, changed by replace, at another temperature."""

import math
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

from mlcl_core.errors import InputError
from mlcl_core.losses import LOSSES, Combined, WeightedSupCon, build_loss
from mlcl_core.losses.core.label_counts import LabelCounts
from mlcl_core.losses.core.loss import Loss, options_of
from mlcl_core.losses.hero import Hero
from mlcl_core.losses.label_level import LabelLevel
from mlcl_core.losses.on_logits.asl import Asymmetric
from mlcl_core.losses.on_logits.bce import BinaryCrossEntropy
from mlcl_core.options import Option
from mlcl_core.pairs import RULES
from tests.cases import other_values

pytestmark = pytest.mark.usefixtures("unchecked")

# never a value, whatever the option: a missing value, a container, an array, bytes, a type
NEVER = [None, [], {}, ("outside",), b"mean", complex(1, 1), torch.ones(2), np.ones(2), object(), float]
NO_NUMBERS = [math.nan, math.inf, -math.inf, np.nan, 10**400, -(10**400), True, False, "0.1", "nan"]


def bad_values(option: Option) -> list[Any]:
    """The worst that an option can be given."""
    if option.choices:
        typos = [option.default + " ", option.default.upper(), option.default[:-1], "", 0, True, math.nan]
        return [*NEVER, *typos]
    if isinstance(option.default, bool):
        return [*NEVER, 0, 1, "true", math.nan]
    beyond = [option.minimum - 1e-6, option.maximum * 1.001, -1e300, 1e300]
    return [*NEVER, *NO_NUMBERS, *beyond, *([0.5] if option.is_whole else [])]


BUILT = {name: build_loss(name) for name in LOSSES}


def test_every_loss_is_checked():
    """None of the registry is left out, and every option that a loss stores is declared."""
    not_options = {"rule", "rule_params", "needs", "counts", "weights"}
    for loss in BUILT.values():
        assert isinstance(loss, Loss)
        assert {field.name for field in fields(loss)} - not_options == set(options_of(type(loss)))


@pytest.mark.parametrize("name", LOSSES)
def test_the_worst_values_are_refused_in_every_way(name):
    """By name, by replace and made directly alike: one sentence with the option's name."""
    loss = BUILT[name]
    for key, option in options_of(type(loss)).items():
        for value in bad_values(option):
            ways = {
                "replace": lambda key=key, value=value: replace(loss, **{key: value}),
                "direct": lambda key=key, value=value: type(loss)(**{key: value}),
            }
            if key in LOSSES[name].options:
                ways["name"] = lambda key=key, value=value: build_loss(name, **{key: value})
            for way, make in ways.items():
                with pytest.raises(InputError) as caught:
                    make()
                assert f"{key} is " in str(caught.value), way
                assert "\n" not in str(caught.value)
                assert len(str(caught.value)) < 300
        for value in other_values(option):
            if key in LOSSES[name].options:
                assert getattr(replace(loss, **{key: value}), key) == value


@pytest.mark.parametrize("name", [name for name in LOSSES if hasattr(build_loss(name), "with_temperature")])
def test_another_temperature_is_checked(name):
    """with_temperature checks like every other way."""
    for value in (0, -0.1, math.nan, math.inf, 1e-4, True, "0.1"):
        with pytest.raises(InputError, match="temperature is"):
            build_loss(name).with_temperature(value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: WeightedSupCon(placement="outsde"), "placement is 'outsde'; it must be one of outside, inside, "),
        (lambda: WeightedSupCon(temperature=-0.1), "temperature is -0.1; it must be a number from 0.001 to 100"),
        (lambda: WeightedSupCon(rule="jaccard"), "rule is 'jaccard'; it must be one of RULES"),
        (lambda: WeightedSupCon(rule_params={"treshold": 0.1}), "rule similarity_dissimilarity has no option treshold"),
        (
            lambda: WeightedSupCon(rule_params={"factors": "bth"}),
            "factors is 'bth'; it must be one of both, similarity",
        ),
        (lambda: WeightedSupCon(rule_params=None), "rule_params is None; it must be names and values"),
        (lambda: WeightedSupCon(prototypes_as="other"), "prototypes_as is 'other'; it must be one of others, anchors"),
        (lambda: WeightedSupCon(regularised="yes"), "regularised is 'yes'; it must be true or false"),
        (lambda: WeightedSupCon(regularised=True, placement="inside"), "regularised goes with placement outside"),
        (lambda: WeightedSupCon(rule=replace(RULES["jaccard"], normalise="cuont")), "normalise is 'cuont'; it must be"),
        (lambda: WeightedSupCon(rule=replace(RULES["jaccard"], normalise="rule")), "normalise is 'rule'; it must be"),
        (lambda: LabelLevel(negatives=1.5), "negatives is 1.5; it must be a whole number from 0 to 10000"),
        (lambda: Hero(variant="mlpc"), "variant is 'mlpc'; it must be one of mlcpc, vggcpc, cnncpc"),
        (lambda: Asymmetric(detach=1), "detach is 1; it must be true or false"),
        (lambda: BinaryCrossEntropy(weights=torch.tensor([1.0, -1.0])), "positive weights must be one number of at"),
        (lambda: LabelCounts(torch.tensor([3.0, math.nan]).double(), 5), "label counts must lie between 0 and"),
        (lambda: Combined(WeightedSupCon(), BinaryCrossEntropy(), 1.5), "weight of the contrastive loss is 1.5"),
    ],
)
def test_made_directly(make, message):
    """A typo in a loss that is made without the registry is one clear sentence too."""
    with pytest.raises(InputError) as caught:
        make()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_numbers_of_other_kinds_are_numbers():
    """NumPy's and exact ones are taken, and stored in the option's own type."""
    for value in (np.float32(0.25), np.float64(0.25), Fraction(1, 4)):
        loss = WeightedSupCon(temperature=value)
        assert type(loss.temperature) is float
        assert loss.temperature == 0.25
    for value in (3, 3.0, np.int64(3)):
        loss = LabelLevel(negatives=value)
        assert type(loss.negatives) is int
        assert loss.negatives == 3


def test_parameters_of_the_rule_are_filled_up():
    """What is stored is the whole set, so that two losses that do the same are equal."""
    assert WeightedSupCon() == build_loss("weighted_supcon")
    assert WeightedSupCon(rule=RULES["jaccard"]).rule_params["threshold"] == 0.0
