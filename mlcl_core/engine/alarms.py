"""Alarms: what a frame's numbers say when training goes wrong, told once, when it begins."""

from collections.abc import Mapping

from mlcl_core.metrics.health import CLOSED, OPEN

PATIENCE = 50  # steps after which a space that never opened is worth an alarm


class Alarms:
    """Hears the numbers of every frame in turn; made from the metrics of a frame, at no cost of its own.

    Two troubles are known:

    * no loss: the loss over the watched items is not a finite number (a loss that becomes so in training ends the run);
    * collapse: uniformity above -0.4, after it had been below -0.8, or from step 50 on. An untrained network begins
      there, so that the first steps alone are no reason.
    """

    def __init__(self) -> None:
        """Nothing was heard yet."""
        self._opened = False
        self._ringing: set[str] = set()

    def ring(self, step: int, metrics: Mapping[str, float]) -> list[str]:
        """What began to be wrong at this frame, each in a sentence; what was wrong at the one before is not repeated.

        Args:
            step: Of the frame.
            metrics: Its numbers; what cannot be told is missing.
        """
        troubles: dict[str, str] = {}
        if "loss" not in metrics:
            troubles["loss"] = "The loss over the watched items is not a finite number."
        uniformity = metrics.get("uniformity")
        if uniformity is not None:
            self._opened = self._opened or uniformity < OPEN
            if uniformity > CLOSED and (self._opened or step >= PATIENCE):
                troubles["collapse"] = (
                    f"The space has collapsed: all points nearly coincide (uniformity {uniformity:.2f})."
                )
        begun = [text for name, text in troubles.items() if name not in self._ringing]
        self._ringing = set(troubles)
        return begun
