"""How good a trained encoder is: protocols that make scores of its features, and the report of their metrics.

To add a protocol: its file, one line here, its test.
"""

from mlcl_core.engine.evaluate import why_no_items
from mlcl_core.evaluation.best_moment import Moment, best_moment
from mlcl_core.evaluation.features import Features, features_by, features_of
from mlcl_core.evaluation.items import items_as_given
from mlcl_core.evaluation.record import Evaluated, Protocol
from mlcl_core.evaluation.report import plain, report
from mlcl_core.evaluation.space import space_as_given, space_of
from mlcl_core.evaluation.thresholds import with_thresholds
from mlcl_core.registry import records_in

# isort: off
from mlcl_core.evaluation.probe import PROBE
from mlcl_core.evaluation.knn import KNN
from mlcl_core.evaluation.finetune import FINETUNE
# isort: on

PROTOCOLS = records_in(globals(), Protocol)

__all__ = [
    "PROTOCOLS",
    "Evaluated",
    "Features",
    "Moment",
    "Protocol",
    "best_moment",
    "features_by",
    "features_of",
    "items_as_given",
    "plain",
    "report",
    "space_as_given",
    "space_of",
    "why_no_items",
    "with_thresholds",
]
