"""What a comparison shows: histogram, colours, tables, reasons, words, agreement of rules; against loops."""

from dataclasses import replace
from math import comb

import numpy as np
import pytest
import torch

from dashboard.figures.anchor import anchor_pairs
from dashboard.figures.compare import compare_spaces, mean, neighbours
from dashboard.figures.compare_histogram import by_chance, histogram, histogram_options, in_bars, kept_counts
from dashboard.figures.compare_marks import FATES, QUARTERS, SELECTED, by_fate, by_overlap
from dashboard.figures.compare_reasons import fate_counts, fate_reasons, pair_reason, rule_reasons
from dashboard.figures.compare_rules import weight_agreement
from dashboard.figures.compare_scores import SeedScores, over_seeds, score_table
from dashboard.figures.compare_tables import (
    items_table,
    mixed_table,
    neighbour_table,
    rule_pairs_table,
    with_either_set,
)
from dashboard.figures.compare_words import difference_table, in_common, not_shared, value
from dashboard.parts.compare import explained, numbers
from mlcl_core.losses import build_loss
from mlcl_core.metrics import neighbour_changes
from mlcl_core.metrics.cosines import TIE
from mlcl_core.runs.compare import CommonItems, Setting, Unshared
from mlcl_core.runs.records import WatchedItems
from tests import reference
from tests.cases import embeddings, labels, random_labels

N, K = 30, 15
ROWS = np.stack([np.arange(N), np.arange(N)[::-1]])  # the second run watches the same items in another order

PROVES = {
    "test_numbers_of_a_comparison_are_the_loops": (
        "Overlap: of the k items nearest to an item in A, the share that is among its k nearest in B too. "
        "o = Σ min(m, m′) / k, with m and m′ the places that an item takes in A and in B: 1 for the nearest; items "
        "equally near at the last place share it.",
        "**{…:.1f} of {numbers.k}** neighbours are the same",
        "neighbours of {numbers.k} that are the same",
        "No item has a direction in either space, so none has neighbours to compare.",
        "How many neighbours the items kept: {…:.1f} of {numbers.k} on the mean; {fewest:,} items kept none, "
        "{most:,} kept all.",
    ),
    "test_chance_is_drawn_by_the_hypergeometric_law": (
        "Chance is k / (n − 1); the dashed line is what chance would give.",
    ),
    "test_drift_is_between_steps_of_one_run": (
        "Drift: how far an item moved from A to B after the whole space was turned to fit. |x′R − x| of directions of "
        "length 1, with R the best rotation or reflection (orthogonal Procrustes).",
        "Drift is shown between steps of one run: two runs have no common axes.",
    ),
    "test_agreement_of_rules_equals_loops": (
        "Agreement: of an anchor's weight, the share that both rules give to the same pairs. "
        "Σ min(w / Σ w, w′ / Σ w′) over its pairs with the watched items.",
        "share of the weight on the same pairs",
        "One space under two rules: neighbours are the same, weight and force differ.",
        "No item has a positive under either rule, so there are no weights to compare.",
        "This run's loss compares no pairs of the points of a frame, so there are no weights to compare.",
    ),
    "test_ranges_over_seeds": (
        "Mean, and range from lowest to highest, over the runs here with the same configuration but for the seeds of "
        "run and split; n is their number.",
        "The two losses are on different scales, so their values have no difference.",
        "Both have no metric in common at these steps.",
    ),
    "test_colours_of_the_points": (
        "near the anchor in B alone",
        "near the anchor in A alone",
        "more than three quarters of its neighbours are the same",
        "more than half of its neighbours are the same",
        "more than a quarter of its neighbours are the same",
        "a quarter of its neighbours at most are the same",
        "it has no neighbours in either space",
    ),
    "test_pairs_that_two_rules_move_apart": (
        "The {…} pairs of the anchor whose force differs most between both rules.",
    ),
    "test_what_is_not_shared_in_words": ("nothing: data and settings are the same",),
}


def spaces() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two spaces of the same items, and their labels."""
    h = embeddings(N, 5, dtype=torch.float32)
    return h.numpy(), (h + embeddings(N, 5, seed=1, dtype=torch.float32)).numpy(), random_labels(N, 4, 0.4, 0).numpy()


def compared(a: np.ndarray, b: np.ndarray, y: np.ndarray, *, one_run: bool = True):
    """Both, compared."""
    return compare_spaces((a, b), (neighbours(a), neighbours(b)), (y, y), one_run=one_run)


def watched(y: np.ndarray, **changes: object) -> WatchedItems:
    """Items by these labels; the first one has no name."""
    names = ("", *(f"thing {i}" for i in range(1, len(y))))
    label_names = tuple("abcdefgh"[: y.shape[1]])
    split = np.array(["train"] * len(y))
    return replace(WatchedItems(np.arange(len(y)) * 10, split, names, y, label_names, None), **changes)


def test_numbers_of_a_comparison_are_the_loops() -> None:
    """Overlap, purity in both and change of cosine of each item; the mean leaves out items without neighbours."""
    a, b, y = spaces()
    a[3] = 0
    b[3] = 0
    found = compared(a, b, y)
    assert found.k == K
    assert found.chance == K / (N - 1)
    overlap = reference.neighbour_overlap(a, b, K, TIE)
    np.testing.assert_allclose(found.overlap, overlap, atol=1e-6)
    np.testing.assert_allclose(found.kept, np.array(overlap) * K, atol=1e-5)
    np.testing.assert_allclose(found.purity, [reference.purity(one, y, K, TIE) for one in (a, b)], atol=1e-6)
    np.testing.assert_allclose(found.change, reference.cosine_change(a, b, K, TIE), atol=1e-5)
    assert mean(found.overlap) == pytest.approx(np.mean([one for one in overlap if one == one]))
    assert np.isnan(mean(np.full(2, np.nan)))
    assert "k nearest" in explained.OVERLAP


def test_drift_is_between_steps_of_one_run() -> None:
    """There is one where both spaces are of one run and one width; a rotation of the whole space is none."""
    a, b, y = spaces()
    turn = torch.linalg.qr(embeddings(5, 5))[0].float().numpy()
    found = compared(a, a @ turn, y)
    np.testing.assert_allclose(found.drift, 0, atol=1e-5)
    np.testing.assert_allclose(found.relative, 0, atol=1e-5)
    assert compared(a, b, y).drift.min() > 0
    assert compared(a, b, y, one_run=False).drift is None
    assert compared(a, b[:, :4].copy(), y).relative is None


def test_bars_hold_all_items_once() -> None:
    """Ties are rounded, items without neighbours stand in no bar; the items of bars are those that were counted."""
    kept = np.array([0.0, 2.4, 2.5, 3.6, 15.0, np.nan])
    assert kept_counts(kept, K).tolist() == [0, 2, 2, 4, 15, -1]
    counts = histogram(kept, K)
    assert (len(counts), sum(counts), counts[2]) == (K + 1, 5, 2)
    assert in_bars(kept, K, [2, 15]).tolist() == [1, 2, 4]
    options = histogram_options(counts, by_chance(5, N, K), mean=4.7, what="kept")
    bars, chance = options["series"]
    assert [value for _, value in bars["data"]] == counts
    assert bars["selectedMode"] == "multiple"
    assert bars["markLine"]["data"] == [{"xAxis": 4.7}]
    assert len(chance["data"]) == K + 1


def test_chance_is_drawn_by_the_hypergeometric_law() -> None:
    """All items are expected somewhere, at k / (n - 1) of k on the mean; more neighbours than others: nothing."""
    expected = by_chance(N, N, K)
    assert sum(expected) == pytest.approx(N)
    assert sum(kept * items for kept, items in enumerate(expected)) / N == pytest.approx(K * K / (N - 1))
    assert expected[3] == pytest.approx(N * comb(K, 3) * comb(N - 1 - K, K - 3) / comb(N - 1, K))
    assert by_chance(3, 2, 5) == [0] * 6


def test_a_click_on_a_bar_selects_its_items(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of all bars that are chosen, by id; without any, there is no selection."""
    taken: list[object] = []
    monkeypatch.setattr(numbers.selection, "select", lambda ids, why: taken.append((ids.tolist(), why)))
    monkeypatch.setattr(numbers.selection, "clear", lambda: taken.append("cleared"))
    groups = [{"series_index": 0, "data_indices": [2, 4]}, {"series_index": 1, "data_indices": [3]}]
    ids, kept = np.array([10, 20, 30, 40]), np.array([2.0, 3.0, 4.0, np.nan])
    for selected in (groups, []):
        monkeypatch.setattr(numbers.st, "session_state", {numbers.KEY: {"selection": {"selected": selected}}})
        numbers._take_bars(ids, kept, K)
    assert taken == [([10, 30], "overlap"), "cleared"]


def test_colours_of_the_points() -> None:
    """Kept, gained and lost neighbours of the anchor, at their rows in either cloud; overlap in quarters."""
    a, b, _ = spaces()
    changes = neighbour_changes(torch.from_numpy(a), torch.from_numpy(b), 4)
    codes = {mark.name: mark.code for mark in FATES}
    for rows in ROWS:
        painted = by_fate(changes, rows, N)
        for other, fate in zip(changes.other, changes.fate, strict=True):
            assert painted.code[rows[other]] == codes[fate]
        assert painted.counts()[codes["others"]] == N - len(changes.other)
    assert not by_fate(None, ROWS[0], N).code.any()
    marked = by_fate(changes, ROWS[0], N, np.arange(N) < 20)
    others = [row for row in range(20) if row not in changes.other]
    assert (marked.code == SELECTED.code).nonzero()[0].tolist() == others
    assert SELECTED in marked.marks
    near_a, near_b = (set(reference.shares(one, K, TIE)[4]) for one in (a, b))
    for other, fate in zip(changes.other, changes.fate, strict=True):
        assert (other in near_a, other in near_b) == {"kept": (1, 1), "gained": (0, 1), "lost": (1, 0)}[fate]
    quarters = by_overlap(np.array([0, 0.25, 0.26, 0.5, 0.51, 0.75, 0.76, 1, np.nan]), np.arange(9), 10)
    names = {mark.code: mark.name for mark in QUARTERS}
    expected = ["to 1/4"] * 2 + ["above 1/4"] * 2 + ["above 1/2"] * 2 + ["above 3/4"] * 2 + ["none in either"] * 2
    assert [names[int(code)] for code in quarters.code] == expected


def test_the_neighbours_of_an_item_with_weight_and_force_of_both() -> None:
    """Each line is the pair of its own rows in A and in B, as the loss of either side opens it."""
    a, b, y = spaces()
    losses = [build_loss("weighted_supcon", rule=rule) for rule in ("similarity_dissimilarity", "any_shared")]
    changes = neighbour_changes(torch.from_numpy(a), torch.from_numpy(b), 4)
    pairs = (
        anchor_pairs(losses[0], a, y, 4),
        anchor_pairs(losses[1], b[ROWS[1]], y[ROWS[1]], int(ROWS[1][4])),
    )
    table = neighbour_table(changes, ROWS, watched(y), pairs)
    in_b = anchor_pairs(losses[1], b, y, 4)
    assert table["neighbour"].tolist() == list(changes.fate)
    np.testing.assert_allclose(table["weight A"], pairs[0].weight[changes.other])
    np.testing.assert_allclose(table["weight B"], in_b.weight[changes.other], atol=1e-6)
    np.testing.assert_allclose(table["force B"], in_b.force[changes.other], atol=1e-6)
    np.testing.assert_allclose(table[["rank A", "rank B"]], changes.rank)
    assert table["item"].tolist() == [watched(y).names[row] or "item 0" for row in changes.other]
    counted = fate_counts(changes)
    assert counted == ", ".join(f"{changes.fate.count(fate)} {fate}" for fate in ("kept", "gained", "lost"))
    reasons = fate_reasons(changes, ROWS, pairs)
    lost = [i for i, fate in enumerate(changes.fate) if fate == "lost"]
    total = pairs[0].force[changes.other[lost]].sum()
    assert f"{total:+.4f}".replace("-", "−") + " under A" in reasons[0]
    assert f"mean weight {table['weight A'].iloc[lost].mean():.2f} under A" in reasons[0]
    one = pair_reason(changes, lost[0], ROWS, pairs, "it")
    assert one.startswith(f"it is lost: rank {changes.rank[lost[0], 0]} in A and {changes.rank[lost[0], 1]} in B")
    effect = "pulls it" if table["force A"].iloc[lost[0]] < 0 else "pushes it away"
    assert f"A weighs the pair {table['weight A'].iloc[lost[0]]:.2f} and {effect}" in one
    bare = neighbour_table(changes, ROWS, watched(y, texts=("text",) * N), (None, None))
    assert {"text", "rank A"} <= set(bare)
    assert not {"relation", "weight A"} & set(bare)
    assert fate_reasons(changes, ROWS, (None, None))[-1] == f"kept ({changes.fate.count('kept')})"
    assert "none under B" in fate_reasons(changes, ROWS, (pairs[0], None))[0]


def test_the_table_of_items() -> None:
    """Least overlap first, each line with the numbers of its item in both runs; at most so many lines."""
    a, b, y = spaces()
    found = compared(a, b, y)
    losses = np.arange(N) * 1.0, np.arange(N) + 100.0
    among = np.array([3, 5, 7, 20])
    table, order = items_table(ROWS, watched(y), found, losses, among=among)
    assert sorted(order) == among.tolist()
    assert (np.diff(found.overlap[order]) >= 0).all()
    np.testing.assert_allclose(table["overlap"], found.overlap[order])
    np.testing.assert_allclose(table["purity B − A"], found.purity[1, order] - found.purity[0, order])
    np.testing.assert_allclose(table["relative drift"], found.relative[order])
    assert table["loss A"].tolist() == order.tolist()
    assert table["loss B"].tolist() == [100 + N - 1 - one for one in order]
    two_runs, _ = items_table(ROWS, watched(y), compared(a, b, y, one_run=False), (None, None), among=among)
    assert not {"drift", "loss A"} & set(two_runs)
    agreement = np.linspace(1, 0, N)
    rules, order = items_table(ROWS, watched(y), None, losses, among=among, agreement=agreement)
    assert order.tolist() == [20, 7, 5, 3]
    assert rules["weights agree"].tolist() == agreement[order].tolist()


def test_label_sets_that_became_neighbours_by_hand() -> None:
    """Two sets that interleave in B: their pair gained four places; the other way round it lost them."""
    y = labels("10", "10", "01", "01").numpy()
    angle = np.float32([0.0, 0.1, 2.0, 2.1])
    apart = np.stack([np.cos(angle), np.sin(angle)], 1)
    near = [neighbours(one) for one in (apart, apart[[0, 2, 1, 3]])]
    found = compare_spaces((apart, apart[[0, 2, 1, 3]].copy()), (near[0], near[1]), (y, y), one_run=True).mixed
    # with three neighbours each, all others are near: nothing changed
    assert not len(mixed_table(found, np.arange(4), watched(y), became=True)[0])
    gained = replace(found, before=np.array([0.0]), after=np.array([4.0]))
    table, examples = mixed_table(gained, np.arange(4), watched(y), became=True)
    assert table.iloc[0].tolist() == ["{a}", "{b}", "2 and 2", 0, 4, 4]
    assert not len(mixed_table(gained, np.arange(4), watched(y), became=False)[0])
    more = labels("10", "10", "01", "01", "11").numpy()
    assert with_either_set(more, examples[0]).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("other", ["any_shared", "all_equal", "jaccard"])
def test_agreement_of_rules_equals_loops(other: str) -> None:
    """Shares of weight in common, anchor by anchor; one space has the same neighbours under either."""
    y = random_labels(12, 3, 0.4, 2)
    rules = [build_loss("weighted_supcon", rule=rule) for rule in ("similarity_dissimilarity", other)]
    found = weight_agreement(rules[0], rules[1], y.numpy())
    weights = [one.pair_weights(y, y, self_index=torch.arange(12), dtype=torch.float64).attract for one in rules]
    for i in range(12):
        shares = [[float(w) / max(float(row[i].sum()), 1e-9) for w in row[i]] for row in weights]
        positive = [bool(row[i].sum()) for row in weights]
        expected = sum(map(min, zip(*shares, strict=True))) if any(positive) else float("nan")
        assert found[i] == pytest.approx(expected, abs=1e-6, nan_ok=True)
    assert np.nan_to_num(weight_agreement(rules[0], rules[0], y.numpy()), nan=1) == pytest.approx(np.ones(12))
    h = embeddings(12, 4, dtype=torch.float32)
    assert set(neighbour_changes(h, h, 3).fate) == {"kept"}


def test_pairs_that_two_rules_move_apart() -> None:
    """The largest difference of force first; how many pairs turn from pull to push is counted."""
    a, _, y = spaces()
    pairs = [
        anchor_pairs(build_loss("weighted_supcon", rule=rule), a, y, 4)
        for rule in ("similarity_dissimilarity", "all_equal")
    ]
    table, rows = rule_pairs_table(pairs[0], pairs[1], watched(y))
    change = pairs[1].force - pairs[0].force
    np.testing.assert_allclose(table["force B − A"], change[rows])
    assert (np.diff(np.abs(change[rows])) <= 1e-12).all()
    assert 4 not in rows
    turned = int(((pairs[0].force < 0) & (pairs[1].force > 0)).sum())
    words = rule_reasons(pairs[0], pairs[1])
    assert f"{int(pairs[0].positive.sum())} positives under A" in words
    assert f"{turned} pairs that A pulls together are pushed apart by B" in words


def test_ranges_over_seeds() -> None:
    """Mean, lowest, highest and number; nothing for one run. Losses of two kinds have no difference."""
    assert over_seeds([0.4, 0.5, 0.6]) == "0.500 (0.400 to 0.600, n 3)"
    assert over_seeds([0.4]) == ""
    a = SeedScores({"macro_f1": 0.5, "loss": 2.0}, ({"macro_f1": 0.7},))
    b = SeedScores({"macro_f1": 0.6, "loss": 1.0, "map": 0.5}, ())
    table = score_table(a, b, one_loss=False).set_index("metric")
    assert table.loc["Macro-F1", "B − A"] == pytest.approx(0.1)
    assert table.loc["Macro-F1", "A over its seeds"] == "0.600 (0.500 to 0.700, n 2)"
    assert np.isnan(table.loc["Loss of the watched items", "B − A"])
    assert "mAP" not in table.index
    assert score_table(a, b, one_loss=True).set_index("metric").loc["Loss of the watched items", "B − A"] == -1
    assert not len(score_table(a, SeedScores({}, ()), one_loss=True))


def test_what_is_not_shared_in_words() -> None:
    """The first settings with both values, how many more, the data; or that nothing differs."""
    settings = tuple(Setting(f"loss.{name}", (1, None)) for name in "abcde")
    words = not_shared(Unshared(("3 rows fewer",), True, settings, (3, 4)))
    assert "loss.a 1 → – · loss.b 1 → – · loss.c 1 → – · 2 more settings · data: 3 rows fewer" in words
    assert "schema version 3 → 4" in words
    assert not_shared(Unshared((), True, (), None)) == "nothing: data and settings are the same"
    assert difference_table(Unshared((), True, settings, (3, 4)))["setting"].tolist()[-1] == "schema_version"
    assert value("x" * 100).endswith("…")
    common = CommonItems(np.zeros((2, 7), np.int64), (9, 8), 1, 2, 3)
    assert in_common(common) == (
        "7 items are in both (A watches 9, B 8); 1 id stands for another item in each and is left out; "
        "2 of them have other labels in B; 3 of them are in another split"
    )
    assert in_common(CommonItems(np.zeros((2, 7), np.int64), (9, 9), 0, 0, 0, sampled_from=9)) == (
        "9 items are in both; 7 of them, a fixed sample, are compared"
    )
