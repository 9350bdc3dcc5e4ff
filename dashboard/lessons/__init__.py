"""Guided lessons on recorded runs. To add one: its file, one line here, its test."""

from dashboard.lessons.lesson import Card, Lesson, Picture, Question, filled
from dashboard.lessons.recorded import Recorded
from mlcl_core.registry import records_in

# The Learn page lists the lessons in this order.
# isort: off
from dashboard.lessons.pull_and_push import PULL_AND_PUSH
from dashboard.lessons.five_relations import FIVE_RELATIONS
from dashboard.lessons.starve_and_blur import STARVE_AND_BLUR
from dashboard.lessons.two_factors import TWO_FACTORS
from dashboard.lessons.placement import PLACEMENT
from dashboard.lessons.watch_it_train import WATCH_IT_TRAIN
from dashboard.lessons.long_tail import LONG_TAIL
from dashboard.lessons.what_maps_hide import WHAT_MAPS_HIDE
# isort: on

LESSONS = records_in(globals(), Lesson)

__all__ = ["LESSONS", "Card", "Lesson", "Picture", "Question", "Recorded", "filled"]
