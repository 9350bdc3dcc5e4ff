"""What the numbers of a comparison mean: one plain sentence each, and the formula."""

OVERLAP = (
    "Overlap: of the k items nearest to an item in A, the share that is among its k nearest in B too. "
    "o = Σ min(m, m′) / k, with m and m′ the places that an item takes in A and in B: 1 for the nearest; items equally "
    "near at the last place share it. Nearest by cosine, in the embedding itself and not on the map. Chance is "
    "k / (n − 1); the dashed line is what chance would give. Click a bar to select its items on both maps."
)
PURITY = (
    "Purity: how alike an item's labels are to those of its neighbours. The mean over the k nearest of |S ∩ T| / "
    "|S ∪ T|: with one label each, the share of neighbours with that label."
)
DRIFT = (
    "Drift: how far an item moved from A to B after the whole space was turned to fit. |x′R − x| of directions of "
    "length 1, with R the best rotation or reflection (orthogonal Procrustes). Relative drift takes the mean move of "
    "the item's neighbours in A off its own move: it is large where an item moved otherwise than those around it."
)
CHANGE = (
    "Mean absolute difference of the cosine between an item and its neighbours of A or of B. Drift is shown between "
    "steps of one run: two runs have no common axes."
)
AGREEMENT = (
    "Agreement: of an anchor's weight, the share that both rules give to the same pairs. Σ min(w / Σ w, w′ / Σ w′) "
    "over its pairs with the watched items. Click a bar to select its items on both maps."
)
PLACES = (
    "Places among the nearest neighbours that join items of one label set with items of the other, in both directions. "
    "Each item has k places."
)
SEEDS = (
    "Mean, and range from lowest to highest, over the runs here with the same configuration but for the seeds of run "
    "and split; n is their number. Empty: there is one such run."
)
