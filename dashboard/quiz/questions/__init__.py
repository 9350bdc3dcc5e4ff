"""The questions of the quiz. To add one: its file, one line here, its test."""

from dashboard.quiz.question import QuizQuestion
from mlcl_core.registry import records_in

# The quiz asks them in this order.
# isort: off
from dashboard.quiz.questions.which_pairs_pull import WHICH_PAIRS_PULL
from dashboard.quiz.questions.who_is_superset import WHO_IS_SUPERSET
from dashboard.quiz.questions.temperature import TEMPERATURE
from dashboard.quiz.questions.weight_inside import WEIGHT_INSIDE
from dashboard.quiz.questions.pushed_apart import PUSHED_APART
from dashboard.quiz.questions.tail_label import TAIL_LABEL
from dashboard.quiz.questions.map_distance import MAP_DISTANCE
from dashboard.quiz.questions.which_run_is_better import WHICH_RUN_IS_BETTER
# isort: on

QUESTIONS = records_in(globals(), QuizQuestion)

__all__ = ["QUESTIONS", "QuizQuestion"]
