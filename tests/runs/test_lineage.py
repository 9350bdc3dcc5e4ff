"""The tree of runs."""

from pathlib import Path

from mlcl_core.runs.files import write_json
from mlcl_core.runs.lineage import children, lineage
from mlcl_core.runs.run import Run


def family(home: Path, **parents: tuple[str, int] | None) -> list[Run]:
    """Runs by id, with the parent and the step of each."""
    for name, branch in parents.items():
        (home / name).mkdir()
        said = {} if branch is None else {"branch": {"parent": branch[0], "at": branch[1], "checkpoint": 0}}
        write_json(home / name / "meta.json", {"name": name, **said})
    return [Run(home / name) for name in parents]


def drawn(runs: list[Run]) -> list[tuple[str, int, int | None, bool]]:
    """What is drawn."""
    return [(row.run.id, row.depth, row.at, row.parent_gone) for row in lineage(runs)]


def test_branches_stand_below_their_parents_by_step(tmp_path: Path) -> None:
    """Two roots in their order, a chain of three, siblings by step."""
    runs = family(tmp_path, late=("root", 50), other=None, deep=("early", 7), early=("root", 5), root=None)
    assert drawn(runs) == [
        ("other", 0, None, False),
        ("root", 0, None, False),
        ("early", 1, 5, False),
        ("deep", 2, 7, False),
        ("late", 1, 50, False),
    ]
    assert [run.id for run in children(runs[-1], runs)] == ["early", "late"]
    assert children(runs[0], runs) == []


def test_a_branch_of_a_deleted_run_stands_alone_and_says_so(tmp_path: Path) -> None:
    """Its own branches stay below it; the id of the parent is known."""
    runs = family(tmp_path, left=("deleted", 3), child=("left", 4))
    assert drawn(runs) == [("left", 0, 3, True), ("child", 1, 4, False)]
    assert lineage(runs)[0].parent_id == "deleted"


def test_a_circle_is_drawn_once(tmp_path: Path) -> None:
    """Files that name each other, or themselves, as parents: every run has one row."""
    runs = family(tmp_path, one=("two", 1), two=("one", 2), own=("own", 3))
    assert drawn(runs) == [("one", 0, 1, False), ("two", 1, 2, False), ("own", 0, 3, False)]
    assert lineage([]) == []


def test_a_long_chain_is_drawn(tmp_path: Path) -> None:
    """Two hundred branches of branches."""
    parents = {f"r{k}": None if k == 0 else (f"r{k - 1}", k) for k in range(200)}
    assert [depth for _, depth, _, _ in drawn(family(tmp_path, **parents))] == list(range(200))
