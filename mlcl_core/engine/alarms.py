"""Alarms: trouble that the metrics of a frame show, reported once, when it begins."""

from collections.abc import Mapping

from mlcl_core.metrics.health import CLOSED

# Before these steps the shape of a space is not judged. The first steps pull all items together, also those that an
# untrained encoder of texts had far apart; the presets leave that cone within 18 % of their steps.
MIN_STEPS, MAX_STEPS = 50, 500
SHARE = 5  # a fifth of all steps


def warm_up(total: int) -> int:
    """The step from which the shape of a space is judged: a fifth of all steps, but at least 50 and at most 500.

    Example:
        >>> [warm_up(total) for total in (0, 100, 400, 1_000, 100_000)]
        [50, 50, 80, 200, 500]
    """
    return min(max(MIN_STEPS, total // SHARE), MAX_STEPS)


class Alarms:
    """Checks the metrics of every frame in turn.

    There are two alarms:

    * no loss: the loss over the watched items is not a finite number (in training that ends the run);
    * collapse: uniformity above -0.4 once :func:`warm_up` is over. Every training begins there, so the first steps
      raise no alarm; a space that closed in them and stays closed is reported when they are over.
    """

    def __init__(self) -> None:
        """Start before the first frame."""
        self._raised: set[str] = set()

    def ring(self, step: int, metrics: Mapping[str, float], total: int = 0) -> list[str]:
        """The alarms that begin at this frame, each in a sentence; those of the frame before are not repeated.

        Args:
            step: Of the frame.
            metrics: Its metrics; those that it lacks are left out.
            total: Steps of the whole training; 0: unknown.
        """
        alarms: dict[str, str] = {}
        if "loss" not in metrics:
            alarms["loss"] = "The loss over the watched items is not a finite number."
        uniformity = metrics.get("uniformity")
        if uniformity is not None and uniformity > CLOSED and step >= warm_up(total):
            alarms["collapse"] = (
                f"The space has collapsed: all points nearly coincide (uniformity {uniformity:.2f}). "
                "Another learning rate or temperature can help."
            )
        begun = [text for name, text in alarms.items() if name not in self._raised]
        self._raised = set(alarms)
        return begun
