"""The summary of a class in words and rows."""

from dashboard.quiz.summary import MIN_PERSONS, Mistake, QuestionSummary, Share, Summary
from mlcl_core.statistics.sentences import count

HOW_TO_READ = (
    "Gains are in points of the share right, with a 95 % interval (Bonett and Price) and McNemar's exact p, adjusted "
    "over the questions by Holm. There is no group without lessons: taking a quiz for the second time, and who stays "
    "to the end, are part of each gain. docs/quiz.md says how to read it."
)


def took_words(summary: Summary) -> str:
    """How many took which quiz."""
    words = f"**{summary.before:,}** before the lessons · **{summary.after:,}** after them · **{summary.both:,}** both"
    if summary.again:
        words += f" · {count(summary.again, 'repetition')} left out"
    return words


def both_words(summary: Summary) -> str:
    """The number of right answers of those who took both."""
    if not summary.both:
        return "A gain is told of those who took both quizzes; there is none yet."
    of = len(summary.questions)
    gain = summary.mean_after - summary.mean_before
    words = (
        f"With both quizzes, n = {summary.both:,}: right answers of {of} on average {summary.mean_before:.1f} before, "
        f"{summary.mean_after:.1f} after: **{gain:+.1f}**"
    )
    if summary.gain is None:
        return f"{words}. An interval needs {MIN_PERSONS} pairs."
    return f"{words} [{summary.gain.low:+.1f}, {summary.gain.high:+.1f}]."


def summary_rows(summary: Summary) -> list[dict[str, str]]:
    """A row a question."""
    return [_row(number, one) for number, one in enumerate(summary.questions, 1)]


def _row(number: int, one: QuestionSummary) -> dict[str, str]:
    gain = one.gain
    return {
        "Question": f"{number} · {one.question.title}",
        "Right before": share_words(one.before),
        "Right after": share_words(one.after),
        "Gain, of those with both": "–"
        if gain is None
        else f"{_points(gain.value)} [{_points(gain.low)}, {_points(gain.high)}], n = {gain.pairs:,}",
        "p, Holm": "–" if one.p is None else _p(one.p),
        "Commonest mistake, before → after": _mistake(one.mistakes[0]) if one.mistakes else "–",
    }


def mistake_rows(summary: Summary) -> list[dict[str, str | int]]:
    """A row for each mistake that was made, and one for those who did not know."""
    rows: list[dict[str, str | int]] = []
    for number, one in enumerate(summary.questions, 1):
        title = f"{number} · {one.question.title}"
        for mistake in one.mistakes:
            rows.append({"Question": title, "Answer": mistake.words, "Before": mistake.before, "After": mistake.after})
        if one.before.unknown or one.after.unknown:
            before, after = one.before.unknown, one.after.unknown
            rows.append({"Question": title, "Answer": "not known, or no answer", "Before": before, "After": after})
    return rows


def share_words(share: Share) -> str:
    """A share with what it is of."""
    if not share.persons:
        return "–"
    return f"{share.of_right:.0%} of {share.persons:,}"


def _points(value: float) -> str:
    return f"{100 * value + 0.0:+.0f}"


def _p(value: float) -> str:
    return "< .001" if value < 0.001 else f"{value:.3f}".replace("0.", ".", 1)


def _mistake(mistake: Mistake) -> str:
    return f"{mistake.words}: {mistake.before:,} → {mistake.after:,}"
