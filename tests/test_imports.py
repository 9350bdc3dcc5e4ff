"""The one direction of flow, read from the sources, and what must stay out of processes that have to start fast."""

import ast
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# A module may import from its own part and from every layer further down; parts of one layer are strangers.
LAYERS = (
    ("pages", "cli"),
    ("bench",),
    ("dashboard",),
    ("demo_runs",),
    ("runs",),
    ("engine",),
    ("reader_process",),
    ("losses", "data", "metrics", "maps", "models"),
    ("pairs",),
    ("loss_parameters",),
    ("docstrings", "home_directory", "package_files", "options", "terminal"),
    ("errors", "ties"),
)
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}
FILES = sorted(path for top in ("mlcl_core", "dashboard", "pages") for path in (ROOT / top).rglob("*.py"))


def module_name(path: Path) -> str:
    """The dotted name of a source file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in FILES}


def part_of(module: str) -> str | None:
    """The part of the law that a module of ours belongs to; None for the root package and for everybody else's."""
    top, *rest = module.split(".")
    if top in ("dashboard", "pages"):
        return top
    if top != "mlcl_core" or not rest:
        return None
    return "cli" if rest[0] in ("cli", "__main__") else rest[0]


def statements(tree: ast.AST, *, lazy: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    """Import statements; with ``lazy`` those inside functions too, which run only when called, and those for types."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING") and not lazy:
            yield from chain.from_iterable(statements(other, lazy=lazy) for other in node.orelse)
        elif lazy or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from statements(node, lazy=lazy)


@cache
def imports(module: str, *, lazy: bool) -> frozenset[str]:
    """Full names of what a module of ours imports: modules where they are ours, else what stands in the statement."""
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found = set()
    for node in statements(ast.parse(path.read_text(encoding="utf-8")), lazy=lazy):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
            continue
        base = node.module or ""
        if node.level:
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*above, *([base] if base else [])])
        for alias in node.names:
            name = f"{base}.{alias.name}"
            found.add(name if name in MODULES else base)
    return frozenset(found)


@cache
def at_import(module: str) -> frozenset[str]:
    """Top-level names of everybody else's packages that importing a module of ours brings in, through ours too."""
    seen, todo, foreign = set(), [module], set()
    while todo:
        name = todo.pop()
        while name and name not in MODULES and name.split(".")[0] in ("mlcl_core", "dashboard", "pages"):
            name = name.rpartition(".")[0]
        if name in seen or not name:
            continue
        seen.add(name)
        if name not in MODULES:
            foreign.add(name.split(".")[0])
            continue
        todo.extend(imports(name, lazy=False))
        todo.append(name.rpartition(".")[0])
    return frozenset(foreign)


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_one_way(module):
    """{pages, cli} -> bench -> dashboard -> runs -> engine -> {losses, data, metrics, maps, models} -> pairs."""
    mine = part_of(module)
    assert mine is None or mine in LEVEL, f"{module}: the law does not know the part {mine!r}"
    for name in imports(module, lazy=True):
        theirs = part_of(name)
        assert name.split(".")[0] != "tests", f"{module} imports {name}"
        if theirs is None:
            continue
        assert mine is not None, f"{module} is the root and imports {name}"
        assert mine == theirs or LEVEL[mine] < LEVEL[theirs], f"{module} imports {name}"


@pytest.mark.parametrize("module", [name for name in MODULES if part_of(name) not in ("dashboard", "pages", "bench")])
def test_the_engine_knows_no_screen(module):
    """Nothing in mlcl_core but the benches, which drive the dashboard, imports Streamlit or Plotly, not even lazily."""
    foreign = {name.split(".")[0] for name in imports(module, lazy=True)}
    assert not foreign & {"streamlit", "plotly"}


def test_the_command_line_takes_the_dashboard_lazily():
    """Listing runs doesn't wait for the dashboard's packages, nor for torch."""
    assert not at_import("mlcl_core.cli") & {"streamlit", "plotly", "torch", "umap", "transformers"}
    assert "dashboard" not in {part_of(name) for name in imports("mlcl_core.cli", lazy=False)}


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("dashboard.figures")])
def test_figures_are_pure(module):
    """Figures are made from arrays, with no Streamlit in reach, so that they are tested as data."""
    assert "streamlit" not in {name.split(".")[0] for name in imports(module, lazy=True)}
    assert "streamlit" not in at_import(module)


@pytest.mark.parametrize("module", [name for name in MODULES if name.split(".")[0] in ("dashboard", "pages")])
def test_the_dashboard_never_meets_umap(module):
    """umap and transformers cost seconds and belong in other processes: no page pulls them in."""
    assert not at_import(module) & {"umap", "transformers"}
    assert not {name.split(".")[0] for name in imports(module, lazy=True)} & {"umap", "transformers"}


def test_the_entry_and_the_first_paint_need_no_torch():
    """app.py draws its first frame while torch is still being imported behind it."""
    assert "torch" not in at_import("dashboard.app")


@pytest.mark.parametrize("path", sorted((ROOT / "dashboard").iterdir()), ids=lambda path: path.name)
def test_no_file_of_the_dashboard_shadows_a_module(path):
    """dashboard/ is the first place Streamlit looks: dashboard/colorsys.py would be everybody's colorsys."""
    name = path.stem
    assert name not in sys.stdlib_module_names
    inside = importlib.util.find_spec(name) if name.isidentifier() and not name.startswith("__") else None
    assert inside is None, f"dashboard/{path.name} would shadow {inside.origin}"


def modules_after(statement: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after a statement."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_reading_runs_needs_no_torch():
    """The store and the configuration are read in processes that must start in a blink."""
    loaded = modules_after("import mlcl_core.runs.store, mlcl_core.engine.config, mlcl_core.bench, mlcl_core.cli")
    assert not loaded & {"torch", "streamlit", "plotly", "sklearn", "umap"}


def test_the_process_that_opens_files_needs_no_torch():
    """It stands in for the package of data, and imports all its readers, the look at a file and the kept ones."""
    code = (
        "import os, runpy, sys; out = os.dup(1); sys.stdin = open(os.devnull)\n"
        "runpy.run_module('mlcl_core.reader_process', run_name='__main__')\n"
        "import mlcl_core.data.guess, mlcl_core.data.stored; os.dup2(out, 1)"
    )
    loaded = modules_after(code)
    assert {"pyarrow", "PIL", "safetensors"} <= loaded
    assert not loaded & {"torch", "sklearn", "h5py", "streamlit"}


def test_importing_the_dashboard_brings_no_umap():
    """All modules of the dashboard at once, but the two scripts that run when imported."""
    scripts = {"dashboard.app", "dashboard.__main__"}
    names = [name for name in MODULES if name.split(".")[0] == "dashboard" and name not in scripts]
    loaded = modules_after("import " + ", ".join(names))
    assert "streamlit" in loaded
    assert not loaded & {"umap", "transformers"}


def test_the_law_is_about_something():
    """The proof that the reader reads: known arrows are found, relative and lazy ones as well."""
    assert "mlcl_core.pairs" in imports("mlcl_core.losses.core.kernel", lazy=False)
    assert "mlcl_core.bench.loss" in imports("mlcl_core.bench", lazy=True)
    assert "mlcl_core.bench.loss" not in imports("mlcl_core.bench", lazy=False)
    assert "torch" in at_import("mlcl_core.losses")
    assert set(chain.from_iterable(LAYERS)) == {part_of(name) for name in MODULES} - {None}
