"""Users' pictures with labels, in folders, archives and tables: what is read, and what is refused."""

import csv
import io
import os
import struct
import unicodedata
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from mlcl_core.data import load_data
from mlcl_core.data.readers import READERS, members, parquet
from mlcl_core.data.readers.layouts import table_beside
from mlcl_core.errors import InputError

COUNT = 12
LABELS = ["sea;sun", "sun", "", "fog", "sea", "fog;sun", "sea;fog", "sun", "fog", "sea;sun", "", "sea"]
SPLIT = ["train"] * 8 + ["test"] * 4


def encoded(row: int, kind: str = "PNG") -> bytes:
    """A picture of noise."""
    noise = np.random.default_rng(row).integers(0, 256, (24 + row, 40, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, kind)
    return file.getvalue()


NAMES = [f"{'ab'[row % 2]}/{row}.{'png' if row % 3 else 'jpg'}" for row in range(COUNT)]
RAWS = {name: encoded(row, "PNG" if row % 3 else "JPEG") for row, name in enumerate(NAMES)}


def table_of(names: list[str] = NAMES, **columns) -> bytes:
    """A table in CSV; None removes a column."""
    count = len(names)
    fields = {"file_name": names, "labels": (LABELS * count)[:count], **columns}
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    kept = {name: values for name, values in fields.items() if values is not None}
    writer.writerow(kept)
    writer.writerows(zip(*kept.values(), strict=True))
    return file.getvalue().encode()


def in_folder(place: Path, files: dict[str, bytes]) -> Path:
    """A folder of files."""
    for name, raw in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    return place


def in_zip(path: Path, files: dict[str, bytes], top: str = "") -> Path:
    """An archive of files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in files.items():
            archive.writestr(top + name, raw)
    return path


WHOLE = {"metadata.csv": table_of(split=SPLIT), **RAWS}


def refused(path: Path, message: str, **params) -> None:
    """Check that a file is refused in one line that names it."""
    with pytest.raises(InputError, match=message) as caught:
        load_data(path, **params)
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)


def test_the_same_in_every_form(tmp_path):
    """A folder, archives, Parquet with bytes, and tables beside the pictures give identical data."""
    folder = in_folder(tmp_path / "mine", WHOLE)
    carried = [[word for word in cell.split(";") if word] for cell in LABELS]
    beside = {"labels": carried, "split": SPLIT}
    raws = [RAWS[name] for name in NAMES]
    structs = [{"bytes": raw, "path": name} for name, raw in RAWS.items()]
    forms = {
        "table": folder / "metadata.csv",
        "zip": in_zip(tmp_path / "mine.zip", WHOLE),
        "zip with a folder": in_zip(tmp_path / "top.zip", WHOLE, "my pictures/"),
    }
    tables = {
        "bytes": {"image": pa.array(raws)} | beside,
        "large bytes": {"picture": pa.array(raws, pa.large_binary())} | beside,
        "structs": {"image": structs} | beside,
        "names": {"path": NAMES} | beside,
        "names and bytes": {"file_name": ["x.png"] * COUNT, "image": raws} | beside,
        "structs without bytes": {"image": [{"bytes": None, "path": name} for name in NAMES]} | beside,
    }
    for name, columns in tables.items():
        forms[name] = folder / f"{name}.parquet"
        pq.write_table(pa.table(columns), forms[name], row_group_size=5)
    # of several tables, the one with the right name is used
    forms["folder"] = folder
    forms["Parquet in a zip"] = in_zip(tmp_path / "parquet.zip", {"t.parquet": forms["names"].read_bytes(), **RAWS})

    wanted = load_data(folder)
    assert (wanted.kind, wanted.name, len(wanted)) == ("picture", "mine", COUNT)
    assert wanted.items.shape == (COUNT, 3, 64, 64)
    assert wanted.label_names == ("fog", "sea", "sun")
    assert wanted.labels.dense()[2].sum() == 0
    for name, path in forms.items():
        found = load_data(path)
        assert torch.equal(found.items, wanted.items), name
        assert torch.equal(found.labels.dense(), wanted.labels.dense()), name
        assert found.label_names == wanted.label_names
        assert found.split.tolist() == wanted.split.tolist()
        assert found.originals.digest(range(COUNT)) == wanted.originals.digest(range(COUNT)), name
        assert found.originals[3].size == (40, 27)


class TestColumns:
    """The column of pictures."""

    @pytest.mark.parametrize("name", ["file", "file_name", "Filename", "image", "PICTURE", "path", "img"])
    def test_by_its_name(self, tmp_path, name):
        """Columns with names for pictures hold pictures if their cells look like it; the files name the items."""
        files = {"t.csv": table_of(**({"file_name": None} | {name: NAMES})), **RAWS}
        data = load_data(in_folder(tmp_path, files))
        assert data.kind == "picture"
        assert data.item_names == tuple(NAMES)

    def test_by_option(self, tmp_path):
        """An option names any column, even of file names without an ending."""
        files = {name.replace(".", "-"): raw for name, raw in RAWS.items()}
        files["t.tsv"] = table_of(list(files), id=range(COUNT)).replace(b",", b"\t")
        folder = in_folder(tmp_path, files)
        data = load_data(folder, picture="file_name")
        assert data.item_names == tuple(map(str, range(COUNT)))
        refused(folder, "no column 'nothing'", picture="nothing")

    def test_numbers_stay_numbers(self, tmp_path):
        """Numbers in columns called image, file or path are features, with gaps as NaN."""
        rows = [f"{row},NA,{row % 2}" if row == 3 else f"{row},{row * 2}.5,{row % 2}" for row in range(9)]
        (tmp_path / "t.csv").write_text("\n".join(["image,path,sea", *rows]))
        loaded = READERS["csv"].read(tmp_path / "t.csv")
        assert loaded.feature_names == ("image", "path")
        assert np.isnan(loaded.x[3, 1])
        columns = {"file": [1.5, 2, 3], "sea": [1, 0, 1]}
        pq.write_table(pa.table(columns), tmp_path / "t.parquet")
        assert READERS["parquet"].read(tmp_path / "t.parquet").x.tolist() == [[1.5], [2], [3]]

    @pytest.mark.parametrize("cells", [["a.txt", "b.txt"], ["http://x/a.png", "http://x/b.png"]])
    def test_other_names_are_no_pictures(self, tmp_path, cells):
        """Names of other files and URLs are names of the items."""
        (tmp_path / "t.csv").write_bytes(table_of(cells, p=[1, 2]))
        assert READERS["csv"].read(tmp_path / "t.csv", separator=";").item_names == tuple(cells)

    def test_labels_at_the_end(self, tmp_path):
        """Beside pictures, columns of 0 and 1 at the end are labels and all others are ignored."""
        ones = [row % 2 for row in range(COUNT)]
        table = table_of(labels=None, year=range(COUNT), sea=ones, sun=ones[::-1])
        data = load_data(in_folder(tmp_path, {"t.csv": table, **RAWS}))
        assert data.label_names == ("sea", "sun")

    def test_texts_and_pictures(self, tmp_path):
        """With both, the pictures are the items, unless the option text says otherwise."""
        folder = in_folder(tmp_path, {"t.csv": table_of(text=["some words"] * COUNT), **RAWS})
        assert load_data(folder).kind == "picture"
        assert load_data(folder, text="text", rows="item").kind == "text"
        refused(folder, "options text and picture are both given", text="text", picture="file_name")


UNICODE = ["é.png", "日本語/写真 1.png", "שלום.png", "👩‍👩‍👧.png", "a'b;c.png", "=cmd.png", "ñandú.PNG", " a b .png"]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_in_any_script(tmp_path, form):
    """Names in any script and either normal form, in a folder and in an archive."""
    names = [name.strip() for name in UNICODE]
    table = table_of([unicodedata.normalize(form, name) for name in names])
    stored = {unicodedata.normalize("NFD" if form == "NFC" else "NFC", n): encoded(r) for r, n in enumerate(names)}
    folder = in_folder(tmp_path / "f", {"metadata.csv": table, **stored})
    archive = in_zip(tmp_path / "f.zip", {"metadata.csv": table, **stored})
    assert torch.equal(load_data(folder).items, load_data(archive).items)


def test_utf8_names_that_do_not_say_so(tmp_path):
    """Names in UTF-8 that the archive does not declare as such, as macOS writes them, are read."""
    path = in_zip(tmp_path / "a.zip", {"metadata.csv": table_of(["é.png"] * 9), "é.png": encoded(0)})
    raw = bytearray(path.read_bytes())
    for signature, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        start = raw.find(signature)
        while start >= 0:
            flags = struct.unpack_from("<H", raw, start + place)[0]
            struct.pack_into("<H", raw, start + place, flags & ~members.UTF_8)
            start = raw.find(signature, start + 4)
    path.write_bytes(raw)
    assert len(load_data(path, rows="item", separator=";")) == 9


def test_what_is_allowed(tmp_path):
    """Allowed are a picture in several rows, backslashes, hidden files, files of macOS, and links inside the folder."""
    names = [NAMES[0].replace("/", "\\"), f"./{NAMES[0]}", NAMES[0], "linked.jpg"] * 3
    files = {"metadata.csv": table_of(names), **RAWS, ".hidden.csv": b"", "._metadata.csv": b"\0"}
    folder = in_folder(tmp_path / "f", files)
    (folder / "linked.jpg").symlink_to(folder / NAMES[0])
    data = load_data(folder, rows="item")
    assert (data.items == data.items[0]).all()
    assert data.split.tolist().count("test") > 0
    files |= {"linked.jpg": RAWS[NAMES[0]], "__MACOSX/._metadata.csv": b"\0", ".DS_Store": b"\0"}
    path = in_zip(tmp_path / "f.zip", {f"top/{name}": raw for name, raw in files.items() if name[0] != "_"})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("__MACOSX/top/._metadata.csv", b"\0")
        archive.writestr("top/", b"")
    assert torch.equal(load_data(path, rows="item").items, data.items)


def changed(files: dict[str, bytes] | None = None, **names: str) -> dict[str, bytes]:
    """The sound files with some replaced; ``row4="x"`` names another file in that row."""
    named = list(NAMES)
    for row, name in names.items():
        named[int(row.removeprefix("row"))] = name
    return {**WHOLE, "metadata.csv": table_of(named), **(files or {})}


BAD = {
    "a missing file": (changed(row4="a/none.png"), "picture 'a/none.png' at row 4 is missing: there is no such file"),
    "an empty cell": (changed(row4=""), "row 4, column 'file_name' is empty; every row needs a picture"),
    "a truncated picture": (changed({NAMES[5]: RAWS[NAMES[5]][:999]}), "'b/5.png' at row 5 is truncated or damaged"),
    "a text called .png": (changed({NAMES[5]: b"hello"}), "'b/5.png' at row 5 is no picture that can be read"),
    "0 bytes": (changed({NAMES[5]: b""}), r"'b/5.png' at row 5 is empty \(0 bytes\)"),
    "a way out": (changed(row4="../x.png"), "'../x.png' at row 4 leads out of its folder"),
    "a way out, later": (changed(row4="a/../../x.png"), "leads out of its folder"),
    "a way out by backslashes": (changed(row4="a\\..\\..\\x.png"), "leads out of its folder"),
    "an absolute path": (changed(row4="/etc/x.png"), "'/etc/x.png' at row 4 is an absolute path"),
    "a drive letter": (changed(row4="C:\\x.png"), "at row 4 is an absolute path"),
    "a share": (changed(row4="\\\\server\\x.png"), "at row 4 is an absolute path"),
    "a folder": ({**WHOLE, "metadata.csv": table_of(["a", *NAMES[1:]])}, "'a' at row 0 is (no file|missing)"),
    "a long name": (changed(row4="x" * 5000 + ".png"), r"picture 'x{197}\.\.\.' at row 4 is missing"),
    "no table": (
        {name.replace("/", "-"): raw for name, raw in RAWS.items()},
        r"holds no table \(\.csv, ",
    ),
    "several tables": (
        {**RAWS, "one.csv": b"", "two.csv": b""},
        r"holds 2 tables \(one\.csv, two\.csv\); call one of them metadata, labels or table",
    ),
    "several by the right name": ({**WHOLE, "labels.csv": b""}, "holds 2 tables"),
    "an empty table": ({**WHOLE, "metadata.csv": b""}, r"metadata\.csv is empty"),
    "a table of no text": ({**WHOLE, "metadata.csv": b"a\0b"}, r"metadata\.csv: line 1 holds a zero byte"),
    "a short row": ({**WHOLE, "metadata.csv": b"file_name,labels\n1.png,a\n2.png\n"}, "line 3 has 1 cell; the header"),
    "a damaged Parquet": ({**RAWS, "metadata.parquet": b"PAR1 no PAR1"}, "damaged or not a Parquet file"),
    "no labels": ({**WHOLE, "metadata.csv": table_of(labels=None)}, "has no column of labels"),
}


@pytest.mark.parametrize("form", ["folder", "zip"])
@pytest.mark.parametrize("case", BAD)
def test_refuses(tmp_path, case, form):
    """Anything wrong with a table or its pictures is one line with file and row, and nothing is written."""
    files, message = BAD[case]
    path = in_folder(tmp_path / "mine", files) if form == "folder" else in_zip(tmp_path / "mine.zip", files)
    before = sorted(tmp_path.rglob("*"))
    refused(path, message, picture="" if "column 'file_name'" not in message else "file_name")
    assert sorted(tmp_path.rglob("*")) == before


def test_refuses_links_that_lead_out(tmp_path):
    """Links out of the folder are refused: of a picture, a folder or the table; and so is a link to itself."""
    (tmp_path / "outside.png").write_bytes(encoded(0))
    (tmp_path / "outside.csv").write_bytes(table_of())
    for name, target in {"x.png": "../outside.png", "loop.png": "loop.png", "up/outside.png": None}.items():
        folder = in_folder(tmp_path / name.partition("/")[0], changed(row4=name))
        if target is None:
            (folder / "up").symlink_to(tmp_path)
        else:
            (folder / name).symlink_to(target)
        refused(folder, f"{name!r} at row 4 (leads by a link out of the folder|is missing)")
    folder = in_folder(tmp_path / "t", RAWS)
    (folder / "metadata.csv").symlink_to(tmp_path / "outside.csv")
    refused(folder, "leads out of the folder by a link")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes among the files")
def test_a_pipe_does_not_hang(tmp_path):
    """Only regular files are opened."""
    folder = in_folder(tmp_path / "mine", changed(row4="pipe.png"))
    os.mkfifo(folder / "pipe.png")
    refused(folder, "'pipe.png' at row 4 is no file")


def test_refuses_a_large_file(tmp_path, monkeypatch, read_here):
    """A file, an entry of an archive and a cell beyond the limit are not read."""
    monkeypatch.setattr(members, "MAX_BYTES", 1000)
    message = r"row 0 is [\d,]+ bytes large; at most 1,000 are allowed"
    refused(in_folder(tmp_path / "mine", WHOLE), message)
    monkeypatch.setattr("mlcl_core.data.pictures.MAX_BYTES", 1000)
    pq.write_table(pa.table({"image": list(RAWS.values()), "labels": LABELS}), tmp_path / "mine.parquet")
    refused(tmp_path / "mine.parquet", message)


class TestArchives:
    """Errors that only an archive can have."""

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("../out.png", "leads out of its folder"),
            ("a/../../out.png", "leads out of its folder"),
            ("/etc/passwd", "is an absolute path"),
            ("C:/x.png", "is an absolute path"),
            ("..\\out.png", "leads out of its folder"),
        ],
    )
    def test_names_outside(self, tmp_path, name, message):
        """An entry named outside the archive is refused even if no row names it."""
        refused(in_zip(tmp_path / "mine.zip", WHOLE | {name: b"x"}), rf"mine\.zip: entry .* {message}")

    def test_links(self, tmp_path):
        """A link is refused, wherever it leads."""
        path = in_zip(tmp_path / "mine.zip", WHOLE)
        with zipfile.ZipFile(path, "a") as archive:
            entry = zipfile.ZipInfo("linked.png")
            entry.create_system, entry.external_attr = 3, 0o120777 << 16
            archive.writestr(entry, NAMES[0])
        refused(path, "entry 'linked.png' is a link; the file itself is needed")

    def test_encrypted(self, tmp_path):
        """An encrypted archive is refused."""
        path = in_zip(tmp_path / "mine.zip", WHOLE)
        raw = bytearray(path.read_bytes())
        place = raw.rfind(b"PK\1\2")
        raw[place + 8] |= 1
        path.write_bytes(raw)
        refused(path, r"entry 'b/11\.png' is encrypted; pack the archive without a password")

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
    def test_truncated(self, tmp_path, share):
        """A truncated archive, which has no list of entries, is refused."""
        path = in_zip(tmp_path / "mine.zip", WHOLE)
        raw = path.read_bytes()
        path.write_bytes(raw[: int(len(raw) * share)])
        refused(path, r"mine\.zip is truncated or no zip file")

    def test_no_zip(self, tmp_path):
        """An empty file and a file of another kind are refused."""
        for raw in (b"", b"hello", RAWS[NAMES[0]]):
            (tmp_path / "mine.zip").write_bytes(raw)
            refused(tmp_path / "mine.zip", "is truncated or no zip file")
        refused(in_zip(tmp_path / "empty.zip", {}), "holds no table")

    def test_damaged_entries(self, tmp_path):
        """With any byte of the archive changed, the same data is read or one error line is raised."""
        path = in_zip(tmp_path / "mine.zip", {"metadata.csv": table_of(["a.png"] * 9), "a.png": encoded(0)})
        raw, generator = path.read_bytes(), np.random.default_rng(2)
        path = tmp_path / "damaged.zip"
        refusals = 0
        for place in generator.choice(len(raw), 80, replace=False):
            path.write_bytes(raw[:place] + bytes([raw[place] ^ int(generator.integers(1, 256))]) + raw[place + 1 :])
            try:
                load_data(path)
            except InputError as error:
                refusals += 1
                assert "damaged.zip" in str(error)  # noqa: PT017
                assert "\n" not in str(error)  # noqa: PT017
        assert refusals > 50

    @pytest.mark.parametrize("name", ["metadata.csv", NAMES[4]])
    def test_ten_gigabytes_declared(self, tmp_path, name):
        """Ten kilobytes that declare ten gigabytes are not unpacked."""
        path = tmp_path / "mine.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for other, raw in WHOLE.items():
                archive.writestr(other, raw)
            archive.getinfo(name).file_size = 10_000_000_000
        refused(path, rf"{name}.* is 10,000,000,000 bytes large; at most")

    @pytest.mark.parametrize("name", ["metadata.csv", NAMES[4]])
    def test_more_than_declared(self, tmp_path, name):
        """A gigabyte that declares a thousand bytes is read no further than that."""
        path = tmp_path / "mine.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for other, raw in WHOLE.items():
                archive.writestr(other, bytes(20_000_000) if other == name else raw)
            archive.getinfo(name).file_size = 1000
        refused(path, rf"{name}.* is damaged in the archive")

    @pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_other_packings(self, tmp_path, packing):
        """Compression methods that can't be unpacked piece by piece are refused."""
        path = in_zip(tmp_path / "mine.zip", {name: raw for name, raw in WHOLE.items() if name != NAMES[4]})
        with zipfile.ZipFile(path, "a", packing) as archive:
            archive.writestr(NAMES[4], RAWS[NAMES[4]])
        refused(path, "at row 4 is packed by another method than deflate")

    def test_a_large_table(self, tmp_path, monkeypatch, read_here):
        """The table has its own limit."""
        monkeypatch.setattr(table_beside, "MAX_TABLE", 100)
        refused(in_zip(tmp_path / "mine.zip", WHOLE), r"metadata\.csv is \d+ bytes large; at most 100 are allowed")


PARQUET = {
    "an empty cell": ({"image": [RAWS[NAMES[0]], None] * 6}, r"picture at row 1 is empty \(0 bytes\)"),
    "a truncated cell": ({"image": [encoded(0), encoded(1), encoded(0)[:99]] * 4}, "picture at row 2 is truncated or"),
    "an absolute path": ({"image": [{"bytes": None, "path": "/etc/x.png"}] * 12}, "'/etc/x.png' at row 0 is an absolu"),
    "an empty struct": ({"image": [{"bytes": encoded(0), "path": None}, None] * 6}, r"picture at row 1 is empty"),
    "numbers": ({"image": range(12), "p": range(12)}, "column 'image' holds int64; pictures are names"),
    "other structs": (
        {"image": [{"x": 1, "y": 2}] * 12},
        "column 'image' holds struct<.*>; pictures are structs of by",
    ),
}


@pytest.mark.parametrize("case", PARQUET)
def test_refuses_parquet(tmp_path, case):
    """Anything wrong with pictures in cells is one line with file and row."""
    columns, message = PARQUET[case]
    pq.write_table(pa.table(columns | {"labels": LABELS}), tmp_path / "mine.parquet")
    refused(tmp_path / "mine.parquet", message, picture="image")


def test_refuses_too_many_bytes_in_parquet(tmp_path, monkeypatch, read_here):
    """A column of more pictures than the limit is refused before it is read."""
    monkeypatch.setattr(parquet, "MAX_ENCODED", 10_000)
    pq.write_table(pa.table({"image": list(RAWS.values()), "labels": LABELS}), tmp_path / "mine.parquet")
    refused(
        tmp_path / "mine.parquet", r"column 'image' holds [\d,]+ bytes of pictures or more; at most 10,000 are read"
    )


@pytest.mark.parametrize("cell", [bytes, dict])
def test_refuses_what_grows_while_it_is_read(tmp_path, monkeypatch, read_here, cell):
    """200 kB that a small file holds once, in each of 600 rows, are read no further than the limit."""
    monkeypatch.setattr(parquet, "MAX_ENCODED", 3_000_000)
    raw = encoded(0) + bytes(200_000)
    cells = [raw if cell is bytes else {"bytes": raw, "path": "x.png"}] * 600
    path = tmp_path / "mine.parquet"
    pq.write_table(pa.table({"image": cells, "labels": LABELS * 50}), path, dictionary_pagesize_limit=1 << 30)
    del cells
    assert path.stat().st_size < 300_000
    before, peak = pa.total_allocated_bytes(), pa.default_memory_pool().max_memory()
    refused(path, r"column 'image' holds 4,\d{3},\d{3} bytes of pictures or more; at most 3,000,000 are read")
    assert pa.default_memory_pool().max_memory() <= max(peak, before + 60_000_000)
