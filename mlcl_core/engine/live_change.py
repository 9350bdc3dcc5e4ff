"""A change of settings while a run trains: what it means as a whole, and whether the run can take it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mlcl_core.data import MultiLabelData
from mlcl_core.data.samplers import SAMPLERS
from mlcl_core.engine.build import contrastive_part, training_sampler
from mlcl_core.engine.check import FEW, check_combination, refuse_without_positives, try_loss
from mlcl_core.engine.config import LOSS_OPTIONS, TrainConfig
from mlcl_core.engine.live_settings import LIVE_SETTINGS, live_setting, refuse_fixed, value_at
from mlcl_core.engine.network import LEARNT_ALONG
from mlcl_core.errors import InputError
from mlcl_core.losses import LOSSES, Loss
from mlcl_core.pairs import RULES

# The records of what may be chosen at a path.
REGISTRIES: Mapping[str, Mapping[str, Any]] = {"loss.rule": RULES, "training.sampler": SAMPLERS}


@dataclass(frozen=True)
class Change:
    """A change that a run can take.

    Attributes:
        settings: Every setting that is touched, as a whole: single parameters are told with those beside them.
        from_step: The first step that each holds in.
        from_epoch: The epoch, from 1, that some wait for; None: none does.
        notice: What it entails, in sentences; empty where it is just what was asked for.
        now: The configuration of the next step.
        coming: The configuration of the next epoch.
        loss: The loss of ``now``.
    """

    settings: dict[str, Any]
    from_step: dict[str, int]
    from_epoch: int | None
    notice: str
    now: TrainConfig
    coming: TrainConfig
    loss: Loss


def whole_change(config: TrainConfig, settings: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """A change of a configuration as :class:`Change` tells it: its settings, and a notice.

    Another rule or sampler keeps the parameters of the one before if they are parameters of its own too, and begins
    with its defaults otherwise, each with the parameters that are given.

    Raises:
        InputError: A setting that cannot change while a run trains, or a value that is not allowed.
    """
    refuse_fixed(settings)
    changed, notices = config.with_settings(settings), []
    for setting in (one for one in LIVE_SETTINGS.values() if one.params_of):
        before, after = value_at(config, setting.params_of), value_at(changed, setting.params_of)
        record, kept = REGISTRIES[setting.params_of].get(after), value_at(config, setting.path)
        if before == after or record is None or setting.path in settings or _fits(record, kept):
            continue
        given = {path: value for path, value in settings.items() if path.startswith(f"{setting.path}.")}
        changed = config.with_settings({**settings, setting.path: {}}).with_settings(given)
        notices.append(f"{after} begins with its own {setting.title}: {', '.join(kept)} stood for {before}.")
    named = [one.path for path in settings if (one := live_setting(path)) is not None]
    touched = [path for path in LIVE_SETTINGS if path in named or value_at(changed, path) != value_at(config, path)]
    return {path: value_at(changed, path) for path in touched}, " ".join(notices)


def refuse_unfit(config: TrainConfig, settings: Mapping[str, Any]) -> None:
    """Refuse a change that no run of a configuration could take, whatever its data.

    Raises:
        InputError: With the reason.
    """
    whole, _ = whole_change(config, settings)
    _refuse_without_option(config, whole)
    check_combination(config.with_settings(whole))


def refuse_impossible(change: Change, before: TrainConfig, *, lacks: Collection[str], data: MultiLabelData) -> None:
    """Refuse a change that the run cannot take.

    Args:
        change: The change.
        before: The configuration of the next epoch without it.
        lacks: What the run's network does not give, of what a loss may need.
        data: The items as the network takes them.

    Raises:
        InputError: With the reason.
    """
    _refuse_without_option(before, change.settings)
    if missing := sorted(change.loss.needs & set(lacks)):
        words = ", and ".join(LEARNT_ALONG.get(need, need) for need in missing)
        raise InputError(f"with this change the loss needs {words}; this run's network has none, as it began without")
    train = data.indices("train")
    if (size := change.settings.get("training.batch_size", 0)) > len(train):
        raise InputError(f"training.batch_size is {size:,}, and {len(train):,} items train; it must be at most that")
    training_sampler(change.coming, change.loss)
    try_loss(change.now, change.loss, data.labels[:FEW])
    contrastive = contrastive_part(change.loss)
    if contrastive is not None and change.settings.keys() & {"loss.rule", "loss.rule_params"}:
        refuse_without_positives(contrastive, data.labels.select(train), data.name)


def _refuse_without_option(config: TrainConfig, settings: Iterable[str]) -> None:
    name = config.loss.name
    for path in settings:
        key = (LIVE_SETTINGS[path].params_of or path).removeprefix("loss.")
        if key in LOSS_OPTIONS and key not in LOSSES[name].options:
            raise InputError(f"{path} cannot change: the loss {name} has no {LIVE_SETTINGS[path].title}")


def _fits(record: Any, params: Mapping[str, Any]) -> bool:
    try:
        record.check(params)
    except InputError:
        return False
    return True


__all__ = ["Change", "refuse_impossible", "refuse_unfit", "whole_change"]
