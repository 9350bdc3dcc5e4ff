"""Settings on the command line: one or several after each ``--set``."""

import json

import pytest

from mlcl_core.cli.entry import main, with_each_set


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("data a.csv --set x=1 y.z=2 --json", "data a.csv --set x=1 --set y.z=2 --json"),
        ("data --set x=1 a.csv", "data --set x=1 a.csv"),
        ("data --set x=1 ./a=b.csv", "data --set x=1 ./a=b.csv"),
        ("data a=b.csv --set x=1", "data a=b.csv --set x=1"),
        ("data --set x=1 --set y=2 z=3", "data --set x=1 --set y=2 --set z=3"),
        ("data --set", "data --set"),
        ("rename a=1 b=2", "rename a=1 b=2"),
    ],
)
def test_each_setting_has_its_own(given, expected):
    """A word behind a setting that looks like one is one; files and other options are left alone."""
    assert with_each_set(given.split()) == expected.split()


def test_parts_of_a_set(tmp_path, capsys):
    """The files of a set are named after one ``--set``."""
    for name in ("train", "test"):
        rows = "".join(f"{row}.5,{row % 2},{row % 3 // 2}\n" for row in range(12))
        (tmp_path / f"{name}.csv").write_text(f"a,sea,sun\n{rows}")
    assert main(["data", str(tmp_path), "--set", "train=train.csv", "test=test.csv", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["splits"]["test"] == 12
