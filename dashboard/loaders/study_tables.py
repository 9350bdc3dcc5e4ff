"""What a study says, as far as it is known at once; what takes seconds is computed beside the page.

Test items are resampled by one thread, one result after the other, and the study's folder keeps them: a page is drawn
at once, and again when there is more.
"""

from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from dashboard.loaders.studies import results_table, stamp_of
from dashboard.loaders.study_grid import Setting
from mlcl_core.errors import InputError
from mlcl_core.studies.folder import StudyFolder

if TYPE_CHECKING:
    from mlcl_core.studies.compare import MethodTable

T = TypeVar("T")
Key = tuple[Hashable, ...]
# ``known``: what is kept; ``begun``: that, and the rest is computed by the thread; ``whole``: the rest is waited for
Effort = Literal["known", "begun", "whole"]
MAX_KEPT = 512
_found: dict[Key, Any] = {}
_failed: dict[Key, str] = {}
_waiting: dict[Key, "Future[Any]"] = {}
_made = [0]
_thread = ThreadPoolExecutor(1, "statistics")


def method_table(
    folder: StudyFolder, data: str, metric: str, setting: Setting = (), effort: Effort = "begun"
) -> "MethodTable":
    """The methods on a data set in a metric, at a setting of the further axes.

    Raises:
        InputError: A file of the study is damaged.
    """
    from mlcl_core.studies.compare import compare_methods

    def table(items: bool) -> "MethodTable":
        return compare_methods(folder, data, metric, where=dict(setting), items=items, rows=results_table(folder))

    return at_once(folder, ("table", data, metric, setting), table, lambda found: found.complete, effort)


def at_once(
    folder: StudyFolder, key: Key, compute: Callable[[bool], T], is_complete: Callable[[T], bool], effort: Effort
) -> T:
    """A result as far as it is known; with more effort, the rest.

    Args:
        folder: The study; a complete result is kept until a cell of it is written.
        key: What is computed.
        compute: Called with whether items are resampled where no result is kept.
        is_complete: Whether a result is.
        effort: What is done about one that is not.

    Raises:
        InputError: As ``compute``, here or in the thread.
    """
    whole = (str(folder.path), *key, stamp_of(folder))
    if whole in _failed:
        raise InputError(_failed[whole])
    if whole in _found:
        kept: T = _found[whole]
        return kept
    found = compute(effort == "whole")
    if effort == "whole" or is_complete(found):
        _keep(whole, found)
    elif effort == "begun" and whole not in _waiting:
        _waiting[whole] = _thread.submit(compute, True)
        _waiting[whole].add_done_callback(partial(_take, whole))
    return found


def computing(folder: StudyFolder) -> tuple[int, int]:
    """How many results of a study the thread has left to make, and how many of any study it has made.

    A page that was drawn while both stayed at 0 and the same number shows all there is.
    """
    return sum(key[0] == str(folder.path) for key in list(_waiting)), _made[0]


def _take(key: Key, done: "Future[Any]") -> None:
    """Keep what the thread has made, or why it could not, and then end the wait for it."""
    error = done.exception()
    if error is None:
        _keep(key, done.result())
    else:
        _failed[key] = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
    _made[0] += 1
    _waiting.pop(key, None)


def _keep(key: Key, found: Any) -> None:
    while len(_found) >= MAX_KEPT:
        _found.pop(next(iter(_found)), None)
    _found[key] = found
