"""A run evaluated after its training: its best checkpoint by a protocol, with intervals; kept in the run as JSON."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlcl_core.errors import InputError
from mlcl_core.options import checked_options, declared_options
from mlcl_core.runs.evaluations import SCHEMA, evaluation_path
from mlcl_core.runs.files import write_json
from mlcl_core.runs.opened_run import OpenedRun, open_run
from mlcl_core.runs.run import Run

if TYPE_CHECKING:
    from torch import Tensor

OnProgress = Callable[[int, int, str], None]
"""Is called as ``on_progress(done, total, phase)``."""


@dataclass(frozen=True)
class Asked:
    """What is to be evaluated, checked.

    Attributes:
        protocol: Its name.
        options: Of the protocol.
        conventions: Of the metrics.
        drawing: Of the intervals.
        thresholds: Of the labels.
    """

    protocol: str
    options: dict[str, Any]
    conventions: dict[str, Any]
    drawing: dict[str, Any]
    thresholds: dict[str, Any]


def asked(protocol: str, settings: Mapping[str, Any]) -> Asked:
    """Sort settings into options of the protocol, conventions, and how intervals are drawn and thresholds chosen.

    Raises:
        InputError: An unknown protocol or setting, or a value out of range.
    """
    from mlcl_core.evaluation import PROTOCOLS, report, with_thresholds
    from mlcl_core.metrics import Conventions

    if protocol not in PROTOCOLS:
        raise InputError(f"there is no protocol {protocol!r}; there are: {', '.join(PROTOCOLS)}")
    parts = [
        PROTOCOLS[protocol].options,
        declared_options(Conventions),
        declared_options(report),
        declared_options(with_thresholds),
    ]
    checked_options(f"mlcl evaluate --protocol {protocol}", {n: o for part in parts for n, o in part.items()}, settings)
    own, conventions, drawing, thresholds = (
        checked_options(protocol, part, {name: value for name, value in settings.items() if name in part})
        for part in parts
    )
    return Asked(protocol, own, conventions, drawing, thresholds)


def evaluate_run(
    run: Run,
    protocol: str = "probe",
    settings: Mapping[str, Any] | None = None,
    on_progress: OnProgress = lambda done, of, phase: None,
) -> dict[str, Any]:
    """Evaluate the best of a run's checkpoints, and keep the result as ``evaluation/PROTOCOL.json``.

    The checkpoint is chosen on validation items (:func:`mlcl_core.evaluation.best_moment`); that of step 0, which is
    untrained, is left out where there is another one.

    Args:
        run: A run that has ended.
        protocol: A key of ``PROTOCOLS``.
        settings: Options of the protocol, conventions, resamples, by name.
        on_progress: Called in every phase; an exception ends the work, and nothing is kept.

    Returns:
        What is kept: as :func:`mlcl_core.evaluation.report`, with ``run``, ``protocol``, ``step`` (of the checkpoint),
        ``moments`` (quality of each on validation), ``last_step`` (of the run), ``untrained``, ``items_as_given`` (of
        the untrained encoder and of the items as given; None: there are none, ``why_no_items`` says why), ``space`` (of
        the test items: trained, untrained, as given), and ``said``.

    Raises:
        InputError: The run is under way or has no whole checkpoint, its data changed or cannot be read, or as
            :func:`asked`.
        RunFailed: NaN or infinity in the features, or memory ran out.
    """
    from mlcl_core.evaluation import PROTOCOLS, plain, report, space_as_given, space_of, with_thresholds
    from mlcl_core.metrics import Conventions

    wanted = asked(protocol, settings or {})
    status = run.status()
    if status.alive:
        raise InputError(f"run {run.name!r} is {status.state}; it is evaluated when it has ended")
    on_progress(0, 1, "opening the run")
    opened, said = open_run(run, on_progress), list[str]()
    begun = {name: value.clone() for name, value in opened.network.state_dict().items()}
    moment = best_checkpoint(opened, said, on_progress)
    record, data, device = PROTOCOLS[protocol], opened.data, opened.device

    def evaluated(subject: Any, phase: str) -> Any:
        found = record.run(subject, data, device, wanted.options, lambda done, of: on_progress(done, of, phase))
        return with_thresholds(found, **wanted.thresholds)

    conventions = Conventions(**wanted.conventions)
    trained = evaluated(opened.network if record.takes == "network" else moment.features, f"{protocol}: trained")
    space: dict[str, dict[str, float] | None] = {"trained": space_of(opened.network, data, device)}
    on_progress(0, 1, "drawing test items again")
    found = report(trained, data, conventions, **wanted.drawing)
    opened.network.load_state_dict(begun)
    untrained = evaluated(opened.network, f"{protocol}: untrained")
    items, why = _items(evaluated, record.takes, opened, on_progress)
    space |= {"untrained": space_of(opened.network, data, device), "items_as_given": space_as_given(data)}
    result = {
        "schema_version": SCHEMA,
        "run": run.id,
        "protocol": protocol,
        "step": moment.step,
        "moments": {str(step): quality for step, quality in moment.qualities.items()},
        "last_step": status.step,
        **found,
        "untrained": _numbers(untrained, conventions),
        "items_as_given": None if items is None else _numbers(with_thresholds(items, **wanted.thresholds), conventions),
        "space": plain(space),
        "why_no_items": why,
        "said": [*filter(None, [opened.notice]), *said],
    }
    write_json(evaluation_path(run, protocol), result, within=run.path)
    return result


def best_checkpoint(opened: OpenedRun, said: list[str], on_progress: OnProgress) -> Any:
    """The checkpoint that is best on validation items (:class:`mlcl_core.evaluation.Moment`).

    Args:
        opened: The run; its network holds that state afterwards.
        said: Gets a sentence for each checkpoint that is damaged and passed over.
        on_progress: Called for each checkpoint.

    Raises:
        InputError: None is whole.
    """
    from mlcl_core.evaluation import best_moment

    steps = [step for step in opened.steps if step] or list(opened.steps)

    def states() -> Any:
        for step in steps:
            try:
                state: dict[str, Tensor] = opened.state(step)
            except InputError as error:
                said.append(f"Passed over: {error}.")
                continue
            yield step, state

    try:
        return best_moment(
            opened.network,
            states(),
            opened.data,
            opened.device,
            lambda done, of: on_progress(done, len(steps), "choosing the checkpoint on validation items"),
        )
    except InputError:
        if not said:
            raise
        raise InputError(f"run {opened.run.name!r} has no whole checkpoint: {said[-1]}") from None


def _items(
    evaluated: Callable[[Any, str], Any], takes: str, opened: OpenedRun, on_progress: OnProgress
) -> tuple[Any, str | None]:
    """What a classifier reads in the items as given: by the same protocol, or by the linear probe for a network's."""
    from mlcl_core.evaluation import features_by, items_as_given, why_no_items

    why, data, phase = why_no_items(opened.data), opened.data, "items as given"
    if why is not None:
        return None, why
    if takes == "network":
        return items_as_given(data, opened.device, lambda done, of: on_progress(done, of, phase)), None
    return evaluated(features_by(data.some, data, opened.device), phase), None


def _numbers(evaluated: Any, conventions: Any) -> dict[str, Any]:
    from mlcl_core.evaluation import plain
    from mlcl_core.metrics import evaluate_predictions

    return plain(evaluate_predictions(evaluated.test, conventions))


__all__ = ["Asked", "asked", "best_checkpoint", "evaluate_run"]
