"""Our sources as text and syntax trees: which files there are, their lines of code, and what imports what."""

import ast
import io
import tokenize
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRODUCT = ("mlcl_core", "dashboard", "pages")
NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def module_name(path: Path, root: Path = ROOT) -> str:
    """The dotted name of a source file."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@dataclass(frozen=True)
class Source:
    """One Python file: its text, its tree and its lines of code."""

    path: Path

    @cached_property
    def text(self) -> str:
        """What stands in the file."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes of the tree."""
        return list(ast.walk(self.tree))

    @cached_property
    def tokens(self) -> list[tokenize.TokenInfo]:
        """All tokens of the file."""
        return list(tokenize.generate_tokens(io.StringIO(self.text).readline))

    @cached_property
    def code_lines(self) -> list[int]:
        """Numbers of the lines that hold code: neither blank, nor a comment alone, nor part of a docstring."""
        code: set[int] = set()
        for token in self.tokens:
            if token.type not in NO_CODE:
                code.update(range(token.start[0], token.end[0] + 1))
        for node in self.nodes:
            if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
                text = node.body[0]
                code.difference_update(range(text.lineno, (text.end_lineno or text.lineno) + 1))
        return sorted(code)

    def size(self, node: ast.AST) -> int:
        """Lines of code of a function or class, decorators left out."""
        first, last = node.lineno, node.end_lineno  # type: ignore[attr-defined]
        return bisect_right(self.code_lines, last) - bisect_left(self.code_lines, first)


@cache
def source_of(path: Path) -> Source:
    """The file, read once a process."""
    return Source(path)


class Sources:
    """All Python files of some folders of a checkout, and the modules that they are."""

    def __init__(self, root: Path = ROOT, folders: tuple[str, ...] = PRODUCT) -> None:
        """The files below ``folders`` of the checkout at ``root``."""
        self.root = root
        paths = sorted(path for top in folders for path in (root / top).rglob("*.py"))
        self.modules = {module_name(path, root): path for path in paths}
        self.imports = cache(self._imports)
        self.at_import = cache(self._at_import)

    def __iter__(self) -> Iterator[Source]:
        """Every file, in the order of their paths."""
        return (source_of(path) for path in self.modules.values())

    def _imports(self, module: str, *, lazy: bool) -> frozenset[str]:
        """Full names of what a module of ours imports: modules where they are ours, else what the statement names.

        ``lazy``: with imports inside functions, which run only when called, and those for types alone.
        """
        path = self.modules[module]
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        found = set()
        for node in statements(source_of(path).tree, lazy=lazy):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
                continue
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            for alias in node.names:
                name = f"{base}.{alias.name}"
                found.add(name if name in self.modules else base)
        return frozenset(found)

    def _at_import(self, module: str) -> frozenset[str]:
        """Top-level names of the packages of others that importing a module brings in, through ours too."""
        seen, todo, foreign = set(), [module], set()
        ours = {name.split(".")[0] for name in self.modules}
        while todo:
            name = todo.pop()
            while name and name not in self.modules and name.split(".")[0] in ours:
                name = name.rpartition(".")[0]
            if name in seen or not name:
                continue
            seen.add(name)
            if name not in self.modules:
                foreign.add(name.split(".")[0])
                continue
            todo.extend(self.imports(name, lazy=False))
            todo.append(name.rpartition(".")[0])
        return frozenset(foreign)

    def cycles(self) -> list[list[str]]:
        """Groups of modules that import each other, directly or through one another, lazy imports counted."""
        graph = {name: self.imports(name, lazy=True) & self.modules.keys() - {name} for name in self.modules}
        reach = {name: _reachable(graph, name) for name in graph}
        groups = {frozenset(other for other in reach[name] if name in reach[other]) for name in graph}
        return sorted(sorted(group) for group in groups if group)


def _reachable(graph: dict[str, frozenset[str]], start: str) -> frozenset[str]:
    seen: set[str] = set()
    todo = list(graph[start])
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo.extend(graph[name])
    return frozenset(seen)


def statements(tree: ast.AST, *, lazy: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    """Import statements; with ``lazy`` those inside functions too, which run only when called, and those for types."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING") and not lazy:
            yield from chain.from_iterable(statements(other, lazy=lazy) for other in node.orelse)
        elif lazy or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from statements(node, lazy=lazy)
