"""Maps: high-dimensional embeddings to two dimensions, and how far each map can be trusted.

To add a map: its file, one line here, its test. Importing this package loads numpy only; umap-learn is loaded
by the first UMAP map.
"""

from mlcl_core.maps.apart import draw
from mlcl_core.maps.embedding import directions, with_direction
from mlcl_core.maps.faithfulness import (
    Neighbours,
    faithfulness,
    knn_recall,
    overlap,
    rounding_recall,
    sample_neighbours,
    spread,
    trustworthiness,
)
from mlcl_core.maps.movement import MAP_MOVED, MODEL_MOVED, Verdict, map_moved, model_moved, verdict
from mlcl_core.maps.pca import pca_map
from mlcl_core.maps.procrustes import Alignment, procrustes
from mlcl_core.maps.record import Map, MapRecord
from mlcl_core.maps.umap import place, umap_map
from mlcl_core.registry import records_in

# Pages list the maps in this order.
# isort: off
from mlcl_core.maps.pca import PCA
from mlcl_core.maps.umap import UMAP
from mlcl_core.maps.torchdr_umap import TORCHDR_UMAP
# isort: on

MAPS = records_in(globals(), MapRecord)
FIRST_MAP = next(iter(MAPS))  # every frame of every run has it; pages show it until another is chosen

__all__ = [
    "FIRST_MAP",
    "MAPS",
    "MAP_MOVED",
    "MODEL_MOVED",
    "Alignment",
    "Map",
    "MapRecord",
    "Neighbours",
    "Verdict",
    "directions",
    "draw",
    "faithfulness",
    "knn_recall",
    "map_moved",
    "model_moved",
    "overlap",
    "pca_map",
    "place",
    "procrustes",
    "rounding_recall",
    "sample_neighbours",
    "spread",
    "trustworthiness",
    "umap_map",
    "verdict",
    "with_direction",
]
