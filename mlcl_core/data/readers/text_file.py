"""Text files: their encoding, told, in UTF-8 or found by a detector, and their numbers of lines and quotes."""

import codecs
import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from charset_normalizer import from_bytes

from mlcl_core.data.progress import progress
from mlcl_core.data.readers.record import first_line
from mlcl_core.errors import InputError

CHUNK = 1 << 24
SAMPLE = 1 << 18  # bytes that an encoding is found from, around the first that is no UTF-8
WINDOWS, WESTERN = "cp125", "cp1252"
OTHER_PAGES = ("cp4", "cp7", "cp8", "cp1006", "cp1125", "mac_", "iso8859", "latin", "hp_roman", "ptcp", "kz1048")
ALIKE = 0.01  # difference of two messes that are none
CLOSE = 0.03  # difference of two coherences that says nothing
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True)
class TextFile:
    """A file of text, decoded once.

    Args:
        path: Named in errors.
        encoding: As Python calls it; a byte order mark is not part of the text.
        lines: The number of lines.
        quotes: The number of double quotes.
        raw: The contents, where the file is in an archive.
        said: How the encoding was found, where it is not UTF-8 or UTF-16.
    """

    path: Path
    encoding: str
    lines: int
    quotes: int
    raw: bytes | None
    said: tuple[str, ...] = ()

    def opened(self) -> io.TextIOWrapper:
        """The text, with its line ends."""
        return io.TextIOWrapper(open_bytes(self.path, self.raw), encoding=self.encoding, newline="")

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.path.stat().st_size if self.raw is None else len(self.raw)

    @property
    def plain_encoding(self) -> str:
        """The encoding without the mark: ``utf-8``, ``utf-16``, ``cp1252``, ..."""
        return "utf-8" if self.encoding == "utf-8-sig" else self.encoding


class WatchedFile(io.FileIO):
    """A file that reports progress whenever it is read."""

    def read(self, size: int | None = -1, /) -> bytes:
        """As ``FileIO.read``."""
        progress()
        return super().read(-1 if size is None else size)


def open_bytes(path: Path, raw: bytes | None) -> io.BufferedReader | io.BytesIO:
    """The bytes of a file, or of a member of an archive."""
    return path.open("rb") if raw is None else io.BytesIO(raw)


def text_file(path: Path, raw: bytes | None = None, encoding: str = "") -> TextFile:
    """Decode a whole file once.

    Args:
        path: The file.
        raw: Its contents, where it is in an archive.
        encoding: Told; empty: UTF-8 or UTF-16 by its mark, else UTF-8, else what the detector finds.

    Raises:
        InputError: An encoding that Python does not know or in which the bytes are no text (line and byte named), or a
            zero byte.
    """
    if raw is not None:
        return _decoded_file(path, raw, encoding)
    try:
        stat = path.stat()
    except OSError as error:
        raise InputError(f"{path} can't be read: {first_line(error)}") from error
    return _same_file(path, encoding, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=1)
def _same_file(path: Path, encoding: str, changed: int, size: int) -> TextFile:
    """The file as decoded a moment ago: its first rows are read before all are."""
    del changed, size
    return _decoded_file(path, None, encoding)


def _decoded_file(path: Path, raw: bytes | None, encoding: str) -> TextFile:
    if encoding:
        return _told(path, raw, encoding)
    start = _start(path, raw)
    mark, name = next(((mark, name) for mark, name in MARKS if start.startswith(mark)), (b"", "utf-8"))
    try:
        lines, quotes = _decode(path, raw, name, len(mark))
    except _NoText as error:
        if mark or error.zero_byte:
            raise InputError(str(error)) from error
        return _found(path, raw, error)
    return TextFile(path, "utf-16" if "16" in name else "utf-8-sig", lines, quotes, raw)


class _NoText(Exception):
    """Bytes that are no text in an encoding."""

    def __init__(self, message: str, offset: int, *, zero_byte: bool = False, cut: bool = False) -> None:
        super().__init__(message)
        self.offset, self.zero_byte, self.cut = offset, zero_byte, cut


def _told(path: Path, raw: bytes | None, encoding: str) -> TextFile:
    try:
        info = codecs.lookup(encoding)
    except (LookupError, ValueError):
        info = None
    if info is None or not getattr(info, "_is_text_encoding", True):
        raise InputError(f"encoding is {encoding[:40]!r}; it must be one such as utf-8, utf-16, cp1252 or shift_jis")
    name = "utf-8-sig" if info.name == "utf-8" else info.name
    try:
        lines, quotes = _decode(path, raw, name, 0)
    except _NoText as error:
        raise InputError(str(error)) from error
    return TextFile(path, name, lines, quotes, raw)


def _found(path: Path, raw: bytes | None, error: _NoText) -> TextFile:
    """The file in the encoding that the detector finds around the first byte that is no UTF-8."""
    start = max(0, error.offset - SAMPLE // 2)
    with open_bytes(path, raw) as file:
        file.seek(start)
        sample = file.read(SAMPLE)
    # where UTF-8 goes before, or the file ends within a character, it is UTF-8 and damaged
    damaged = not sample[: error.offset - start].isascii() or error.cut
    found = None if damaged else _likely(sample)
    if found is None or found in ("ascii", "utf_8"):
        raise InputError(str(error)) from error
    name = codecs.lookup(found).name
    try:
        lines, quotes = _decode(path, raw, name, 0)
    except _NoText:
        raise InputError(str(error)) from error
    around = sample[max(0, error.offset - start - 20) : error.offset - start + 20].decode(name, "replace")
    shown = next((word for word in around.split() if not word.isascii()), around.strip())
    said = f"the file is no UTF-8; it is read as {name}, as in {shown!r} (encoding=... names another)"
    return TextFile(path, name, lines, quotes, raw, (said,))


def _likely(sample: bytes) -> str | None:
    """The encoding that the detector finds; of several that fit alike, a code page of Windows, the western before all.

    Short texts fit several single-byte code pages equally well, in any order.
    """
    matches = from_bytes(sample)
    best = matches.best()
    if best is None:
        return None
    alike = {one.encoding: one.coherence for one in matches if one.chaos <= best.chaos + ALIKE}
    windows = {name: coherence for name, coherence in alike.items() if name.startswith(WINDOWS)}
    found = best.encoding
    if windows and (found in windows or found.startswith(OTHER_PAGES)):
        found = max(windows, key=lambda name: windows[name])
        if windows.get(WESTERN, -1.0) >= windows[found] - CLOSE:
            found = WESTERN
    return found


def _start(path: Path, raw: bytes | None) -> bytes:
    try:
        with open_bytes(path, raw) as file:
            return file.read(4)
    except OSError as error:
        raise InputError(f"{path} can't be read: {first_line(error)}") from error


def _decode(path: Path, raw: bytes | None, encoding: str, skip: int) -> tuple[int, int]:
    """The numbers of lines and of double quotes; where bytes are no text, pyarrow would read cells of bytes."""
    lines = quotes = 0
    last = "\n"
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with open_bytes(path, raw) as file:
            file.seek(skip)
            more = True
            while more:
                chunk = file.read(CHUNK)
                progress()
                more = bool(chunk)
                offset = file.tell() - len(chunk) - len(decoder.getstate()[0])
                plain = encoding.startswith("utf-8") and chunk.isascii() and not decoder.getstate()[0]
                if plain and chunk and b"\0" not in chunk:
                    # the same, several times faster
                    lines, quotes, last = lines + chunk.count(b"\n"), quotes + chunk.count(b'"'), chr(chunk[-1])
                    continue
                decoded = _decoded(decoder, chunk, encoding, offset, lines, path)
                lines, quotes = lines + decoded.count("\n"), quotes + decoded.count('"')
                last = decoded[-1:] or last
    except OSError as error:
        raise InputError(f"{path} can't be read: {first_line(error)}") from error
    return lines + (last != "\n"), quotes


def _decoded(
    decoder: codecs.IncrementalDecoder, chunk: bytes, encoding: str, offset: int, lines: int, path: Path
) -> str:
    try:
        decoded = decoder.decode(chunk, final=not chunk)
    except UnicodeError as error:
        if not isinstance(error, UnicodeDecodeError):
            raise _NoText(f"{path} is no {encoding}: {first_line(error)}", offset) from error
        line = lines + 1 + error.object[: error.start].decode(encoding, "replace").count("\n")
        place = f"line {line} (byte {offset + error.start})"
        name = encoding.removesuffix("-sig").removesuffix("-le").removesuffix("-be").upper()
        wrong = f"{path}: {place} is no {name}; save the file in UTF-8"
        raise _NoText(wrong, offset + error.start, cut=not chunk) from error
    if "\0" in decoded:
        line = lines + 1 + decoded[: decoded.index("\0")].count("\n")
        wrong = f"{path}: line {line} holds a zero byte: no text, or UTF-16 without its mark; save it in UTF-8"
        raise _NoText(wrong, offset, zero_byte=True)
    return decoded
