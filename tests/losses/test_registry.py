"""The registry of losses: records, options, and how bad ones are refused."""

import pytest
import torch

from mlcl_core.errors import InputError
from mlcl_core.losses import LOSSES, NORMALISATIONS, PLACEMENTS, LossRecord, build_loss, fitted_to_labels
from mlcl_core.pairs import RULES
from tests.cases import CASES, embeddings, loss_inputs, other_values

RECORDS = pytest.mark.parametrize("record", LOSSES.values(), ids=LOSSES)


@RECORDS
def test_records_are_complete(record: LossRecord):
    """Forms and tables need every text of the record."""
    assert LOSSES[record.name] is record
    assert all((record.title, record.formula, record.summary, record.source, record.when_to_use, record.edge_cases))
    assert record.needs <= {"embeddings", "logits", "label_z", "mixture", "prototypes", "label_counts"}
    for option in record.options.values():
        assert option.help.endswith(".")
    assert build_loss(record.name).needs == record.needs


@RECORDS
def test_every_value_of_every_option_works(record: LossRecord):
    """Each option changed by itself gives a loss with a finite value and gradient."""
    y = CASES["five_relations"]
    for key, option in record.options.items():
        for value in other_values(option):
            loss = fitted_to_labels(build_loss(record.name, **{key: value}), y)
            z, inputs = embeddings(6).requires_grad_(), loss_inputs(loss.needs, y)
            number = loss(z, y, **inputs).sum()
            number.backward()
            assert torch.isfinite(number), (key, value)
            leaves = {"embeddings": z, **inputs}
            for name in loss.needs & leaves.keys():
                assert torch.isfinite(leaves[name].grad).all(), (key, value, name)


def test_choices_are_the_registries():
    """Rules, placements and normalisations on offer are those that exist."""
    options = LOSSES["weighted_supcon"].options
    assert options["rule"].choices == tuple(RULES)
    assert options["placement"].choices == tuple(PLACEMENTS)
    assert options["normalise"].choices == tuple(NORMALISATIONS)


def test_whole_numbers_are_numbers():
    """temperature=1, a whole number as JSON has it."""
    loss = build_loss("weighted_supcon", temperature=1, rule="jaccard", rule_params={"power": 2})
    assert (loss.temperature, loss.rule_params["power"]) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("supcon", {}, "there is no loss 'supcon'; there are: weighted_supcon, bce"),
        ("bce", {"temperature": 0.1}, "loss bce has no option temperature; its options are: positive_weight"),
        ("bce", {"rule_params": {"power": 2.0}}, "loss bce takes no pair rule"),
        ("weighted_supcon", {"tau": 0.1}, "loss weighted_supcon has no option tau; its options are: base_temperature"),
        ("weighted_supcon", {"temperature": 0}, "temperature is 0; it must be a number from 0.001 to 100"),
        ("weighted_supcon", {"temperature": -0.1}, "temperature is -0.1"),
        ("weighted_supcon", {"temperature": float("nan")}, "temperature is nan"),
        ("weighted_supcon", {"temperature": "0.1"}, "temperature is '0.1'"),
        (
            "weighted_supcon",
            {"rule": "jacard"},
            "rule is 'jacard'; it must be one of similarity_dissimilarity, any_shared",
        ),
        ("weighted_supcon", {"placement": "Outside"}, "placement is 'Outside'; it must be one of outside, inside"),
        ("weighted_supcon", {"normalise": "mean"}, "normalise is 'mean'; it must be one of rule, count"),
        ("weighted_supcon", {"reduction": "median"}, "reduction is 'median'; it must be one of mean, sum, rows, none"),
        ("weighted_supcon", {"no_positive": "skip"}, "no_positive is 'skip'; it must be one of drop, zero"),
        ("weighted_supcon", {"base_temperature": -1}, "base_temperature is -1"),
        ("weighted_supcon", {"epsilon": 0.1}, "epsilon is 0.1; it must be a number from 0 to 0.001"),
        (
            "weighted_supcon",
            {"rule_params": {"threshold": 0.1}},
            "rule similarity_dissimilarity has no option threshold",
        ),
    ],
)
def test_unknown_and_impossible_options_are_refused(name, options, message):
    """One clear line with the value and the values allowed."""
    with pytest.raises(InputError) as caught:
        build_loss(name, **options)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
