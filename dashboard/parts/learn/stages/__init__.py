"""What lessons show beside a card. To add a stage: its file, and one line here."""

from dashboard.parts.learn.stages.stage import Stage
from mlcl_core.registry import records_in

# isort: off
from dashboard.parts.learn.stages.cloud import CLOUD
from dashboard.parts.learn.stages.anchor import ANCHOR
from dashboard.parts.learn.stages.matrix_parts import LABEL_SETS, RELATION_MATRIX, RELATIONS_OF_ONE
from dashboard.parts.learn.stages.matrix_parts import BOTH_FACTORS, POSITIVES, SIMILARITY, TWO_WEIGHTS, WEIGHT_MATRIX
from dashboard.parts.learn.stages.pushes import FEW, PUSHES
from dashboard.parts.learn.stages.cosine_strips import BOTH_RUNS, ONE_RUN
from dashboard.parts.learn.stages.relation_shares import RELATION_SHARES
from dashboard.parts.learn.stages.without_positive import WITHOUT_POSITIVE
from dashboard.parts.learn.stages.tail import TAIL
from dashboard.parts.learn.stages.remedies import MEETINGS, REMEDIES_TRAINED
from dashboard.parts.learn.stages.both import BOTH
from dashboard.parts.learn.stages.maps import MAPS, MAPS_AGAIN, MAPS_WITH_RECALL
from dashboard.parts.learn.stages.probes import (
    PROBE_DISTANCES,
    PROBE_DISTANCES_TRUTH,
    PROBE_NOISE,
    PROBE_NOISE_TRUTH,
    PROBE_RINGS,
    PROBE_SIZES,
)
from dashboard.parts.learn.stages.placed import PLACED, PLACED_COMPARED, PLACED_STILL
# isort: on

STAGES = records_in(globals(), Stage)

__all__ = ["STAGES", "Stage"]
