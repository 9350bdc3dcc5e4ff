"""The one direction of flow, read from the sources, and what must stay out of processes that have to start fast."""

import importlib.util
import json
import subprocess
import sys
from itertools import chain

import pytest

from tests.sources import ROOT, Sources

# A module may import from its own part and from every layer further down; parts of one layer are strangers.
LAYERS = (
    ("pages", "cli"),
    ("bench",),
    ("dashboard",),
    ("demo_runs",),
    ("studies",),
    ("runs",),
    ("evaluation",),
    ("engine",),
    ("reader_process",),
    ("losses", "data", "metrics", "maps", "models", "statistics"),
    ("pairs",),
    ("encoder_parameters", "loss_parameters"),
    ("docstrings", "home_directory", "package_files", "options", "registry", "terminal"),
    ("errors", "few_items", "ties"),
)
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}
SOURCES = Sources()
MODULES, imports, at_import = SOURCES.modules, SOURCES.imports, SOURCES.at_import


def part_of(module: str) -> str | None:
    """The part of the law that a module of ours belongs to; None for the root package and for packages of others."""
    top, *rest = module.split(".")
    if top in ("dashboard", "pages"):
        return top
    if top != "mlcl_core" or not rest:
        return None
    return "cli" if rest[0] in ("cli", "__main__") else rest[0]


def named(*parts: str) -> list[str]:
    """All modules whose name begins with one of these."""
    return [name for name in MODULES if any(f"{name}.".startswith(f"{part}.") for part in parts)]


def foreign(module: str) -> set[str]:
    """Top-level names of all packages that a module names, lazily or not."""
    return {name.split(".")[0] for name in imports(module, lazy=True)}


def test_imports_run_one_way():
    """{pages, cli} -> bench -> dashboard -> studies -> runs -> evaluation -> engine -> {losses, data, ...} -> pairs."""
    wrong = []
    for module in MODULES:
        mine = part_of(module)
        assert mine is None or mine in LEVEL, f"{module}: the law does not know the part {mine!r}"
        for name in imports(module, lazy=True):
            theirs = part_of(name)
            if name.split(".")[0] == "tests" or (
                theirs is not None and (mine is None or (mine != theirs and LEVEL[mine] >= LEVEL[theirs]))
            ):
                wrong.append(f"{module} imports {name}")
    assert not wrong


def test_the_engine_knows_no_screen():
    """Nothing in mlcl_core but the benches, which drive the dashboard, imports Streamlit or Plotly, not even lazily."""
    modules = [name for name in MODULES if part_of(name) not in ("dashboard", "pages", "bench")]
    assert not [name for name in modules if foreign(name) & {"streamlit", "plotly"}]


def test_losses_need_torch_and_jaxtyping_alone():
    """Rules and losses work where no other package is installed, NumPy included."""
    assert at_import("mlcl_core.losses") - sys.stdlib_module_names == {"torch", "jaxtyping"}


def test_the_command_line_takes_the_dashboard_lazily():
    """Listing runs doesn't wait for the dashboard's packages, nor for torch."""
    assert not at_import("mlcl_core.cli") & {"streamlit", "plotly", "torch", "umap", "transformers"}
    assert "dashboard" not in {part_of(name) for name in imports("mlcl_core.cli", lazy=False)}


def test_figures_are_pure():
    """Figures are made from arrays, with no Streamlit in reach, so that they are tested as data."""
    assert not [name for name in named("dashboard.figures") if "streamlit" in foreign(name) | at_import(name)]


def test_the_dashboard_never_meets_umap():
    """umap and transformers cost seconds and belong in other processes: no page pulls them in."""
    modules = named("dashboard", "pages")
    assert not [name for name in modules if (foreign(name) | at_import(name)) & {"umap", "transformers"}]


def test_the_entry_and_the_first_paint_need_no_torch():
    """app.py draws its first frame while torch is still being imported behind it."""
    assert "torch" not in at_import("dashboard.app")


def test_no_file_of_the_dashboard_shadows_a_module():
    """dashboard/ is the first place Streamlit looks: dashboard/colorsys.py would replace the library's colorsys."""
    for path in (ROOT / "dashboard").iterdir():
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
        "import mlcl_core.data.look, mlcl_core.data.stored; os.dup2(out, 1)"
    )
    loaded = modules_after(code)
    assert {"pyarrow", "PIL", "safetensors"} <= loaded
    assert not loaded & {"torch", "sklearn", "h5py", "streamlit"}


@pytest.mark.slow
def test_importing_the_dashboard_brings_no_umap():
    """All modules of the dashboard at once, but the two scripts that run when imported."""
    scripts = {"dashboard.app", "dashboard.__main__"}
    names = [name for name in named("dashboard") if name not in scripts]
    loaded = modules_after("import " + ", ".join(names))
    assert "streamlit" in loaded
    assert not loaded & {"umap", "transformers"}


def test_the_law_is_about_something():
    """The proof that the reader reads: known arrows are found, relative and lazy ones as well."""
    assert "mlcl_core.pairs" in imports("mlcl_core.losses.core.kernel", lazy=False)
    assert "mlcl_core.bench" in imports("mlcl_core.cli.commands", lazy=True)
    assert "mlcl_core.bench" not in imports("mlcl_core.cli.commands", lazy=False)
    assert "torch" in at_import("mlcl_core.losses")
    assert set(chain.from_iterable(LAYERS)) == {part_of(name) for name in MODULES} - {None}
