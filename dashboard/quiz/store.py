"""Kept answers: one small file an attempt, in ``quiz/`` of the home directory; written whole, or not at all.

In class mode this is the one thing that a viewer's session writes, so it is bounded: in the size of a file, in the
number of files, and by the page in the number of attempts of a session. Reading and deleting are the teacher's.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from dashboard.quiz.attempt import Attempt, attempt_of, checked_outcomes, checked_pseudonym, is_token
from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_directory, home_to_read
from mlcl_core.runs.files import TEMPORARY, read_kept, write_json

FOLDER, ENDING = "quiz", ".json"
MAX_ATTEMPTS = 2_000
MAX_BYTES = 8_192  # of a file
MAX_NAMED = 5  # damaged files named in a sentence
_turn = Lock()


@dataclass(frozen=True)
class Answers:
    """What is kept.

    Attributes:
        attempts: In the order of their times.
        damaged: Names of the files that could not be read, with the reason.
        left_out: How many files are beyond the number that is read.
    """

    attempts: tuple[Attempt, ...]
    damaged: tuple[str, ...] = ()
    left_out: int = 0

    @property
    def problems(self) -> str:
        """What is left out, in a sentence; empty: nothing."""
        said = []
        if self.damaged:
            more = f" and {len(self.damaged) - MAX_NAMED:,} more" if len(self.damaged) > MAX_NAMED else ""
            said.append(f"Left out, because damaged: {'; '.join(self.damaged[:MAX_NAMED])}{more}.")
        if self.left_out:
            said.append(f"{self.left_out:,} files beyond the {MAX_ATTEMPTS:,} that are read are left out.")
        return " ".join(said)


def keep_attempt(attempt: Attempt, home: Path | None = None) -> Attempt:
    """Keep an attempt; returns what is kept: where its id was handed in already, in another tab, the answers of then.

    Raises:
        InputError: It is not valid, there are 2,000 already, or the home directory cannot be written.
    """
    checked_outcomes(attempt.outcomes)
    if checked_pseudonym(attempt.pseudonym) != attempt.pseudonym or not is_token(attempt.id):
        raise InputError("the answers have no valid name or id")
    content = attempt.written()
    attempt_of(content)
    folder = home_directory(home) / FOLDER
    with _turn, _errors_said("The answers cannot be kept"):
        folder.mkdir(exist_ok=True)
        there = _names(folder)
        name = f"{attempt.id}{ENDING}"
        if name in there:
            return read_kept(folder / name, _parsed)
        if len(there) >= MAX_ATTEMPTS:
            raise InputError(f"the answers cannot be kept: there are {len(there):,} already, the most that are kept")
        write_json(folder / name, content, within=folder, durable=True)
    return attempt


def kept_answers(home: Path | None = None) -> Answers:
    """All attempts that can be read; damaged files are named and left out.

    Raises:
        InputError: The folder cannot be read.
    """
    folder = home_to_read(home) / FOLDER
    with _errors_said("The answers cannot be read"):
        names = sorted(_names(folder))
    attempts, damaged = [], []
    for name in names[:MAX_ATTEMPTS]:
        try:
            attempts.append(read_kept(folder / name, _parsed))
        except FileNotFoundError:
            continue  # deleted meanwhile
        except OSError as error:
            damaged.append(f"{name} ({error.strerror or error})")
        except InputError as error:
            damaged.append(f"{name} ({error})")
    attempts.sort(key=lambda attempt: (attempt.at, attempt.id))
    return Answers(tuple(attempts), tuple(damaged), max(len(names) - MAX_ATTEMPTS, 0))


def delete_answers(home: Path | None = None) -> int:
    """Delete all answers, damaged files too; returns how many there were.

    Raises:
        InputError: One of them cannot be deleted; the others may be gone.
    """
    folder = home_to_read(home) / FOLDER
    with _turn, _errors_said("The answers cannot be deleted"):
        found = [*_names(folder)]
        for name in found:
            (folder / name).unlink(missing_ok=True)
        for path in folder.glob(f".*{TEMPORARY}"):
            path.unlink(missing_ok=True)
    return len(found)


def _names(folder: Path) -> set[str]:
    if not folder.is_dir():
        return set()
    return {path.name for path in folder.iterdir() if path.suffix == ENDING and not path.name.startswith(".")}


def _parsed(data: bytes) -> Attempt:
    if len(data) > MAX_BYTES:
        raise InputError(f"has {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        content = json.loads(data.decode())
    except (ValueError, RecursionError):
        raise InputError("not JSON") from None
    return attempt_of(content)


@contextmanager
def _errors_said(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"{what}: {error.strerror or error}") from None
