"""The dialog "Bring your own data" under test: files with a question each, and what a hand does in the dialog."""

from itertools import combinations

from tests.pages.conftest import words

HOSTILE = (
    "<script>alert(1)</script> is a text",
    "=cmd|' /C calc'!A0 is a text",
    "**bold** [x](y) `z` :red[w]",
    "مرحبا بالعالم",
)
LABELS = ("<b>sea</b>", "=1+1", "sky")
SETS = [chosen for size in (1, 2, 3) for chosen in combinations(LABELS, size)]


def table_of(count: int = 40, separator: str = ";") -> str:
    """Texts that look like code, and labels that do."""
    rows = [f'"{HOSTILE[row % 4]} no. {row}",{separator.join(SETS[row % len(SETS)])}' for row in range(count)]
    return "\n".join(["what happens,topics", *rows]) + "\n"


UNKNOWN = "text,sea,sun\n" + "".join(
    f"one two three four {row},{row % 2},{'' if row == 3 else int(row % 3 == 0)}\n" for row in range(24)
)
BORDER = "a,b,c,d,sea,sun\n" + "".join(
    f"{row % 2},{row // 2 % 2},{int(row % 7 == 0)},{int(row % 5 == 0)},{int(row % 3 == 0)},{int(row % 4 == 0)}\n"
    for row in range(24)
)
SEPARATOR = "text,topics\n" + "".join(
    f"one two three four {row},{('a b;c d', 'a b', 'c d;e f', 'e f')[row % 4]}\n" for row in range(20)
)
COLUMN = "text,tags,genres\n" + "".join(
    f"one two three four {row},{'ab'[row % 2]},{'xyz'[row % 3]}\n" for row in range(24)
)
LONG = "item_id,text,label\n" + "".join(
    f"{row // 2},one two three four {row // 2},{('sea', 'sun', 'fog')[row % 3]}\n" for row in range(24)
)


def drop(app, content: str | bytes, name: str = "films.csv"):
    """Drop a file into the dialog."""
    raw = content.encode() if isinstance(content, str) else content
    app.file_uploader[0].set_value((name, raw, "text/csv")).run()
    assert not app.exception, [one.value for one in app.exception]
    return app


def named(app, path):
    """Name a file by its path."""
    pick(app, "Or the path of a larger file").set_value(str(path)).run()
    assert not app.exception, [one.value for one in app.exception]
    return app


def pick(app, label: str):
    """The widget of a label."""
    return next(
        box
        for kind in ("selectbox", "multiselect", "text_input")
        for box in getattr(app, kind)
        if box.label.replace("\\", "") in (label, f"Column {label} is")
    )


def click(app, label: str, place: int = 0):
    """Click a button with a label."""
    [box for box in app.button if box.label == label][place].click().run()
    assert not app.exception, [one.value for one in app.exception]
    return app


def opened_form(app):
    """Open the form of the columns."""
    app.toggle(key="upload.change").set_value(True).run()
    assert not app.exception, [one.value for one in app.exception]
    return app


def said(app) -> str:
    """All words, without what makes them inert."""
    return words(app).replace("\\", "")


def headline(app) -> str:
    """The first line in bold."""
    return next(one.value for one in app.markdown if one.value.startswith("**")).replace("\\", "").strip("*")
