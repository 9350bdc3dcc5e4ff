"""How programs write the labels of an item into a cell, by each program's own rules."""

import csv
import io
import json
from collections.abc import Callable, Sequence

Labels = Sequence[str]


def python_list(labels: Labels) -> str:
    """Python's repr of a list, as pandas writes a column of lists."""
    return repr(list(labels))


def python_tuple(labels: Labels) -> str:
    """Python's repr of a tuple."""
    return repr(tuple(labels))


def python_set(labels: Labels) -> str:
    """Python's repr of a set."""
    return repr(set(labels))


def json_list(labels: Labels) -> str:
    """JSON with characters beyond ASCII as they are."""
    return json.dumps(list(labels), ensure_ascii=False)


def json_ascii(labels: Labels) -> str:
    """JSON with escapes, and without blanks."""
    return json.dumps(list(labels), separators=(",", ":"))


def numpy_words(labels: Labels) -> str:
    """numpy's str of an array of texts: their reprs, parted by blanks and line breaks."""
    lines = [" ".join(map(repr, labels[start : start + 3])) for start in range(0, len(labels), 3)]
    return "[" + "\n ".join(lines) + "]"


def numpy_repr(labels: Labels) -> str:
    """Python's repr of a list of numpy's texts, since numpy 2."""
    return "[" + ", ".join(f"np.str_({label!r})" for label in labels) + "]"


def duckdb(labels: Labels) -> str:
    """A list cast to VARCHAR by DuckDB 2.0: quotes around NULL, blank edges, and special characters."""

    def written(label: str) -> str:
        special = any(char in "\"'(),:=[]\\{}" for char in label)
        if not special and label == label.strip(" \t\n\r\v\f") and label and label.upper() != "NULL":
            return label
        return "'" + label.replace("\\", "\\\\").replace("'", "\\'") + "'"

    return "[" + ", ".join(map(written, labels)) + "]"


def postgres(labels: Labels) -> str:
    """An array of texts as Postgres prints it: double quotes where a word needs them."""

    def written(label: str) -> str:
        special = any(char in '{},"\\' or char in " \t\n\r\v\f" for char in label)
        if label and not special and label.upper() != "NULL":
            return label
        return '"' + label.replace("\\", "\\\\").replace('"', '\\"') + '"'

    return "{" + ",".join(map(written, labels)) + "}"


def r_vector(labels: Labels) -> str:
    """R's deparse of a vector of texts."""
    words = ['"' + label.replace("\\", "\\\\").replace('"', '\\"') + '"' for label in labels]
    return f"c({', '.join(words)})" if words else "character(0)"


def objects(labels: Labels) -> str:
    """Objects with a name, as TMDB's dumps hold genres."""
    return json.dumps([{"id": place, "name": label} for place, label in enumerate(labels)])


def python_objects(labels: Labels) -> str:
    """The same as pandas writes it after parsing."""
    return repr([{"id": place, "name": label} for place, label in enumerate(labels)])


def label_studio(labels: Labels) -> str:
    """Label Studio's CSV of several choices; one choice is the word itself, and none is blank."""
    if len(labels) > 1:
        return json.dumps({"choices": list(labels)}, ensure_ascii=False, separators=(",", ":"))
    return labels[0] if labels else ""


def truths(labels: Labels) -> str:
    """A dict of every label that is carried."""
    return repr(dict.fromkeys(labels, True))


def csv_in_cell(labels: Labels, separator: str = ",") -> str:
    """One line of CSV in a cell: double quotes where a name holds the separator or a quote."""
    line = io.StringIO()
    csv.writer(line, delimiter=separator, lineterminator="").writerow(labels)
    return line.getvalue()


# forms that hold every name
EXACT: dict[str, Callable[[Labels], str]] = {
    "Python list": python_list,
    "Python tuple": python_tuple,
    "Python set": python_set,
    "JSON": json_list,
    "JSON in ASCII": json_ascii,
    "numpy words": numpy_words,
    "numpy repr": numpy_repr,
    "DuckDB": duckdb,
    "Postgres": postgres,
    "R": r_vector,
    "objects": objects,
    "objects in Python": python_objects,
    "Label Studio": label_studio,
    "dict of true": truths,
}
