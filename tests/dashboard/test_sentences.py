"""Every sentence that holds a number or a strong word names the test that proves it; a new one without fails here."""

import ast
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from mlcl_core.losses import PLACEMENTS
from tests.sentences import is_strong, said, split, strings

TESTS = Path(__file__).parents[1]

# a test, as a path below tests/, and the sentences that it proves
CHECKS: dict[str, tuple[str, ...]] = {
    "dashboard/test_relation_words.py::test_the_words_say_what_the_point_has": (
        "same labels: exactly the anchor's",
        "same labels: exactly the reference's",
        "none shared: no label of the anchor's",
        "none shared: no label of the reference's",
    ),
    "maps/test_faithfulness.py::test_by_hand": (
        "Two questions about the same neighbours. kNN recall counts those that are right.",
        "Trustworthiness (Venna & Kaski 2001) asks how wrong the others are: the next best in the space costs"
        " almost nothing, the farthest of all most.",
        "So it can be near 1 where recall is low.",
    ),
    "maps/test_faithfulness.py::test_random_map_is_half_trustworthy": (
        "Each false neighbour here costs by how far down the space ranks it. 1: none is false; about 0.5: by chance.",
    ),
    "maps/test_faithfulness.py::test_tied_by_hand": ("All together lie on {spots:,.0f} spots.",),
    "maps/test_faithfulness.py::test_no_order_to_show": (
        "All items lie on one spot in the space: no map of them is right or wrong.",
    ),
    "maps/test_faithfulness.py::test_items_without_direction_are_left_out": (
        "Their vector is zero, so that no item is near: they stand {STAND_APART}, crossed out, and in no score.",
        "No item has a direction: none is nearer than another.",
    ),
    "dashboard/test_lessons.py::test_both_runs_began_alike": (
        "Two recorded trainings side by side: same icons, same network, same seed, same batches.",
    ),
    "dashboard/test_lessons.py::test_cosines_are_the_engines": (
        "Before the first step the mean cosines of the relations lie within {a_spread:.3f} of each other: the"
        " space hardly reflects the labels.",
        "After {steps:,} steps they have moved apart (left | right): same labels {a_equal:.2f} | {b_equal:.2f}, nested "
        "{a_nested:.2f} | {b_nested:.2f}, some shared {a_overlap:.2f} | {b_overlap:.2f}, none shared "
        "{a_disjoint:.2f} | {b_disjoint:.2f}.",
        "The picture stands at step {shown:,}.",
        "**{kind}**, at step {steps:,}: {a_kind:.2f} on the left, {b_kind:.2f} on the right.",
    ),
    "dashboard/test_lessons.py::test_scores_are_the_probes": (
        "A linear probe, a simple classifier on the network's output, reaches a mean average precision (mAP) of "
        "{a_map:.3f} left and {b_map:.3f} right; untrained {untrained:.3f}.",
        "The left space is in better order: its relations lie {a_spread:.2f} apart, those on the right {b_spread:.2f}.",
        "Yet it scores no higher: a probe asks for one label at a time, not which sets are alike.",
        "And {gap:.3f} with one seed each is no ranking; the studies in *docs/studies*, with several seeds, leave such "
        "differences open.",
    ),
    "dashboard/test_statements.py::test_a_label_of_all_items_adds_nothing_to_hero": (
        "An item without labels takes part as a negative only; every item is its own positive, as published; "
        "a label that every item has adds nothing.",
    ),
    "dashboard/test_statements.py::test_a_sum_inside_the_logarithm_is_soon_content": (
        "One logarithm over the weighted sum of all positives: the loss is small once a few strong positives are near.",
    ),
    "dashboard/test_statements.py::test_all_equal_wants_equal_sets": (
        "Only items with exactly the same labels attract.",
        "Two items without labels are not positives (unless `empty_match`).",
        "Where every label set is unique no anchor has a positive and the loss is 0.",
    ),
    "dashboard/test_statements.py::test_an_anchor_without_a_positive_pulls_nothing": (
        "As anchors they learn nothing.",
        "**{letter}**: every anchor has one.",
        "An anchor without a positive **starves**: it learns nothing from the others.",
    ),
    "dashboard/test_statements.py::test_any_shared_weighs_all_the_same": (
        "ANY gives every pair that shares a label the same weight, whatever their other labels.",
        "One shared label is enough to attract, and all positives weigh the same.",
        "But two such icons share only {jaccard:.0%} of the labels that either has, on average, and all count alike.",
        "It pulls more, but all positives alike: an icon that shares one label of many is pulled as one "
        "that shares all.",
    ),
    "dashboard/test_statements.py::test_both_sides_of_a_pair_have_one_cosine": (
        "The cosine of a pair is the same from both sides, its weight is not.",
    ),
    "dashboard/test_statements.py::test_captions_follow_the_edits": (
        "{…} of {…} rules call the same pairs positive here",
        "{…} of {n} items have no labels{…}; {…} of {n} have no positive under any shared label{…}.",
        "{nested} of {…} pairs are nested: one label set has all labels of the other, and more.",
    ),
    "dashboard/test_statements.py::test_edges_of_contrastive_knn": (
        "An anchor that shares no label with another item contributes nothing; between items in the same "
        "place the gradient is 0.",
    ),
    "dashboard/test_statements.py::test_epsilon_is_added": (
        "Added to the union, as published codes do (1e-8).",
        "Added to |P_il|, as published codes do (1e-8).",
        "Added to n_il, as the published code does (1e-8).",
        "Added to every sum of f, as the published code does (1e-8).",
    ),
    "dashboard/test_statements.py::test_evenness_and_its_line": (
        "1: all positives of an anchor weigh the same; near 0: one has nearly all the weight.",
        "For more than half of the anchors few positives have much of the weight: 100 count as fewer than 10.",
    ),
    "dashboard/test_statements.py::test_expected_partners_in_a_batch": (
        "In a batch of 256 an anchor meets about {…:.1f} items that share a label with it, {…:.1f} with the "
        "same label set.",
    ),
    "dashboard/test_statements.py::test_hamming_counts_agreement": (
        "Two items attract each other by the share of all labels on which they agree; labels that both lack "
        "count as agreement.",
        "Complementary sets weigh 0 and are not positives; an item without labels has no positives and is not a "
        "positive of another.",
    ),
    "dashboard/test_statements.py::test_hamming_of_rare_labels_crowds_near_1": (
        "When labels are few and dense, so that lacking a label says as much as having it; with many rare "
        "labels the weights crowd near 1.",
    ),
    "dashboard/test_statements.py::test_inside_the_weight_is_a_constant": (
        "The weight stands inside the logarithm of each positive and adds a constant to the value: forces are"
        " those of the same positives with weight 1, unless the anchor's sum is divided by its weights.",
    ),
    "dashboard/test_statements.py::test_jaccard_costs_both_sides_alike": (
        "When label sets differ in size and an extra label on either side should cost the same.",
        "Two items without labels have J = 0.",
        "With threshold 0 inclusive every pair is a positive, disjoint ones with weight 0.",
    ),
    "dashboard/test_statements.py::test_label_dot_counts_and_divides": (
        "Every shared label adds one to the weight, and an anchor divides its pull in proportion.",
        "When the number of common labels says how close two items are, and label sets are of similar size: "
        "labels that only one of the two has cost nothing here.",
    ),
    "dashboard/test_statements.py::test_labels_hand_out_the_same_pull": (
        "An anchor counts once per label (published), or once in all.",
    ),
    "dashboard/test_statements.py::test_labels_in_turn_on_the_icons": (
        "Items of rare labels occur several times an epoch, many others not at all.",
    ),
    "dashboard/test_statements.py::test_labels_without_another_carrier_add_nothing": (
        "A label that no other item carries adds nothing; an item without labels has weight 0.",
    ),
    "dashboard/test_statements.py::test_left_out_of_the_mean": (
        "An anchor without labels or without a positive contributes nothing and is left out of the mean; no "
        "anchor with a positive: 0.",
    ),
    "dashboard/test_statements.py::test_mixture_of_made_up_embeddings": (
        "random directions mixed 60 : 40 with the mean direction of the labels that the item had when it was drawn.",
        "random directions mixed 15 : 85 with the mean direction of the labels that the item had when it was drawn.",
    ),
    "dashboard/test_statements.py::test_names_in_a_formula": (
        "Names: s (|S|, labels of the anchor), t (|T|, labels of the other item), both (|S and T|, labels of "
        "both), only_s (labels of the anchor alone), only_t (labels of the other item alone), either (|S or "
        "T|, labels of at least one), labels (c, the number of labels), rare (labels of both, each by its weight).",
    ),
    "dashboard/test_statements.py::test_nested_pairs_from_both_sides": (
        "When it matters whether the other item has labels beyond the anchor's: a nested pair weighs |T|/|S| "
        "with the larger set as anchor, and at most 1/2 with the smaller one.",
    ),
    "dashboard/test_statements.py::test_no_labels_no_positives": (
        "An item without labels has no positives and is not a positive of another.",
    ),
    "dashboard/test_statements.py::test_one_sided_forces_are_said": (
        "As anchors they learn from no other item.",
        "No pair of watched items pulls or pushes: this loss has no gradient here.",
    ),
    "dashboard/test_statements.py::test_proto_only_pulls_to_own_prototypes": (
        "Each item is drawn to the prototypes of its labels and driven from those of all others; items do not"
        " see each other.",
    ),
    "dashboard/test_statements.py::test_prototypes_in_msc": (
        "A **prototype** is one learnt point for each label, a positive in every batch for the icons that have it "
        "(loss *MSC*).",
        "When labels are many and rare: each has a prototype to hold on to, also where no other item carries it.",
        "Without prototypes alpha cancels and beta counts as 1; a label that no other item carries adds "
        "nothing; an item without labels has weight 0.",
        "What an item counts in the normaliser, where prototypes count 1; without prototypes 1.",
    ),
    "dashboard/test_statements.py::test_prototypes_pull_all_their_items": (
        "Items and prototypes stand in one crowd: each pulls the others that carry its labels, a prototype "
        "pulls all the items of its label.",
    ),
    "dashboard/test_statements.py::test_reasons_for_another_force_inside": ("the weights no longer reach the force.",),
    "dashboard/test_statements.py::test_share_divided_by_surplus": (
        "A weighs each positive by Kˢ · Kᵈ, B gives all of them the same weight.",
        "The share of the anchor's labels that the other has, divided by one more than the other's extra "
        "labels: an exact match pulls fully, every surplus label weakens the pull.",
        "An item without labels on either side weighs 0; equal sets weigh exactly 1.",
    ),
    "dashboard/test_statements.py::test_terms_of_asl_are_bounded": (
        "Items without labels count like all others; a term is at most -log(epsilon).",
    ),
    "dashboard/test_statements.py::test_threshold_and_power_of_jaccard": (
        "Pairs whose overlap is at or below it are not positives.",
        "Exponent of the overlap; above 1 it favours near-equal sets.",
    ),
    "dashboard/test_statements.py::test_uniform_deals_no_item_twice": (
        "Items in random order, none twice an epoch; a remainder too small for a batch is left out of it.",
    ),
    "dashboard/test_statements.py::test_values_of_jaccard_denominator_can_be_negative": (
        "An item without labels takes no part; an anchor that shares no label with another item contributes "
        "nothing; values can be negative.",
    ),
    "dashboard/test_statements.py::test_what_becomes_0_in_a_formula": (
        "0/0, infinite and negative values become 0, and a pair of weight 0 is not a positive.",
        "An item without labels has no positives and is not a positive of another, whatever the formula says "
        "(unless `empty_match`).",
        "Which pairs may be positive: those that share a label, or any whose value is above 0.",
    ),
    "dashboard/test_statements.py::test_who_gets_more_of_a_label": (
        "Every label of the anchor hands out the same pull, shared among the items that carry it: a carrier "
        "of a rare label gets more of it, and labels that only the other item has do not matter.",
        "Every label of the anchor hands out the same pull, shared among the label's prototype and the items "
        "that carry it, an item getting the less the more labels the two have together.",
        "Every label of the anchor hands out the same pull, shared among the items that carry it; with alpha "
        "above 0 those with few labels beyond the anchor's get more of it.",
        "A label that no other item carries adds nothing, nor does one whose carriers all have other labels "
        "when alpha is below 0; an item without labels has weight 0.",
        "0: all carriers of a label alike; larger: those with few labels beyond the anchor's count more; "
        "below 0: only those with none.",
    ),
    "dashboard/test_statements.py::test_without_positives_no_weight": (
        "No other item is a positive for them: as anchors they pull nothing.",
    ),
    "dashboard/test_force_bars.py::test_the_sum_in_words": ("no pulls, no pushes",),
    "dashboard/test_hand_batch.py::test_toggling_a_label_moves_no_item": (
        "{labels} Embeddings are made up, for this page only (seed {batch.seed}): {readiness.sentence} "
        "Toggling a label moves no point, just as correcting an annotation does not change the picture.",
        "{labels} Embeddings: the run's own, at step {batch.step:,}; toggling a label moves no point.",
    ),
    "dashboard/test_health.py::test_at_most_256_anchors_are_opened": (
        "Step {step:,}: {…:,} anchors, each among all {n:,} watched items.",
    ),
    "dashboard/test_health.py::test_chance_is_no_alignment": (
        "For {…:.0f} % of the anchors, positives are on average no nearer than two random items.",
    ),
    "dashboard/test_health.py::test_prototypes_without_near_items": (
        "No item is near {named}: the network does not find the items of these labels, or there are too few of them.",
    ),
    "dashboard/test_health.py::test_what_is_no_number_is_the_one_finding": (
        "Some items no longer have an embedding, so that nothing else can be measured: training has broken down.",
        "Every item must have an embedding of finite numbers.",
    ),
    "dashboard/test_relations.py::test_disagreements_are_the_largest_differences": (
        "Largest difference between forces, over all pairs:",
    ),
    "data/test_duplicates.py::test_statistics_count_them": (
        "**{copies:,}** {…} are copies of others, all within their split.",
    ),
    "data/datasets/test_digits.py::test_sizes": (
        "Scenes of 1 to 4 handwritten digits, partly overlapping, at any place; the labels are the digits in it.",
    ),
    "data/test_explore.py::test_the_standard_errors_of_relation_shares": ("Shares of all ordered pairs of {of}.",),
    "data/test_explore.py::test_bands_by_hand": ("Head: at least 100 training items; medium: 20 to 99; tail: fewer.",),
    "data/test_explore.py::test_anchors_without_positive_by_loops_over_sets": (
        "**How many anchors find no positive?**",
        "The share of anchors whose batch holds no other item that the rule calls positive.",
    ),
    "data/test_explore.py::test_sampler_effect_by_loops_over_sets": (
        "An item is no positive of itself, and its second view does not count.",
        "Of all anchors, under the chosen rule.",
        "Different items among those drawn: below 100, some are drawn again and others never.",
    ),
    "data/datasets/test_icons.py::test_counts": (
        "1,558 icons in 68 categories, 2.02 on average: real pictures, legible at any size.",
    ),
    "data/datasets/test_movies.py::test_what_there_is": (
        "17,029 films, each a line of text (title, year, countries, languages, people); the labels are its genres.",
    ),
    "data/samplers/test_positives.py::test_positives_are_found": (
        "Uniform batches, in which items that no anchor needs are swapped for positives of anchors without one: "
        "strict rules leave fewer anchors without a positive.",
    ),
    "laws/test_pair_laws.py::test_one_label_each_makes_supcon_of_every_rule": (
        "An item without labels has no positives and is not a positive of another; with one label per item the rule is "
        "SupCon.",
    ),
    "laws/test_pair_loss_laws.py::test_labels_without_partners": (
        "An item without labels has no points; a label that a single item has contributes nothing.",
    ),
    "laws/test_pair_loss_laws.py::test_points_are_items_with_one_label": (
        "Each item has one embedding per label; the embedding of a label that it has is pulled to the same "
        "label's in other items.",
    ),
    "laws/test_prototype_laws.py::test_items_without_labels_contribute_nothing": (
        "When labels are many and rare: a label that no other item of the batch carries still has its prototype.",
        "An item without labels contributes nothing; an item with labels always has a positive, the prototype.",
    ),
    "losses/on_logits/test_bce.py::test_equals_the_loops": (
        "A yes or no for each label, independent of other items: the baseline of contrastive losses.",
    ),
    "losses/on_logits/test_distribution_balanced.py::test_equals_the_loops": (
        "An item without labels weighs alpha + 1, under class_balanced nothing; counts are at least 1.",
    ),
    "losses/on_logits/test_focal.py::test_equals_the_loops": (
        "Items without labels count like all others: all their entries are absent labels.",
    ),
    "losses/test_hero.py::test_equal_to_the_loops": (
        "Label by label: two items that have it are compared with all that lack it, and those whose labels "
        "differ most push hardest.",
    ),
    "losses/test_intra_label.py::test_equal_to_the_loops": (
        "An item without labels contributes nothing, unless no_labels is keep; nor does the only label that "
        "an item has, or the only one that it lacks.",
    ),
    "losses/test_intra_label.py::test_items_do_not_meet": (
        "When label embeddings are read off an input that holds the label words (SpanEmo) and items have "
        "several labels; beside a classification loss (loss.logit=bce): by itself it never compares two "
        "items.",
    ),
    "losses/test_intra_label.py::test_no_pairs_of_items": (
        "It compares label embeddings, not items, so no pairs of items can be opened.",
    ),
    "losses/on_logits/test_label_correlation.py::test_items_without_a_pair_feel_nothing": (
        "An item without labels, or with all of them, has no pair and contributes nothing.",
    ),
    "losses/test_label_distribution.py::test_equal_to_the_loops": (
        "A label that no other item carries gets no share; an item without labels contributes nothing.",
    ),
    "losses/test_msc_regularised.py::test_no_positive_is_pushed": (
        "When an anchor has many positives of which each can have only a small share: none of them is repelled.",
    ),
    "losses/test_msc_without_regularisation.py::test_nobody_carries_a_label": (
        "Items without labels, and prototypes of labels that no item carries, contribute nothing and are left"
        " out of the mean.",
    ),
    "losses/test_probabilistic.py::test_equal_to_the_loops": (
        "An item without labels contributes nothing; one without a positive is fitted to its labels only.",
    ),
    "losses/test_proto_only.py::test_items_do_not_see_each_other": (
        "An item without labels contributes nothing; between two items weight and force are 0.",
    ),
    "losses/test_soft_contrastive.py::test_targets": (
        "Each item looks for its own other view; on top, cosines are fitted to the number of labels that two "
        "items have in common, scaled to 0 to 1.",
        "An anchor without labels contributes nothing, unless no_labels is keep; where all pairs share "
        "equally many labels every target is 0.",
    ),
    "losses/test_stepwise_label.py::test_equal_to_the_loops": (
        "An item without labels takes no part, unless no_labels is keep; a label on which no item agrees with"
        " the anchor adds nothing.",
    ),
    "losses/test_strict.py::test_equal_to_the_loops": (
        "Two items without labels are positives of each other (unless empty_match is off); an anchor whose "
        "label set no other item has contributes nothing.",
    ),
    "losses/test_strict.py::test_it_is_the_machine": (
        "Only items with exactly the anchor's labels attract it: every label set is a class of its own.",
    ),
    "losses/on_logits/test_two_way.py::test_items_without_labels_are_left_out_and_full_ones_count": (
        "Items without labels and labels without items are left out; full ones count as 0.",
    ),
    "losses/on_logits/test_zlpr.py::test_empty_and_full_items_keep_the_other_side": (
        "An item without labels, or with all of them, has only the sum that is left.",
    ),
    "maps/test_movement.py::test_projector_is_told_from_the_model": (
        "Only the **map** moved since the last one, not the model: this jump means nothing.",
        "So the Lab starts each map from the last one, aligns the two, and says when only the **map** moved.",
    ),
    "maps/test_pca.py::test_equals_sklearn": (
        "The shadow on the two directions in which the embeddings differ most: linear, true to proportions.",
    ),
    "metrics/test_classification.py::test_equals_loops": (
        "F1 over all (item, label) decisions; a frequent label weighs more.",
    ),
    "metrics/test_health.py::test_effective_rank_by_hand": (
        "In how many directions the items spread; 1: all lie along one line, the space has collapsed.",
    ),
    "metrics/test_health.py::test_force_shares_of_a_loss_equal_loops": (
        "Which share of all pulls and pushes acts on the pairs of each relation.",
    ),
    "metrics/test_health.py::test_visitors_by_hand": (
        "Label prototypes that no item has among its nearest ones, as many of them as it has labels.",
    ),
    "metrics/test_space.py::test_means_equal_loops": (
        "Mean cosine of pairs with the same labels.",
        "Mean cosine of pairs that share some labels, not all of either.",
    ),
    "metrics/test_space.py::test_uniformity_extremes": (
        "How evenly items cover the sphere: 0 when all coincide, lower is more even.",
    ),
    "pages/test_health.py::test_running_without_frames": (
        "Health is read from the frames of a run, and this one has none yet.",
    ),
    "pairs/test_relations.py::test_relations_by_hand": (
        "S has all labels of T, and more",
        "T has all labels of S, and more",
        "no label in common",
    ),
}


def declared_checks() -> dict[str, tuple[str, ...]]:
    """The same, as test files declare it by a literal ``PROVES``: a test's name, and the sentences that it proves."""
    found = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.parse(text).body if "\nPROVES = " in text else ():
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PROVES":
                proves = ast.literal_eval(node.value)
                found |= {f"{path.relative_to(TESTS).as_posix()}::{name}": proves[name] for name in proves}
    return found


CHECKS |= declared_checks()


def test_every_sentence_names_its_check() -> None:
    """A new sentence wants a test that proves it; where a sentence is gone or was reworded, its line has to go."""
    listed = Counter(sentence for sentences in CHECKS.values() for sentence in sentences)
    found = said()
    missing = [f"{place}: {sentence}" for sentence, place in found.items() if sentence not in listed]
    assert not missing, (
        "these sentences name no test that proves them (add PROVES to its file, or weaken them):\n" + "\n".join(missing)
    )
    stale = [sentence for sentence in listed if sentence not in found]
    assert not stale, "no card, rule, caption or health line says these any more:\n" + "\n".join(stale)
    assert not [sentence for sentence, times in listed.items() if times > 1]


def test_the_list_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence that joins a record fails by its place and words, one that is reworded as gone."""
    with monkeypatch.context() as patch:
        patch.setitem(PLACEMENTS, "new", "It pulls. It always wins against others.")
        with pytest.raises(AssertionError, match="placement new: It always wins against others"):
            test_every_sentence_names_its_check()
    monkeypatch.setitem(PLACEMENTS, "inside", "It stands inside of the logarithm.")
    with pytest.raises(AssertionError, match="no card, rule, caption or health line says these any more"):
        test_every_sentence_names_its_check()


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_is_a_test(check: str) -> None:
    """The named function stands in the named file, and is a test."""
    path, name = check.split("::")
    assert name.startswith("test_")
    assert name in functions(path)


@cache
def functions(path: str) -> set[str]:
    """The functions of a file below tests/."""
    tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_what_needs_a_check() -> None:
    """Numbers and strong words do, fields that are computed do; names, formats and plain sentences don't."""
    for sentence in ("No label is left here.", "Half of them, 12 items.", "It alone tells them apart."):
        assert is_strong(sentence, computed=False)
    assert is_strong("It is {share:.0%} of them.", computed=True)
    for sentence in ("It is {share:.0%} of them.", "Macro-F1 of labels.", "Small ones are pulled.", "Kˢ asks for it."):
        assert not is_strong(sentence, computed=False)


def test_sentences_are_taken_from_the_source() -> None:
    """Fields in braces, parts of a conditional one by one; no docstring, no error."""
    code = '''
def f(x):
    """Only a docstring, never shown."""
    if x:
        raise ValueError("no such thing is shown, never")
    return f"All {x:,} of {x.y}: {'none of them here' if x else 'all of them there'}" + "and one more never"
'''
    assert sorted(strings(ast.parse(code))) == [
        "All {x:,} of {x.y}: {…}",
        "all of them there",
        "and one more never",
        "none of them here",
    ]
    assert split("One sentence stands here. **Another** one follows it.\n\nShort one.") == [
        "One sentence stands here.",
        "**Another** one follows it.",
    ]
