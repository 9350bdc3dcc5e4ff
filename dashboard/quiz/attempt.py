"""One quiz that was handed in, and the checks that it passes before it is kept and after it is read."""

import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.figures.formatting import one_line, shortened
from dashboard.quiz.question import RIGHT, SEEDS, SKIPPED, TIMES, UNKNOWN
from dashboard.quiz.questions import QUESTIONS
from mlcl_core.errors import InputError

SCHEMA = 1
MAX_PSEUDONYM = 40
MAX_QUESTIONS = 40  # in a file: more than any version of the Lab asks
MAX_TIME = 2**40  # seconds
WORD = re.compile(r"[a-z_]{1,40}")
TOKEN = re.compile(r"[0-9a-f]{32}")
KEYS = ("schema", "id", "browser", "pseudonym", "when", "at", "seed", "version", "outcomes")


@dataclass(frozen=True)
class Attempt:
    """A quiz that was handed in.

    Attributes:
        id: Random; the name of its file.
        browser: The random id of the browser that it was answered in.
        pseudonym: As it was given, or empty.
        when: ``before`` or ``after`` the lessons.
        at: Time of handing in, seconds since 1970.
        seed: Of the forms that were asked.
        version: Of the Lab.
        outcomes: By question: ``right``, ``unknown``, ``skipped``, or the name of a mistake.
    """

    id: str
    browser: str
    pseudonym: str
    when: str
    at: float
    seed: int
    version: str
    outcomes: Mapping[str, str]

    @property
    def person(self) -> tuple[str, str]:
        """Whose it is: the pseudonym's, whatever its case, else the browser's."""
        return ("pseudonym", self.pseudonym.casefold()) if self.pseudonym else ("browser", self.browser)

    @property
    def right(self) -> int:
        """How many answers are right."""
        return sum(outcome == RIGHT for outcome in self.outcomes.values())

    def written(self) -> dict[str, Any]:
        """As plain JSON."""
        return {"schema": SCHEMA} | {name: getattr(self, name) for name in KEYS[1:]}


def new_token() -> str:
    """A random id of a browser or an attempt."""
    return secrets.token_hex(16)


def is_token(value: object) -> bool:
    """Whether a value is such an id."""
    return isinstance(value, str) and TOKEN.fullmatch(value) is not None


def checked_pseudonym(text: str) -> str:
    """A pseudonym in one line without surrounding spaces; empty: none.

    Raises:
        InputError: It is too long.
    """
    if len(text) > MAX_PSEUDONYM:
        raise InputError(f"the name has {len(text):,} characters; {MAX_PSEUDONYM} are the most")
    return unicodedata.normalize("NFC", one_line(text))[:MAX_PSEUDONYM]


def checked_outcomes(outcomes: Mapping[str, str]) -> dict[str, str]:
    """Answers to the questions of this version, as they may be kept.

    Raises:
        InputError: A question that the quiz does not ask, or an outcome that its options do not have.
    """
    for name, outcome in outcomes.items():
        if name not in QUESTIONS:
            raise InputError(f"the quiz has no question “{shortened(name, 40)}”")
        if outcome not in (RIGHT, UNKNOWN, SKIPPED, *QUESTIONS[name].mistakes):
            raise InputError(f"{name} has no answer “{shortened(outcome, 40)}”")
    return {name: outcomes.get(name, SKIPPED) for name in QUESTIONS}


def attempt_of(content: Any) -> Attempt:
    """The attempt of a file; questions and mistakes of other versions are taken as they are.

    Raises:
        InputError: It is none; the message names the entry.
    """
    if not isinstance(content, dict) or set(content) != set(KEYS):
        raise InputError(f"must be an object with {', '.join(KEYS)}")
    outcomes = content["outcomes"]
    checks = {
        "schema": content["schema"] == SCHEMA,
        "id": is_token(content["id"]),
        "browser": is_token(content["browser"]),
        "pseudonym": isinstance(content["pseudonym"], str) and _is_pseudonym(content["pseudonym"]),
        "when": content["when"] in TIMES,
        "at": _is_number(content["at"]) and 0 <= content["at"] < MAX_TIME,
        "seed": type(content["seed"]) is int and 0 <= content["seed"] < SEEDS,
        "version": isinstance(content["version"], str) and len(content["version"]) <= 40,
        "outcomes": isinstance(outcomes, dict)
        and len(outcomes) <= MAX_QUESTIONS
        and all(isinstance(word, str) and WORD.fullmatch(word) for one in outcomes.items() for word in one),
    }
    for name, good in checks.items():
        if not good:
            raise InputError(f"{name} is not valid")
    return Attempt(**{name: content[name] for name in KEYS[1:]})


def _is_pseudonym(text: str) -> bool:
    try:
        return checked_pseudonym(text) == text
    except InputError:
        return False


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
