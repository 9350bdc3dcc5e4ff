"""XML of which nothing is expanded and nothing else is opened: elements one after another, with their lines."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from mlcl_core.data.progress import progress
from mlcl_core.data.readers.record import first_line
from mlcl_core.errors import InputError

CHUNK = 1 << 20  # bytes parsed between two signs of progress
DEEPEST = 32  # elements in each other


@dataclass
class Element:
    """The element where the parser is.

    Args:
        path: The names of the elements around the present place, from the outermost on.
        text: Of the present element, so far.
    """

    path: list[str] = field(default_factory=list)
    text: str = ""


def walk_xml(
    raw: bytes,
    path: Path,
    *,
    start: Callable[[Element, dict[str, str]], None],
    end: Callable[[Element], None],
    needed: str,
) -> None:
    """Call ``start`` with the attributes of each element, and ``end`` once its text is known.

    Args:
        raw: The file.
        path: Named in errors.
        start, end: May raise :class:`InputError` with the end of a sentence, which then begins with file and line.
        needed: What the file must hold, for errors.

    Raises:
        InputError: A document type, more than ``DEEPEST`` elements in each other, no sound XML.
    """
    parser = expat.ParserCreate()
    here = Element()

    def doctype(*_: object) -> None:
        line = parser.CurrentLineNumber
        raise InputError(f"{path}: line {line} declares a document type; {needed}, and no DOCTYPE")

    def begun(tag: str, attributes: dict[str, str]) -> None:
        here.path.append(tag)
        here.text = ""
        if len(here.path) > DEEPEST:
            raise located(InputError(f"has more than {DEEPEST} elements in each other; {needed}"))
        try:
            start(here, attributes)
        except InputError as error:
            raise located(error) from None

    def ended(tag: str) -> None:
        try:
            end(here)
        except InputError as error:
            raise located(error) from None
        here.path.pop()
        here.text = ""

    def text(part: str) -> None:
        here.text += part

    def located(error: InputError) -> InputError:
        return InputError(f"{path}: line {parser.CurrentLineNumber} {error}")

    # entities, which may expand without end or name other files, can be declared nowhere else
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begun, ended, text
    try:
        for place_in_file in range(0, len(raw), CHUNK):
            parser.Parse(raw[place_in_file : place_in_file + CHUNK], False)
            progress()
        parser.Parse(b"", True)
    except InputError:
        raise
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise InputError(f"{path} is no sound XML file: {first_line(error)}") from error
