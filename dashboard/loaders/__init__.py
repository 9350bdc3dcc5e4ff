"""Everything that pages read, cached: by path, step and time of writing, so that a replaced file is read again."""

from dashboard.loaders.batches import BatchItems, batch, batch_items
from dashboard.loaders.compare import (
    SPACES,
    common_items,
    item_losses,
    neighbour_changes,
    seed_scores,
    spaces_compared,
    unshared,
    weight_agreement,
)
from dashboard.loaders.data import anchors_without_positive, data_index, data_set, recorded_runs, sampler_effect
from dashboard.loaders.item_numbers import item_number
from dashboard.loaders.maps import anchor_neighbours, draw_maps, label_places, map_frame, model_moved, trail
from dashboard.loaders.quiz import quiz_forms
from dashboard.loaders.rare_labels import rare_course, rare_share
from dashboard.loaders.run_files import (
    config_at,
    default_anchor,
    events,
    frame,
    has_watched_items,
    items_message,
    nearest_step,
    odd_events,
    runs,
    store,
    watched_items,
)
from dashboard.loaders.run_list import Extras, extras, run_rows
from dashboard.loaders.run_loss import (
    MAX_ITEMS_AT_ONCE,
    as_batch,
    batch_loss,
    gradients,
    health,
    label_weights,
    loss,
    loss_of,
    pairs,
    pairs_under,
)
from dashboard.loaders.sample import is_sample, sample_frames, sample_items
from dashboard.loaders.search import batch_index, search_index
from dashboard.loaders.selections import named_selection, selection_name
from dashboard.loaders.studies import StudyRow, of_study, results_table, study_rows, study_status
from dashboard.loaders.study_grid import StudyAxes, study_axes
from dashboard.loaders.study_plan import study_plan
from dashboard.loaders.study_scores import (
    BandsShown,
    RanksShown,
    study_answer,
    study_bands,
    study_curves,
    study_note,
    study_ranks,
    study_scores,
)
from dashboard.loaders.study_tables import computing, method_table

__all__ = [
    "MAX_ITEMS_AT_ONCE",
    "SPACES",
    "BandsShown",
    "BatchItems",
    "RanksShown",
    "StudyAxes",
    "StudyRow",
    "anchor_neighbours",
    "anchors_without_positive",
    "as_batch",
    "batch",
    "batch_index",
    "batch_items",
    "batch_loss",
    "common_items",
    "computing",
    "config_at",
    "data_index",
    "data_set",
    "default_anchor",
    "draw_maps",
    "events",
    "frame",
    "gradients",
    "has_watched_items",
    "health",
    "is_sample",
    "item_losses",
    "item_number",
    "items_message",
    "label_places",
    "label_weights",
    "loss",
    "loss_of",
    "map_frame",
    "method_table",
    "model_moved",
    "named_selection",
    "nearest_step",
    "neighbour_changes",
    "odd_events",
    "of_study",
    "pairs",
    "pairs_under",
    "quiz_forms",
    "rare_course",
    "rare_share",
    "recorded_runs",
    "results_table",
    "runs",
    "sample_frames",
    "sample_items",
    "sampler_effect",
    "search_index",
    "seed_scores",
    "selection_name",
    "spaces_compared",
    "store",
    "study_answer",
    "study_axes",
    "study_bands",
    "study_curves",
    "study_note",
    "study_plan",
    "study_ranks",
    "study_rows",
    "study_scores",
    "study_status",
    "trail",
    "unshared",
    "watched_items",
    "weight_agreement",
]
