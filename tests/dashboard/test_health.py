"""Findings of the health panel: their numbers against loops, when they ask for a look, and which anchors they name."""

import math

import numpy as np
import pytest
import torch

from dashboard.figures.health import LATER, MAX_ANCHORS, Finding, findings, sampled_anchors
from mlcl_core.demo_runs.make import FOLDER, SAMPLES
from mlcl_core.engine.alarms import warm_up
from mlcl_core.losses import build_loss
from mlcl_core.metrics.uniformity import uniformity
from mlcl_core.runs.run import Run
from tests import reference
from tests.made_runs import ITEMS, NAMES, made_data

SD = build_loss("weighted_supcon", rule="similarity_dissimilarity", temperature=0.1)


def space(pull: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings that follow the labels of the made data, and those labels."""
    labels = made_data().labels.dense()
    generator = torch.Generator().manual_seed(1)
    z = torch.randn(ITEMS, 6, generator=generator) + pull * labels.float() @ torch.randn(5, 6, generator=generator)
    return torch.nn.functional.normalize(z, dim=1).numpy(), labels.numpy()


def by_name(found: list[Finding]) -> dict[str, Finding]:
    """Findings by the names of their numbers."""
    return {one.record.name: one for one in found}


def test_numbers_are_those_of_loops() -> None:
    """All findings of a frame, from the loops' weights, forces and cosines."""
    z, y = space()
    found = by_name(findings(SD, z, y, None, NAMES))
    loops = reference.anchors(
        z, y, z, y, rule="similarity_dissimilarity", temperature=0.1, self_index=np.arange(len(y))
    )
    others = ~np.eye(ITEMS, dtype=bool)
    shares = [[w / sum(row) for w in row if w > 0] for row in loops["attract"] * others]
    effective = [math.exp(-sum(q * math.log(q) for q in row)) for row in shares if row]
    even = [-sum(q * math.log(q) for q in row) / math.log(len(row)) for row in shares if len(row) > 1]
    lonely = [i for i, row in enumerate(shares) if not row]
    low, middle, high = min(effective), np.median(effective), max(effective)
    assert found["without_positives"].value == f"{len(lonely)} of {ITEMS}"
    assert found["without_positives"].rows == tuple(lonely)
    assert lonely == [i for i in range(ITEMS) if not y[i].any()]
    assert found["effective_positives"].value == f"{middle:.1f} (from {low:.1f} to {high:.1f})"
    assert found["weight_evenness"].value == f"{sum(even) / len(even):.2f}"
    positive = (loops["attract"] > 0) & others
    apart = [2 - 2 * loops["cosine"][i, j] for i in range(ITEMS) for j in range(ITEMS) if positive[i, j]]
    at_random = [2 - 2 * loops["cosine"][i, j] for i in range(ITEMS) for j in range(ITEMS) if i != j]
    assert found["alignment"].value == f"{np.mean(apart):.3f}; at random {np.mean(at_random):.3f}"
    equal = sum(
        abs(loops["force"][i, j]) for i in range(ITEMS) for j in range(ITEMS) if i != j and (y[i] == y[j]).all()
    )
    percent = 100 * equal / np.abs(loops["force"] * others).sum()
    assert found["force_shares"].value.startswith(f"same\u00a0labels\u00a0{percent:.0f}\u00a0%")


def test_a_good_space_is_fine_and_a_collapsed_one_is_not() -> None:
    """Close positives in a wide space: no finding. One spot: uniformity and directions, with the items."""
    z, y = space(pull=2.0)
    assert [one.record.name for one in findings(SD, z, y, None, NAMES) if one.look] == []
    spot = torch.nn.functional.normalize(torch.from_numpy(z) * 0.15 + torch.eye(6)[0], dim=1).numpy()
    found = by_name(findings(SD, spot, y, None, NAMES))
    assert found["uniformity"].look
    alike = ((spot @ spot.T).sum() - ITEMS) / (ITEMS * (ITEMS - 1))
    assert f"mean cosine {alike:.2f}" in found["effective_rank"].look
    most = int((spot @ spot.mean(0)).argmax())
    assert found["effective_rank"].rows[0] == most


@pytest.mark.parametrize("rule", list(SAMPLES))
def test_an_ordinary_run_has_no_warning(rule: str) -> None:
    """The recorded runs: what an untrained network fails is said to be early, later no threshold is crossed."""
    run = Run(FOLDER / SAMPLES[rule][0])
    items, loss = run.watched_items(), build_loss("weighted_supcon", rule=rule, temperature=0.07)
    crossed = 0
    for step in run.frame_steps()[::2]:
        early = step < warm_up(run.status().total)
        found = findings(loss, run.frame(step).z, items.labels, None, items.label_names, early=early)
        assert [one.look for one in found if one.look] == []
        crossed += any(one.early for one in found)
    assert crossed >= 3
    first = findings(loss, run.frame(0).z, items.labels, None, items.label_names)
    assert {one.record.name for one in first if one.look} == set(LATER)


def test_chance_is_no_alignment() -> None:
    """Embeddings independent of the labels: a finding on alignment, the farthest anchor first."""
    _, y = space()
    z = torch.nn.functional.normalize(torch.randn(ITEMS, 6, generator=torch.Generator().manual_seed(8)), dim=1).numpy()
    near = by_name(findings(SD, z, y, None, NAMES))["alignment"]
    assert "positives are on average no nearer than two random items" in near.look
    shared = (y.astype(int) @ y.T.astype(int) > 0) & ~np.eye(ITEMS, dtype=bool)
    mean = [np.mean([2 - 2 * float(z[i] @ z[j]) for j in np.flatnonzero(shared[i])] or [0]) for i in range(ITEMS)]
    assert near.rows[0] == int(np.argmax(mean))


def test_a_strict_rule_leaves_anchors_alone() -> None:
    """Only the same label set is positive: many anchors have no positive, and the panel says so."""
    z, y = space()
    found = by_name(findings(build_loss("weighted_supcon", rule="all_equal"), z, y, None, NAMES))
    twins = [sum(j != i and bool((y[i] == y[j]).all()) for j in range(ITEMS)) * y[i].any() for i in range(ITEMS)]
    assert found["without_positives"].value == f"{twins.count(0)} of {ITEMS}"
    assert found["without_positives"].look
    assert found["effective_positives"].rows == tuple(i for i in range(ITEMS) if twins[i] == 1)


def test_prototypes_without_near_items() -> None:
    """A prototype opposite to all items is named, with the items of its label, the farthest of them first."""
    z, y = space(pull=2.0)
    z, y = z[~y.all(1)], y[~y.all(1)]  # who has all labels is near every prototype
    stars = np.stack([z[y[:, c]].mean(0) for c in range(5)])
    assert by_name(findings(SD, z, y, stars, NAMES))["visitors"].value == "0 of 5"
    stars[2] = -z.mean(0)
    found = by_name(findings(SD, z, y, stars, NAMES))["visitors"]
    assert found.value == "1 of 5"
    assert f"No item is near {NAMES[2]}" in found.look
    carriers = np.flatnonzero(y[:, 2])
    away = z[carriers] @ (stars[2] / np.linalg.norm(stars[2]))
    assert found.rows == tuple(carriers[np.argsort(away, kind="stable")])


def test_what_is_no_number_is_the_one_finding() -> None:
    """NaN or infinity in an embedding: the items concerned, and no other finding."""
    z, y = space()
    z[[3, 7], 0] = np.nan, np.inf
    (only,) = findings(SD, z, y, None, NAMES)
    assert (only.value, only.rows) == (f"2 of {ITEMS} are not finite", (3, 7))
    assert only.look


def test_a_loss_without_pairs_leaves_the_space() -> None:
    """Without pairs: the spread of the items, and nothing about weights."""
    z, y = space()
    assert list(by_name(findings(None, z, y, None, NAMES))) == ["uniformity", "effective_rank"]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_items(n: int) -> None:
    """No item: no finding. One or two without a label: all findings, no failure."""
    z, _ = space()
    found = findings(SD, z[:n], np.zeros((n, 5), dtype=bool), z[:5], NAMES)
    assert len(found) == (8 if n else 0)
    if n:
        assert by_name(found)["without_positives"].value == f"{n} of {n}"
        assert by_name(found)["visitors"].value == "5 of 5"
        assert by_name(found)["visitors"].rows == ()


def test_at_most_256_anchors_are_opened() -> None:
    """Few items: all of them; many: 256 different ones spread over all, always the same."""
    assert sampled_anchors(MAX_ANCHORS).tolist() == list(range(MAX_ANCHORS))
    rows = sampled_anchors(5_000)
    assert len(set(rows.tolist())) == MAX_ANCHORS
    assert (rows[0], rows[-1]) == (0, 4_999)


def test_of_many_items_some_are_looked_at() -> None:
    """The pairs opened at once stay below five million, and uniformity is that of 5,000 items, said beside it."""
    assert len(sampled_anchors(20_000)) == MAX_ANCHORS
    assert len(sampled_anchors(100_000)) == 51
    z = np.random.default_rng(0).normal(size=(6_000, 3)).astype(np.float32)
    even = findings(None, z, np.ones((6_000, 1), bool), None, ["a"])[0]
    assert even.value.endswith(" (of 5,000 of the 6,000 items)")
    kept = z[np.linspace(0, 5_999, 5_000).round().astype(int)]
    assert even.value.startswith(f"{uniformity(torch.from_numpy(kept)):.2f} ")
