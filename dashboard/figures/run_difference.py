"""How runs differ in their configurations, beside their scores; a configuration as a table."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.summary import changed_settings, leaves
from mlcl_core.runs.listing import RunRow

NOTHING = "–"  # a setting that a configuration lacks, such as the parameter of another rule
NOT_COMPARED = ("schema_version",)


def difference_table(rows: Sequence[RunRow]) -> pd.DataFrame:
    """A line for each run: its scores, then every setting in which any of the runs differs, however deep it stands.

    A setting that was changed while a run trained stands as "at first → now".
    """
    from mlcl_core.metrics import RUN_METRICS

    said = {row.run.id: _said(row) for row in rows if row.config is not None}
    paths = dict.fromkeys(path for settings in said.values() for path in settings)
    differing = [path for path in paths if len({settings.get(path, NOTHING) for settings in said.values()}) > 1]
    scores = [name for name in RUN_METRICS if any(name in row.test for row in rows)]
    lines = [
        {
            "run": row.name,
            **{RUN_METRICS[name].title: row.test.get(name) for name in scores},
            **{path: said.get(row.run.id, {}).get(path, NOTHING) for path in differing},
        }
        for row in rows
    ]
    return pd.DataFrame(lines)


def configuration_table(config: TrainConfig, *, only_changed: bool) -> pd.DataFrame:
    """Every setting by its path, its value, and beside those that differ, which have a dot, the value of the preset."""
    base, changed = changed_settings(config)
    settings: dict[str, Any] = dict(leaves(config.model_dump()))
    settings |= {path: value for path, (value, _) in changed.items()}  # what the preset has and the run lacks
    lines = [
        {
            "setting": f"● {path}" if path in changed else path,
            "value": words(value),
            f"in {base}": words(changed[path][1]) if path in changed else "",
        }
        for path, value in settings.items()
        if path in changed or not only_changed
    ]
    return pd.DataFrame(lines, columns=["setting", "value", f"in {base}"])


def words(value: Any) -> str:
    """A value as the configuration's file writes it, without quotes; "–" for none."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _said(row: RunRow) -> dict[str, str]:
    assert row.config is not None
    first = {path: words(value) for path, value in leaves(row.config.model_dump())}
    now = first if row.now is None else {path: words(value) for path, value in leaves(row.now.model_dump())}
    return {
        path: value if now.get(path, NOTHING) == value else f"{value} → {now.get(path, NOTHING)}"
        for path, value in {**dict.fromkeys(now, NOTHING), **first}.items()
        if path not in NOT_COMPARED
    }
