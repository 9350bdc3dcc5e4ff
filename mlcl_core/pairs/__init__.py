"""Pair rules: label sets in, relations, factors and weights out. To add one: its file, one line here, its test."""

from mlcl_core.pairs.groups import GROUPS, Group
from mlcl_core.pairs.kind import Kind
from mlcl_core.pairs.label_weights import inverse_frequency
from mlcl_core.pairs.relations import (
    PairCounts,
    Relation,
    dissimilarity_factor,
    pair_counts,
    relation_matrix,
    similarity_factor,
)
from mlcl_core.pairs.rule import Rule
from mlcl_core.pairs.weights import PairWeights, TileWeights
from mlcl_core.pairs.workspace import Workspace
from mlcl_core.registry import records_in

# Forms and tables list the rules in this order.
# isort: off
from mlcl_core.pairs.similarity_dissimilarity import SIMILARITY_DISSIMILARITY
from mlcl_core.pairs.any_shared import ANY_SHARED
from mlcl_core.pairs.all_equal import ALL_EQUAL
from mlcl_core.pairs.jaccard import JACCARD
from mlcl_core.pairs.mulsupcon import MULSUPCON
from mlcl_core.pairs.label_dot import LABEL_DOT
from mlcl_core.pairs.hamming import HAMMING
from mlcl_core.pairs.msc import MSC
from mlcl_core.pairs.overlap_ratio import OVERLAP_RATIO
from mlcl_core.pairs.formula import FORMULA
# isort: on

RULES = records_in(globals(), Rule)

__all__ = [
    "GROUPS",
    "RULES",
    "Group",
    "Kind",
    "PairCounts",
    "PairWeights",
    "Relation",
    "Rule",
    "TileWeights",
    "Workspace",
    "dissimilarity_factor",
    "inverse_frequency",
    "pair_counts",
    "relation_matrix",
    "similarity_factor",
]
