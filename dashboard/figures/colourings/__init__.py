"""Ways to colour the points of a cloud. To add one: its file, one line here, its test."""

from dashboard.figures.colouring import ColouringRecord
from mlcl_core.registry import records_in

# Pages list the colourings in this order.
# isort: off
from dashboard.figures.colourings.relation import RELATION
from dashboard.figures.colourings.weight import WEIGHT
from dashboard.figures.colourings.label import LABEL
from dashboard.figures.colourings.label_set import LABEL_SET
from dashboard.figures.colourings.cardinality import CARDINALITY
from dashboard.figures.colourings.loss import LOSS
from dashboard.figures.colourings.purity import PURITY
from dashboard.figures.colourings.split import SPLIT
# isort: on

COLOURINGS = records_in(globals(), ColouringRecord)

__all__ = ["COLOURINGS", "ColouringRecord"]
