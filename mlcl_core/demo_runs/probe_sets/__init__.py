"""Probe sets: points whose truth is known, and their recorded maps, which show what a map invents.

To add a set: its function and its line in ``sets.py``, then ``python -m mlcl_core.demo_runs.probe_sets.make``.
"""

from mlcl_core.demo_runs.probe_sets.maps import MapOfSet, drawn, group_distances, group_sizes
from mlcl_core.demo_runs.probe_sets.sets import PROBE_SETS, ProbeSet, Truth

__all__ = ["PROBE_SETS", "MapOfSet", "ProbeSet", "Truth", "drawn", "group_distances", "group_sizes"]
