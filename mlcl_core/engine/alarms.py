"""Alarms: trouble that the metrics of a frame show, reported once, when it begins."""

from collections.abc import Mapping

from mlcl_core.metrics.health import CLOSED, OPEN

MIN_STEPS = 50  # from which a space that never opened raises an alarm


class Alarms:
    """Checks the metrics of every frame in turn.

    There are two alarms:

    * no loss: the loss over the watched items is not a finite number (in training that ends the run);
    * collapse: uniformity above -0.4 after it was below -0.8, or from step 50 on. An untrained network starts there, so
      the first steps raise no alarm.
    """

    def __init__(self) -> None:
        """Start before the first frame."""
        self._opened = False
        self._raised: set[str] = set()

    def ring(self, step: int, metrics: Mapping[str, float]) -> list[str]:
        """The alarms that begin at this frame, each in a sentence; those of the frame before are not repeated.

        Args:
            step: Of the frame.
            metrics: Its metrics; those that it lacks are left out.
        """
        alarms: dict[str, str] = {}
        if "loss" not in metrics:
            alarms["loss"] = "The loss over the watched items is not a finite number."
        uniformity = metrics.get("uniformity")
        if uniformity is not None:
            self._opened = self._opened or uniformity < OPEN
            if uniformity > CLOSED and (self._opened or step >= MIN_STEPS):
                alarms["collapse"] = (
                    f"The space has collapsed: all points nearly coincide (uniformity {uniformity:.2f})."
                )
        begun = [text for name, text in alarms.items() if name not in self._raised]
        self._raised = set(alarms)
        return begun
