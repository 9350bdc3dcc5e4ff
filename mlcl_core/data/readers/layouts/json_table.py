"""Pictures and a JSON file whose objects name them: of FiftyOne, Label Studio, or of any program."""

from contextlib import suppress
from pathlib import Path

from mlcl_core.data.readers.json_rows import JSON, ROWS_KINDS
from mlcl_core.data.readers.json_rows.content import content_of
from mlcl_core.data.readers.json_rows.format import kind_of
from mlcl_core.data.readers.layouts.record import Layout, Members
from mlcl_core.data.readers.layouts.table_beside import MAX_TABLE
from mlcl_core.data.readers.text_file import TextFile
from mlcl_core.data.tables.head import TableFile
from mlcl_core.data.tables.reader import LocatedTable
from mlcl_core.data.tables.saved import ENDING as SAVED
from mlcl_core.errors import InputError

MOST = 10  # files that are looked at


def find(members: Members) -> LocatedTable | None:
    """The rows of the only JSON file beside the pictures that names them, or that is of a known program.

    Raises:
        InputError: Several such files.
    """
    names = [one for one in members.read.top() if one.lower().endswith(".json") and not one.endswith(SAVED)]
    if not 0 < len(names) <= MOST:
        return None
    found = [name for name in names if _names_pictures(members, name)]
    if len(found) > 1:
        raise InputError(f"{members.path} holds {len(found)} tables ({', '.join(found)}); leave one of them there")
    if not found:
        return None
    path = members.path / found[0]
    raw = members.contents(found[0], MAX_TABLE)
    return LocatedTable(JSON, TableFile(path, raw, members.read))


def _names_pictures(members: Members, name: str) -> bool:
    with suppress(InputError, UnicodeDecodeError):
        text = TextFile(Path(name), "utf-8-sig", 0, 0, members.contents(name, MAX_TABLE))
        content = content_of(text, lambda first: kind_of(ROWS_KINDS, first) is not None)
        values = (value for record in content.first for value in record.values() if isinstance(value, str))
        return kind_of(ROWS_KINDS, content.first) is not None or any(value in members.sizes for value in values)
    return False


JSON_TABLE = Layout("json_table", "a JSON file that names the pictures", find, JSON.params)
