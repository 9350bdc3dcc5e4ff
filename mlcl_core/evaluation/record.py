"""What a protocol takes and gives, and what the registry holds of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import torch

from mlcl_core.data import MultiLabelData
from mlcl_core.engine.network import Network
from mlcl_core.evaluation.features import Features, OnProgress, features_of, quiet
from mlcl_core.metrics import Predictions
from mlcl_core.options import Option, checked_options, declared_options


@dataclass(frozen=True)
class Evaluated:
    """What a protocol predicts, and what it chose on validation items.

    Attributes:
        validation: Predictions for the validation items, by which everything was chosen.
        test: Predictions for the test items, which chose nothing.
        chosen: Hyper-parameters, threshold and the like: plain values for JSON.
        doubts: Sentences where a choice lies at an end of what was tried.
    """

    validation: Predictions
    test: Predictions
    chosen: dict[str, Any]
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """A way to say how good an encoder is.

    Attributes:
        name: Its key: ``mlcl evaluate --protocol``.
        title: Its name on pages.
        summary: What it does, in one sentence.
        source: Where it comes from.
        takes: Whether it looks at frozen features, or trains the network itself.
        evaluate: Takes :class:`Features`, or network, data and device; its options are its parameters with ``Param``.
    """

    name: str
    title: str
    summary: str
    source: str
    takes: Literal["features", "network"]
    evaluate: Callable[..., Evaluated]

    @cached_property
    def options(self) -> dict[str, Option]:
        """Its options by name."""
        return declared_options(self.evaluate)

    def run(
        self,
        subject: Network | Features,
        data: MultiLabelData,
        device: torch.device,
        options: Mapping[str, Any] | None = None,
        on_progress: OnProgress = quiet,
    ) -> Evaluated:
        """Evaluate a network, or features that it gave earlier.

        Args:
            subject: The network on ``device``; features, where the protocol takes them. A network comes back with the
                weights that it had.
            data: The items as the network takes them.
            device: Where the work is done.
            options: Values by name; those that are missing are the defaults.
            on_progress: Called with how much is done, and how much there is; an exception ends the work.

        Raises:
            InputError: An unknown option or a value out of range.
            TypeError: Features for a protocol that trains the network.
            RunFailed: The features contain NaN or infinity.
        """
        chosen = checked_options(f"the protocol {self.name}", self.options, options or {})
        if self.takes == "network":
            return self.evaluate(_network(self, subject), data, device, on_progress=on_progress, **chosen)
        features = subject if isinstance(subject, Features) else features_of(subject, data, device)
        return self.evaluate(features, on_progress=on_progress, **chosen)


def _network(protocol: Protocol, subject: Network | Features) -> Network:
    if isinstance(subject, Features):
        raise TypeError(f"{protocol.name} trains a network; it was given features")
    return subject


__all__ = ["Evaluated", "Protocol"]
