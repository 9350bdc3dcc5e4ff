"""Label matrices that other codes fail on, every rule with every option, number types and devices."""

from collections.abc import Collection, Iterator
from typing import Any

import torch
from hypothesis import strategies
from torch import Tensor

from mlcl_core.options import Option
from mlcl_core.pairs import RULES, inverse_frequency


def labels(*rows: str) -> Tensor:
    """Label rows from strings such as "101"."""
    return torch.tensor([[letter == "1" for letter in row] for row in rows], dtype=torch.bool).reshape(len(rows), -1)


def random_labels(n: int, c: int, share: float, seed: int) -> Tensor:
    """Independent labels, each with probability ``share``."""
    return torch.rand(n, c, generator=torch.Generator().manual_seed(seed)) < share


CASES: dict[str, Tensor] = {
    # anchor 0 meets all five relations: equal, superset, subset, overlap, disjoint
    "five_relations": labels("11000", "11000", "10000", "11100", "01010", "00011"),
    "single_label": labels("100", "010", "100", "001", "010", "100"),
    "unique_labels": labels("1000", "0100", "0010", "0001"),
    "empty_rows": labels("110", "000", "011", "000", "100"),
    "all_empty": labels("000", "000", "000"),
    "twins": labels("101", "101", "010", "010", "111", "111"),
    "nested_chain": labels("10000", "11000", "11100", "11110", "11111"),
    "all_ones": labels("111", "111", "111", "111"),
    "one_class": labels("1", "0", "1", "1"),
    "one_lonely": labels("1100", "1000", "0001", "0100"),
    "two_alike": labels("11", "11"),
    "two_disjoint": labels("10", "01"),
    "one_item": labels("101"),
    "one_empty_item": labels("000"),
    "no_items": torch.zeros(0, 4, dtype=torch.bool),
    "no_labels": torch.zeros(4, 0, dtype=torch.bool),
    "nothing": torch.zeros(0, 0, dtype=torch.bool),
    "sparse": random_labels(11, 9, 0.2, 1),
    "dense": random_labels(9, 6, 0.6, 2),
}
DTYPES = {"float32": torch.float32, "float64": torch.float64}
TOLERANCE = {torch.float32: 2e-5, torch.float64: 1e-11}
DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


def embeddings(n: int, d: int = 5, *, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    """Raw embeddings of several lengths."""
    return 3 * torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def loss_inputs(needs: Collection[str], y: Tensor, *, seed: int = 0) -> dict[str, Tensor]:
    """Further inputs of a loss beside embeddings and labels: leaves that require a gradient."""
    n, c = y.shape
    made = {
        "logits": embeddings(n, c, seed=seed + 1),
        "prototypes": embeddings(c, seed=seed + 2),
        "label_z": embeddings(n * c, seed=seed + 3).reshape(n, c, 5),
        "mixture": embeddings(n * c, seed=seed + 4).reshape(n, c, 5),
    }
    return {name: x.requires_grad_() for name, x in made.items() if name in needs}


def other_values(option: Option) -> Iterator[Any]:
    """Values of an option that are not its default; the fused path has a process of its own (fused/square_cases.py)."""
    if option.choices:
        yield from (choice for choice in option.choices if choice not in (option.default, "fused"))
    elif isinstance(option.default, bool):
        yield not option.default
    elif option.is_text:
        yield from option.examples
    else:
        low = option.default if option.minimum is None else option.minimum
        high = low + 1 if option.maximum is None else option.maximum
        yield low + 0.37 * (high - low)


def rule_variants() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every registered rule: as it is, with each option changed, and with empty sets that match."""
    for name, rule in RULES.items():
        yield name, {}
        yield name, {"empty_match": True}
        for key, option in rule.params.items():
            for value in other_values(option):
                yield name, {key: value}


def label_weights(name: str, params: dict[str, Any], y: Tensor) -> dict[str, Tensor]:
    """The label weights of some items, as an argument, where a rule with these parameters asks for any."""
    rule = RULES[name]
    asks = rule.needs_label_weights(rule.check(params))
    return {"label_weights": inverse_frequency(y.sum(0))} if asks else {}


VARIANTS = list(rule_variants())
VARIANT_IDS = [f"{name}-{'-'.join(f'{k}={v}' for k, v in params.items()) or 'default'}" for name, params in VARIANTS]


@strategies.composite
def label_matrices(draw: Any, *, max_items: int = 7, max_labels: int = 5, min_items: int = 0) -> Tensor:
    """Any label matrix, empty rows, no items and no labels among them."""
    n = draw(strategies.integers(min_items, max_items))
    c = draw(strategies.integers(0, max_labels))
    rows = draw(
        strategies.lists(strategies.lists(strategies.booleans(), min_size=c, max_size=c), min_size=n, max_size=n)
    )
    return torch.tensor(rows, dtype=torch.bool).reshape(n, c)


@strategies.composite
def one_label_matrices(draw: Any, *, max_items: int = 8) -> Tensor:
    """Items with exactly one label each."""
    classes = draw(strategies.lists(strategies.integers(0, 3), min_size=1, max_size=max_items))
    return torch.eye(4, dtype=torch.bool)[torch.tensor(classes)]
