"""The answers as a table for files: one row an attempt."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa

from dashboard.export.origin import versions
from dashboard.export.table import ExportTable
from dashboard.quiz.attempt import Attempt
from dashboard.quiz.questions import QUESTIONS

COLUMNS = {
    "attempt": "random id of the attempt",
    "pseudonym": "as given by the person; empty: none",
    "browser": "random id of the browser; pairs attempts without a pseudonym",
    "when": "before or after the lessons",
    "handed_in": "time of handing in, UTC, to the minute",
    "seed": "of the forms that were asked",
    "version": "of the Lab",
    "right": "number of right answers",
    "questions": "number of questions asked",
}
OF_A_QUESTION = "right, unknown (I do not know), skipped (no answer), empty (not asked), or the mistake: {}"


def answers_table(attempts: Sequence[Attempt]) -> ExportTable:
    """One row an attempt, in the order of their times; what the columns mean stands in the origin."""
    columns: dict[str, pa.Array] = {
        "attempt": pa.array([one.id for one in attempts], pa.string()),
        "pseudonym": pa.array([one.pseudonym for one in attempts], pa.string()),
        "browser": pa.array([one.browser for one in attempts], pa.string()),
        "when": pa.array([one.when for one in attempts], pa.string()),
        "handed_in": pa.array([_minute(one.at) for one in attempts], pa.string()),
        "seed": pa.array([one.seed for one in attempts], pa.int64()),
        "version": pa.array([one.version for one in attempts], pa.string()),
        "right": pa.array([one.right for one in attempts], pa.int64()),
        "questions": pa.array([len(one.outcomes) for one in attempts], pa.int64()),
    }
    for name in QUESTIONS:
        columns[name] = pa.array([one.outcomes.get(name, "") for one in attempts], pa.string())
    meanings = {
        name: OF_A_QUESTION.format("; ".join(f"{key}: {words}" for key, words in question.mistakes.items()))
        for name, question in QUESTIONS.items()
    }
    return ExportTable(pa.table(columns), {"columns": COLUMNS | meanings, "versions": versions()})


def _minute(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%MZ")
