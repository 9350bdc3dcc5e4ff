"""Every sentence on cards, rules, captions and health lines that states something which can be false.

Taken from the records and from the source, never typed again: from lessons, rules, losses, placements, metrics, maps,
samplers, data sets, and from the strings in the code of figures, parts and pages that a reader sees.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from dashboard.figures.colours import RELATIONS
from dashboard.figures.hand_batch import EMBEDDINGS
from dashboard.lessons import LESSONS
from mlcl_core.data import DATASETS, SAMPLERS
from mlcl_core.losses import LOSSES, NORMALISATIONS, PLACEMENTS
from mlcl_core.maps import MAPS
from mlcl_core.metrics import HEALTH, METRICS, SPACE_METRICS
from mlcl_core.pairs import RULES

ROOT = Path(__file__).parent.parent
STRONG = re.compile(r"\d|\b(only|always|never|all|no|none|same|most|every|nothing|alone|not (a )?positives?)\b")
END = re.compile(r"\n+|(?<=[.?!…])\*{0,2}\s+(?=[A-Z*({\[ΔK])")
FIELD = re.compile(r"\{[^{}]*\}")
NAME = re.compile(r"[Ff]1|K[ˢᵈ]")  # holds a digit and is no number
MIN_WORDS = 4  # words
# what speaks of the dashboard itself (runs, forms, files, buttons) and not of methods, data or a frame
OF_THE_DASHBOARD = re.compile(
    r"parts/(train/(run_|own_data|setup_|change_form|concerned|numbers)|runs/|upload/|fields/"
    r"|data/(source|items)|anchor/"
    r"|frame/(?!table)|compare/(choose|compared|shared|maps|page)"
    r"|cloud/(cloud_view|item_table|arrows|change_selection|selection_bar)"
    r"|relations/watched_batch|learn/(card|lesson_state|present|quiz|sheet))"
    r"|figures/(formatting|drawings|timeline|what_if|wire|item_table|icon|atlas|cloud|arrows|colours)"
)


def said() -> dict[str, str]:
    """Each sentence that a check is needed for, and where it stands."""
    return {
        sentence: place
        for place, text in [*_of_records(), *_of_source()]
        for sentence in split(text)
        # a question states nothing
        if not sentence.endswith("?") and is_strong(sentence, computed=place.startswith("lesson"))
    }


def split(text: str) -> list[str]:
    """The sentences of a text; what is shorter is a title or a key."""
    parts = [part.strip() for part in END.split(text)]
    return [part for part in parts if len(part.split()) >= MIN_WORDS]


def is_strong(sentence: str, *, computed: bool) -> bool:
    """Whether it holds a number or a strong word. ``computed``: a field is a number, or a name with one behind it."""
    literal, fields = NAME.sub("", FIELD.sub("", sentence)), FIELD.findall(sentence)
    return bool(STRONG.search(literal[:1].lower() + literal[1:])) or (computed and bool(fields))


def _of_records() -> Iterator[tuple[str, str]]:
    for name, lesson in LESSONS.items():
        yield f"lesson {name}", lesson.idea
        yield f"lesson {name}", lesson.take_home
        yield f"lesson {name}", lesson.aim
        for number, card in enumerate(lesson.cards, 1):
            yield f"lesson {name}, card {number}", card.text
            if card.question:
                yield f"lesson {name}, card {number}", card.question.ask
                yield f"lesson {name}, card {number}", card.question.reveal
                yield f"lesson {name}, card {number}", card.question.usually
    for name, rule in RULES.items():
        texts = (
            rule.summary,
            rule.positives,
            rule.when_to_use,
            rule.edge_cases,
            *(option.help for option in rule.options.values()),
        )
        yield from ((f"rule {name}", text) for text in texts)
    for name, record in LOSSES.items():
        yield from (
            (f"loss {name}", text) for text in (record.summary, record.positives, record.when_to_use, record.edge_cases)
        )
    for kind, words in (("placement", PLACEMENTS), ("normalisation", NORMALISATIONS)):
        yield from ((f"{kind} {name}", text) for name, text in words.items())
    for kind, records in (
        ("health", HEALTH),
        ("metric", METRICS),
        ("space metric", SPACE_METRICS),
        ("map", MAPS),
        ("sampler", SAMPLERS),
        ("data", DATASETS),
    ):
        yield from ((f"{kind} {name}", one.summary) for name, one in records.items())
    for mark in RELATIONS:
        yield from (
            (f"relation {mark.name}", text) for text in (mark.meaning, *map(mark.words, ("anchor", "reference")))
        )
    yield from ((f"embeddings {name}", one.sentence) for name, one in EMBEDDINGS.items())


def _of_source() -> Iterator[tuple[str, str]]:
    for folder in ("dashboard/figures", "dashboard/parts", "dashboard/quiz/questions"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            place = path.relative_to(ROOT).as_posix()
            if not OF_THE_DASHBOARD.search(place):
                yield from ((place, text) for text in strings(ast.parse(path.read_text())))


def strings(tree: ast.AST) -> Iterator[str]:
    """Strings of a module that may be shown, fields in braces; not its docstrings, nor what its errors say."""
    unseen = {id(part) for node in ast.walk(tree) if isinstance(node, ast.Raise) for part in ast.walk(node)}
    unseen |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            unseen |= {id(part) for part in node.values}
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            unseen.add(id(node.format_spec))
    for node in ast.walk(tree):
        if id(node) in unseen:
            continue
        if isinstance(node, ast.JoinedStr):
            yield _joined(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _joined(node: ast.JoinedStr) -> str:
    return "".join(part.value if isinstance(part, ast.Constant) else _field(part) for part in node.values)


def _field(part: ast.FormattedValue) -> str:
    named = ast.unparse(part.value) if isinstance(part.value, ast.Name | ast.Attribute) else "…"
    return f"{{{named}}}" if part.format_spec is None else f"{{{named}:{_joined(part.format_spec)}}}"
