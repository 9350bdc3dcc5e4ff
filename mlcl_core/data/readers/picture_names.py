"""Where the pictures are that an export names: exports and pictures are packed and moved in many ways."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from mlcl_core.data.pictures import ENDINGS
from mlcl_core.errors import InputError


class PictureNames:
    """The pictures of a folder or an archive, found by what an export calls them.

    Args:
        names: All files, relative to the folder or the archive.
        export: The file that names pictures, relative to it too.
    """

    def __init__(self, names: Iterable[str], export: str) -> None:
        """Nothing is looked up yet."""
        self.names = frozenset(names)
        self.folder = export.rpartition("/")[0]

    def located(self, name: str, what: str) -> str:
        """The file of a picture; the name itself where there is no such file.

        It is looked for in the folder of the export, from the top, and then in any folder.

        Args:
            name: As the export has it.
            what: Begins the error.

        Raises:
            InputError: Several files fit.
        """
        plain = name.replace("\\", "/").removeprefix("./")
        for place in (f"{self.folder}/{plain}" if self.folder else plain, plain):
            if place in self.names:
                return place
        found = [place for place in self._by_name[plain.rpartition("/")[2]] if place.endswith(f"/{plain}")]
        if len(found) > 1:
            raise InputError(f"{what} {name[:200]!r} is several files: {', '.join(found[:3])}")
        return found[0] if found else name

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self.names):
            if name.lower().endswith(ENDINGS):
                found[name.rpartition("/")[2]].append(name)
        return found
