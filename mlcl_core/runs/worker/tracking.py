"""Numbers of a run, handed to a tracker of accelerate while it trains.

The tracker works in a thread of its own: one that waits for a network, or fails, costs the run nothing but a sentence.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any

from mlcl_core.runs.run import Run

FOLDER = "tracker"  # in the run, for trackers that write files
CLOSE_SECONDS = 10.0
MAX_REASON = 300  # characters

Numbers = tuple[int, dict[str, float]]


class Tracking:
    """The tracker of ``watch.tracker``, if there is one.

    Args:
        run: The run.
        on_notice: Called, in any thread, with what the user should know; at most twice.
    """

    def __init__(self, run: Run, on_notice: Callable[[str], None]):
        """Nothing is opened yet."""
        self._run, self._on_notice = run, on_notice
        self._waiting: SimpleQueue[Numbers | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._name = ""
        self._failed = False

    def start(self, config: Any) -> None:
        """Open the tracker of a configuration, and store the configuration in it."""
        if config.watch.tracker is None:
            return
        self._name = config.watch.tracker
        self._thread = Thread(target=self._work, args=(config,), name="tracker", daemon=True)
        self._thread.start()

    def log(self, step: int, values: Mapping[str, Any]) -> None:
        """Hand numbers over, which are of a step; what is no number is left out."""
        if self._thread is not None and not self._failed:
            numbers = {name: float(value) for name, value in values.items() if isinstance(value, int | float)}
            self._waiting.put((step, numbers))

    def close(self) -> None:
        """Wait until all numbers are handed over, for 10 s at most."""
        if self._thread is None:
            return
        self._waiting.put(None)
        self._thread.join(CLOSE_SECONDS)
        if self._thread.is_alive():
            self._tell(f"The tracker {self._name} did not take all numbers within {CLOSE_SECONDS:g} s of the end.")
        self._thread = None

    def _work(self, config: Any) -> None:
        from mlcl_core.engine.trackers import open_tracker

        try:
            tracker = open_tracker(self._name, config, self._run.id, self._run.name, self._run.path / FOLDER)
            while (numbers := self._waiting.get()) is not None:
                step, values = numbers
                tracker.log(values, step=step)
            tracker.finish()
        # a tracker may raise anything, SystemExit too, and none of it is a reason to stop training
        except BaseException as error:
            self._failed = True
            reason = " ".join(str(error).split())[:MAX_REASON] or "no reason given"
            words = f"The tracker {self._name} failed and gets no more numbers ({type(error).__name__}: {reason})."
            self._tell(f"{words} The records of the run are complete.")

    def _tell(self, text: str) -> None:
        with suppress(OSError):  # a full disk, which the run will tell of itself
            self._on_notice(text)


__all__ = ["Tracking"]
