"""Guided lessons on recorded runs. To add one: its file, one line here, its test."""

from dashboard.lessons import (
    five_relations,
    long_tail,
    placement,
    pull_and_push,
    starve_and_blur,
    two_factors,
    watch_it_train,
    what_maps_hide,
)
from dashboard.lessons.lesson import Card, Lesson, Question, filled
from dashboard.lessons.recorded import Recorded

LESSONS: dict[str, Lesson] = {
    module.LESSON.name: module.LESSON
    for module in (
        pull_and_push,
        five_relations,
        starve_and_blur,
        two_factors,
        placement,
        watch_it_train,
        long_tail,
        what_maps_hide,
    )
}

__all__ = ["LESSONS", "Card", "Lesson", "Question", "Recorded", "filled"]
