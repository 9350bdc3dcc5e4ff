"""Counts of the house: sizes, repetitions, import cycles, retired names, persons.

``python -m tests.house [FOLDER ...]`` prints them for checkouts, side by side; ``--list`` names what is counted.
"""

import argparse
import ast
import re
import subprocess
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.sources import PRODUCT, ROOT, Source, Sources

MAX_FILE_LINES, MAX_CLASS_LINES, MAX_FUNCTION_LINES = 350, 250, 50
MIN_REPETITION = 8
TEXTS = {".py", ".js", ".css", ".md", ".toml", ".txt", ".sh", ".yaml", ".yml", ".html"}
# these two speak of the words that they look for
EXEMPT = {"tests/house.py", "tests/test_house.py"}

PERSONS = re.compile(r"\b(somebody|nobody|anybody|everybody|whoever)\b", re.IGNORECASE)
# Identifiers that had two meanings or none, and were replaced. Those with an underscore are looked for in every text,
# the others among the names of Python's code.
# fmt: off
RETIRED = frozenset(
    [
        "Roles", "Vectors", "Room", "standing_room", "Sides", "sides", "faces_somebody", "clear_own", "own_pairs",
        "Part", "Team", "first_says", "sum_gradients", "_say", "opened_part", "open_batch", "_quick", "Form",
        "Problem", "partners", "Pool", "exchanged", "Lists", "leaked", "in_package", "lonely_anchors",
        "telling_anchor", "Handed", "hand_over", "Reading", "Place", "pace", "LOOK", "LOOK_OUT", "Watch", "Pace",
        "awaited", "_hear_again", "step_back", "halvings", "Probe", "Visitor", "visitor",
    ]
)
# fmt: on
# plain English elsewhere: retired as the name of a function, method, class or field of the product, and of a module
RETIRED_DEFINITIONS = frozenset(
    ["joined", "remainder", "copies", "made", "told", "tell", "turn", "refuse", "longest", "helps"]
)
RETIRED_MODULES = frozenset(["machine", "words", "message", "together", "role", "visitor", "copies", "home"])
RETIRED_PREFIXES = re.compile(r"_?(MOST|LARGEST|LONGEST|FEWEST)_[A-Z]")
RETIRED_IN_JAVASCRIPT = re.compile(r"\bshelf\b")


@dataclass
class Counts:
    """What was counted in a checkout: the numbers by row, and the places behind each row."""

    numbers: dict[str, str | int] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)

    def add(self, row: str, number: str | int, places: list[str] | None = None) -> None:
        """One row of the table."""
        self.numbers[row] = number
        self.places[row] = places or []


def count(root: Path) -> Counts:
    """All counts of a checkout."""
    counts = Counts()
    for name, folders in (("product", PRODUCT), ("tests", ("tests",))):
        sources = Sources(root, folders)
        _count_sizes(counts, name, root, sources)
        blocks = repetitions(sources)
        counts.add(f"{name}: repetitions of {MIN_REPETITION} lines or more", len(blocks), blocks)
    product = Sources(root)
    cycles = product.cycles()
    counts.add("import cycles, lazy imports counted", len(cycles), [" <-> ".join(group) for group in cycles])
    unused = unused_names(root)
    counts.add("names that nothing uses", len(unused), unused)
    names = retired_names(root)
    counts.add("retired names", len(names), names)
    found = persons(root)
    counts.add("persons", len(found), found)
    for kind, files in extension_files(root).items():
        counts.add(f"files of one more {kind}", len(files), files)
    return counts


def _count_sizes(counts: Counts, name: str, root: Path, sources: Sources) -> None:
    sizes = file_sizes(root, sources, JAVASCRIPT if name == "product" else ())
    largest = sorted(sizes, key=lambda path: -sizes[path])
    counts.add(f"{name}: files", len(sizes))
    counts.add(f"{name}: lines of code", sum(sizes.values()))
    counts.add(f"{name}: median file", int(median(sizes.values())))
    counts.add(f"{name}: largest file", sizes[largest[0]], [f"{path}: {sizes[path]}" for path in largest[:10]])
    classes = sorted(definitions(root, sources, ast.ClassDef), reverse=True)
    counts.add(f"{name}: largest class", classes[0][0], [f"{place}: {size}" for size, place in classes[:10]])
    folders = Counter(str(Path(path).parent) for path in sizes)
    counts.add(
        f"{name}: most files in a folder",
        folders.most_common(1)[0][1],
        [f"{folder}: {number}" for folder, number in folders.most_common(10)],
    )
    functions = sorted(definitions(root, sources, ast.FunctionDef, ast.AsyncFunctionDef), reverse=True)
    counts.add(f"{name}: median function", int(median(size for size, _ in functions)))
    long = [f"{place}: {size}" for size, place in functions if size > MAX_FUNCTION_LINES]
    counts.add(f"{name}: functions over {MAX_FUNCTION_LINES} lines", len(long), long)


JAVASCRIPT = ("dashboard",)


def file_sizes(root: Path, sources: Sources, javascript: tuple[str, ...] = JAVASCRIPT) -> dict[str, int]:
    """Lines of code of each file: without blank lines, comments and docstrings."""
    sizes = {str(source.path.relative_to(root)): len(source.code_lines) for source in sources}
    for path in (path for folder in javascript for path in (root / folder).rglob("*.js")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        lines = [line.strip() for line in text.splitlines()]
        sizes[str(path.relative_to(root))] = sum(bool(line) and not line.startswith("//") for line in lines)
    return sizes


def definitions(root: Path, sources: Sources, *kinds: type[ast.AST]) -> Iterator[tuple[int, str]]:
    """Size and place of every function or class."""
    for source in sources:
        for node in source.nodes:
            if isinstance(node, kinds):
                yield source.size(node), f"{source.path.relative_to(root)}:{node.lineno} {node.name}"  # type: ignore[attr-defined]


def repetitions(sources: Sources) -> list[str]:
    """Runs of eight or more lines of code that stand elsewhere too, imports left out: where, and how long."""
    lines: dict[Path, list[tuple[int, str]]] = {}
    windows: dict[tuple[str, ...], list[tuple[Path, int]]] = defaultdict(list)
    for source in sources:
        lines[source.path] = found = _normalised(source)
        for start in range(len(found) - MIN_REPETITION + 1):
            windows[tuple(text for _, text in found[start : start + MIN_REPETITION])].append((source.path, start))
    repeated: dict[Path, set[int]] = defaultdict(set)
    for places in windows.values():
        if len(places) > 1:
            for path, start in places:
                repeated[path].update(range(start, start + MIN_REPETITION))
    blocks = []
    for path, covered in repeated.items():
        for start in sorted(position for position in covered if position - 1 not in covered):
            end = start
            while end + 1 in covered:
                end += 1
            blocks.append((end - start + 1, f"{path.relative_to(sources.root)}:{lines[path][start][0]}"))
    return [f"{place}: {size}" for size, place in sorted(blocks, reverse=True)]


def _normalised(source: Source) -> list[tuple[int, str]]:
    imports: set[int] = set()
    for node in source.nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    text = source.text.splitlines()
    return [(line, " ".join(text[line - 1].split())) for line in source.code_lines if line not in imports]


def retired_names(root: Path) -> list[str]:
    """Where a retired name still stands: in code, and those that can mean nothing else in every text."""
    found = []
    phrases = re.compile(r"\b(" + "|".join(sorted(name for name in RETIRED if "_" in name)) + r")\b")
    for path, text in texts(root):
        for number, line in enumerate(text.splitlines(), 1):
            found += [f"{path}:{number} {match[0]}" for match in phrases.finditer(line)]
            if path.endswith(".js"):
                found += [f"{path}:{number} {match[0]}" for match in RETIRED_IN_JAVASCRIPT.finditer(line)]
    for source in Sources(root, (*PRODUCT, "tests")):
        place = str(source.path.relative_to(root))
        if place in EXEMPT:
            continue
        if source.path.stem in RETIRED_MODULES:
            found.append(f"{place} {source.path.stem}")
        for token in source.tokens:
            word = token.string
            if token.type == tokenize.NAME and ((word in RETIRED and "_" not in word) or RETIRED_PREFIXES.match(word)):
                found.append(f"{place}:{token.start[0]} {word}")
        if not place.startswith("tests/"):
            found += [f"{place}:{line} {name}" for line, name in _defined(source) if name in RETIRED_DEFINITIONS]
    return found


def _defined(source: Source) -> Iterator[tuple[int, str]]:
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.AnnAssign) and isinstance(inner.target, ast.Name):
                    yield inner.lineno, inner.target.id


def persons(root: Path) -> list[str]:
    """Where a person stands in for a thing, in code, comments and texts."""
    return [
        f"{path}:{number} {line.strip()[:100]}"
        for path, text in texts(root)
        for number, line in enumerate(text.splitlines(), 1)
        for _ in PERSONS.finditer(line)
    ]


def texts(root: Path) -> Iterator[tuple[str, str]]:
    """Path and text of every file of the project that people read, as git lists them."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=root, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for path in sorted(listed.stdout.splitlines()):
        if Path(path).suffix in TEXTS and path not in EXEMPT and (root / path).is_file():
            yield path, (root / path).read_text(encoding="utf-8")


def unused_names(root: Path) -> list[str]:
    """Functions, classes and constants of modules whose name stands nowhere else, the lists of exports left out."""
    uses: Counter[str] = Counter()
    defined: list[tuple[str, str]] = []
    for source in Sources(root, (*PRODUCT, "tests")):
        uses.update(_used_names(source))
        place = str(source.path.relative_to(root))
        defined += [(name, place) for name in _module_names(source.tree)]
    return sorted(f"{place} {name}" for name, place in defined if not uses[name])


def _used_names(source: Source) -> Iterator[str]:
    exports = [node for node in source.tree.body if isinstance(node, ast.Assign) and "__all__" in ast.unparse(node)]
    exported = {id(node): node.value for value in exports for node in ast.walk(value) if isinstance(node, ast.Constant)}
    for node in source.nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.arg | ast.keyword):
            yield node.arg or ""
        elif isinstance(node, ast.ImportFrom):
            # what a package only hands on is not yet used; a registry is made of what its package imports
            yield from (alias.name for alias in node.names if alias.name not in exported.values())
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in exported:
            yield from re.findall(r"\w+", node.value) if "import " in node.value else [node.value]


def _module_names(tree: ast.Module) -> Iterator[str]:
    """Names that a module defines for others, what pytest collects left out."""
    names: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            fixture = any("autouse" in ast.unparse(decorator) for decorator in node.decorator_list)
            names += [] if fixture else [node.name]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names += [target.id for target in targets if isinstance(target, ast.Name)]
    return (name for name in names if not name.startswith(("test_", "Test", "__", "pytest")))


def extension_files(root: Path) -> dict[str, list[str]]:
    """Files that the worked examples of CONTRIBUTING.md touch, by kind; a test adds each and finds it at work."""
    guide = root / "CONTRIBUTING.md"
    text = guide.read_text(encoding="utf-8").split("\n## Names", 1)[0] if guide.is_file() else ""
    sections = re.split(r"\n### An? (\w+)\n", text)[1:]
    return {
        kind: sorted(set(re.findall(r"^(?:and in )?`([\w/.]+\.py)`", section, re.MULTILINE)))
        for kind, section in zip(sections[::2], sections[1::2], strict=True)
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.house", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, default=[ROOT], metavar="FOLDER")
    parser.add_argument("--list", action="store_true", help="name what is counted, of the last folder")
    given = parser.parse_args()
    counted = [count(folder.resolve()) for folder in given.folders]
    rows = dict.fromkeys(row for counts in counted for row in counts.numbers)
    width = max(map(len, rows))
    for row in rows:
        print(row.ljust(width), *(str(counts.numbers.get(row, "")).rjust(10) for counts in counted))
        if given.list:
            print(*(f"    {place}\n" for place in counted[-1].places[row]), sep="", end="")


if __name__ == "__main__":
    main()
