"""A question: a file that can be read in two ways, and the option that chooses each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlcl_core.errors import InputError


@dataclass(frozen=True)
class Choice:
    """One reading.

    Args:
        reading: What results, in a few words: ``5 labels: sea, sun, fog, ...``.
        options: The options that choose it, as ``--set`` takes them; at least one.
    """

    reading: str
    options: Mapping[str, str] = field(default_factory=dict)

    def as_set(self, prefix: str = "") -> str:
        """The options in the form of the command line: ``--set separator=;``."""
        return " ".join(f"--set {_quoted(f'{prefix}{key}={value}')}" for key, value in self.options.items())


@dataclass(frozen=True)
class Question:
    """Two readings or more of a file, between which nothing in the file decides.

    Args:
        text: What is to be decided, and why it is open: ``column 'labels': is "tea, black" one label or two?``.
        choices: The readings, the likelier first.
        column: The column that it is about; empty: the whole file.
    """

    text: str
    choices: tuple[Choice, ...]
    column: str = ""

    def line(self, prefix: str = "") -> str:
        """The question in one line, each reading with what chooses it."""
        return f"{self.text} " + "; ".join(f"{one.as_set(prefix)}: {one.reading}" for one in self.choices)


class QuestionError(InputError):
    """A file that is not read before a question about it is answered.

    Args:
        path: The file, as named in the message.
        questions: At least one; the message asks the first.
        prefix: Of the options in the message: ``data.params.`` for a run.
    """

    def __init__(self, path: Any, questions: tuple[Question, ...], prefix: str = "") -> None:
        """The message names the file, both readings, and the option for each."""
        more = f" (and {len(questions) - 1} more to ask)" if len(questions) > 1 else ""
        super().__init__(f"{path}: {questions[0].line(prefix)}{more}")
        self.path, self.questions = str(path), questions


def questions_of(plain: list[dict[str, Any]]) -> tuple[Question, ...]:
    """Questions from plain lists and dicts (``dataclasses.asdict``), as JSON carries them."""
    return tuple(
        Question(one["text"], tuple(Choice(**choice) for choice in one["choices"]), one["column"]) for one in plain
    )


def _quoted(text: str) -> str:
    """A word for a shell, in single quotes where that is needed."""
    safe = all(char.isalnum() or char in "=_-./:,+%@" for char in text)
    return text if safe else "'" + text.replace("'", "'\\''") + "'"
