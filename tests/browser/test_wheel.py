"""The wheel, built and installed where nothing else of the clone is in reach: all files, the losses alone, the app."""

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, wait_for_server

PACKAGES = ("mlcl_core", "dashboard", "pages")
# read by people alone
NOT_INSTALLED = ("README.md",)
LOSSES_ALONE = """
import sys, torch
from mlcl_core.losses import LOSSES, build_loss

z, y = torch.randn(32, 16, requires_grad=True), torch.rand(32, 10) < 0.2
loss = build_loss("weighted_supcon", rule="similarity_dissimilarity", temperature=0.1)
loss(z, y).backward()
assert torch.isfinite(z.grad).all()
pairs = loss.explain(z.detach(), y, z.detach(), y, self_index=torch.arange(32))
assert pairs.force.shape == (32, 32)
for name in LOSSES:
    loss, logits = build_loss(name), torch.randn(32, 10)
    if loss.needs <= {"embeddings", "logits"}:
        assert torch.isfinite(loss(z, y, **({"logits": logits} if "logits" in loss.needs else {})))
print(sys.modules["mlcl_core"].__file__)
"""


def clean_environment(home: Path) -> dict[str, str]:
    """What processes of the tests hand on, without paths to the clone, settings, or a home that holds anything."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MLCL", "STREAMLIT"))}
    return {**kept, "HOME": str(home)}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources by the hook that pip calls."""
    copy, built = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("wheel")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "requirements.txt"):
        shutil.copy(ROOT / name, copy / name)
    build = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    done = subprocess.run([sys.executable, "-c", build, built], cwd=copy, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    (found,) = built.glob("mlcl_lab-*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel, installed by pip, and all packages that the tests have.

    These are found through a folder named in a plain ``.pth`` file: the ``.pth`` files in it are not read, so that the
    clone, which is installed editable there, stays out of reach.
    """
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (packages_of(folder) / "others.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    install = ["install", "--quiet", "--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check", wheel]
    subprocess.run([sys.executable, "-m", "pip", "--python", folder / "bin" / "python", *install], check=True)
    return folder


def packages_of(environment: Path) -> Path:
    """Where the packages of a virtual environment lie."""
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(environment)}))


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel unpacked, and what its plain requirements bring beside it."""
    folder = tmp_path_factory.mktemp("bare")
    with ZipFile(wheel) as archive:
        archive.extractall(folder)
    for name in required(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]):
        found = distribution(name)
        for top in {Path(file).parts[0] for file in found.files or ()} - {".."}:
            if not (folder / top).exists():
                (folder / top).symlink_to(Path(str(found.locate_file(top))))
    return folder


def required(lines: list[str]) -> set[str]:
    """Names of all distributions that requirements bring, through those of others too."""
    seen: set[str] = set()
    todo = list(lines)
    while todo:
        one = Requirement(todo.pop())
        if one.name.lower() not in seen and (one.marker is None or one.marker.evaluate({"extra": ""})):
            seen.add(one.name.lower())
            todo += distribution(one.name).requires or []
    return seen


def files_of(folder: Path) -> set[str]:
    """All files below a folder that a person or a program wrote."""
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix() for path in found if path.name not in NOT_INSTALLED}


def test_every_file_is_in_the_wheel(installed: Path) -> None:
    """Styles, scripts, recorded runs, settings, ``py.typed``, and the pages inside the dashboard; nothing else."""
    packages = packages_of(installed)
    tops = {path.name for path in packages.iterdir() if not path.name.endswith((".dist-info", ".pth"))}
    assert tops == {"mlcl_core", "dashboard"}
    assert files_of(packages / "mlcl_core") == files_of(ROOT / "mlcl_core")
    pages = {f"page_scripts/{name}" for name in files_of(ROOT / "pages")}
    assert len(pages) > 5
    expected = files_of(ROOT / "dashboard") - {"page_scripts/__init__.py"} | pages
    assert files_of(packages / "dashboard") == expected
    assert (packages / "mlcl_core" / "py.typed").is_file()


def test_versions_are_said_once() -> None:
    """The plain requirements are lines of requirements.txt, which is the list of the app."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(project["dependencies"]) < set((ROOT / "requirements.txt").read_text().splitlines())
    assert "optional-dependencies" in project["dynamic"]


def test_the_losses_need_torch_and_jaxtyping_alone(bare: Path, tmp_path: Path) -> None:
    """Built, called, differentiated and explained, where no other package is; ``mlcl`` says what is missing."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        python = [sys.executable, "-S", "-W", "error", "-W", "ignore:Failed to initialize NumPy", *arguments]
        paths = {**clean_environment(tmp_path), "PYTHONPATH": str(bare)}
        return subprocess.run(python, cwd=tmp_path, env=paths, capture_output=True, text=True, timeout=120)

    done = run("-c", LOSSES_ALONE)
    assert done.returncode == 0, done.stderr
    assert str(bare) in done.stdout
    refused = run("-m", "mlcl_core", "runs")
    assert refused.returncode == 2
    assert refused.stderr.startswith("mlcl: ")
    assert refused.stderr.endswith("pip install 'mlcl-lab[app]'\n")
    assert len(refused.stderr.splitlines()) == 1


@pytest.fixture
def app(installed: Path, tmp_path: Path) -> Iterator[str]:
    """The address of ``mlcl app``, started in an empty folder with an empty home."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "server.log"
    command = [installed / "bin" / "mlcl", "app", f"--server.port={port}", "--server.headless=true"]
    here = tmp_path / "elsewhere"
    here.mkdir()
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=here, env=clean_environment(here), stdout=output, stderr=output)
    try:
        wait_for_server(f"http://localhost:{port}/_stcore/health", server, log)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)
    assert "Traceback" not in log.read_text(), log.read_text()[-4000:]
    assert "usage statistics" not in log.read_text()


@pytest.mark.slow
def test_the_app_opens_and_asks_nothing_of_the_network(app: str, page: Page) -> None:
    """From any folder: all pages in the menu, a lesson on a recorded run, our styles; no request leaves the machine."""
    page.goto(app)
    expect(page.get_by_test_id("stTopNavLink")).to_have_count(
        len(list((ROOT / "pages").glob("*.py"))) - 1
    )  # all but the first screen
    page.get_by_role("link", name="Learn").click()
    page.locator(".st-key-learn-begin-watch_it_train button").click(timeout=60_000)
    clouds = page.locator("canvas.cloud[data-points='300']")
    expect(clouds).to_have_count(2)
    assert {cloud.get_attribute("data-run") for cloud in clouds.all()} == {"sample-icons-sd", "sample-icons-any"}
