"""From a study's folder to answers: tables with intervals, sentences, gains by band, ranks over data, curves."""

from mlcl_core.studies.compare.answer import Sentence, answer
from mlcl_core.studies.compare.band_gains import BandGain, BandGains, band_gains
from mlcl_core.studies.compare.curves import Curve, CurvePoint, curves, numeric_axes
from mlcl_core.studies.compare.data_sets import OverData, over_data
from mlcl_core.studies.compare.table import MethodRow, MethodTable, compare_methods

__all__ = [
    "BandGain",
    "BandGains",
    "Curve",
    "CurvePoint",
    "MethodRow",
    "MethodTable",
    "OverData",
    "Sentence",
    "answer",
    "band_gains",
    "compare_methods",
    "curves",
    "numeric_axes",
    "over_data",
]
