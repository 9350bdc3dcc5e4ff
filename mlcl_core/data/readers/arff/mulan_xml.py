"""Mulan's XML file of labels, which stands beside an .arff: found, and read without entities or document types."""

from pathlib import Path
from xml.parsers import expat

from mlcl_core.data.readers.arff.grammar import shown
from mlcl_core.data.readers.beside import file_beside, is_file, not_outside
from mlcl_core.data.readers.named import set_name
from mlcl_core.data.readers.record import first_line
from mlcl_core.errors import InputError

MAX_XML = 16_000_000  # bytes: names of 100,000 labels and then some


def find_xml(path: Path, xml: str) -> Path | None:
    """The XML file of an .arff.

    Args:
        path: The .arff.
        xml: A path inside its folder; empty: the XML file of the same name, or else of the name without ``-train``,
            ``-test``, ``-validation`` at its end, as one file serves all parts of a set.

    Returns:
        The XML file; None where ``xml`` is empty and there is no such file.

    Raises:
        InputError: ``xml`` leads out of the folder, by its name or by a link, or names no file.
    """
    if xml:
        return file_beside(path, xml, "xml, which must name Mulan's file of labels")
    file = _beside(path)
    return not_outside(file, path) if is_file(file) else None


def _beside(path: Path) -> Path:
    files = [path.with_name(f"{name}.xml") for name in (path.stem, set_name(path.stem))]
    return next((file for file in files if file.is_file()), files[0])


def read_xml(file: Path) -> list[str]:
    """The names in Mulan's XML file: ``<label name=...>``, which may be nested, in ``<labels>``.

    Raises:
        InputError: A longer file than ``MAX_XML``, other elements, a document type, no sound XML, no label.
    """
    if file.stat().st_size > MAX_XML:
        raise InputError(f"{file} is {file.stat().st_size:,} bytes long; a file of labels has at most {MAX_XML:,}")
    needed = "it must hold <labels> and in it <label name=...>"
    names: list[str] = []
    root: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")

    def doctype(*_: object) -> None:
        raise InputError(f"{file}: line {parser.CurrentLineNumber} declares a document type; {needed}, and no DOCTYPE")

    def element(tag: str, attributes: dict[str, str]) -> None:
        local = tag.rpartition(" ")[2]
        if local != ("label" if root else "labels"):
            raise InputError(f"{file}: line {parser.CurrentLineNumber} has <{shown(local)[1:-1]}>; {needed}")
        if root and "name" not in attributes:
            raise InputError(f"{file}: line {parser.CurrentLineNumber} has a label without a name; {needed}")
        (names if root else root).append(attributes.get("name", ""))

    # entities, which may expand without end or name other files, can be declared nowhere else
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = element
    try:
        parser.Parse(file.read_bytes(), True)
    except InputError:
        raise
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise InputError(f"{file} is no sound XML file: {first_line(error)}") from error
    if not names:
        raise InputError(f"{file} names no label; {needed}")
    return names
