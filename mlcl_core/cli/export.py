"""``mlcl export``: a run, the quiz's answers, or teacher's sheets as a file; the dashboard's formats come lazily."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from mlcl_core.cli.printing import print_json, say
from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_to_read
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store

DESCRIPTION = """Write the watched items of a run at one step, the whole run as a replay, or what it has learnt.

--what items (the default): the ending of FILE says what is written:
  .parquet   a table: id, split, labels, text, x, y, z0.., h0..; labels are lists of names
  .csv       the same as text, UTF-8; labels are JSON lists, as ["sea", "sun"]. A name or text that a spreadsheet
             would read as a formula gets a zero-width character in front; in a label its first sign is a JSON
             escape, which a JSON reader reads as it was. The origin stands beside the table, in FILE.csv.json
  .npz       NumPy arrays, none of them pickled: id, split, labels (a matrix of 0 and 1), label_names, text, x, y, z, h
  .html      a replay: one file that plays the run in a browser, without a server or a network
The origin (run, step, map, digest of the configuration, versions) is in the file's metadata. `mlcl data FILE --set
text=none ignore=text,x,y,h*` reads the vectors z of a table back, labels and splits included.

Of a checkpoint (the last one, that of --at STEP, or --best) and of all items, not only the watched ones:
  --what embeddings  a table (.parquet, .csv, .npz): id, split, labels, text, z0.., h0.., in 32 bits
  --what probe       a table, one row a label: bias, threshold, C, and the weight of each feature of h; means and
                     deviations of the features stand in the origin, and in .npz as arrays
  --what encoder     a folder. Texts: sentence-transformers opens it, and gives h, or with --space z the output of the
                     projection head. Others: mlcl_core.engine.encoder_folder.load_encoder opens it, and gives both;
                     a model of the transformers library is in its folder `pretrained`. README.md says how

Of no run:
  --what quiz        a table (.csv, .parquet, .npz), one row for each quiz handed in on the page Learn; docs/quiz.md
  --what sheets      a page (.html) to print: for the teacher a sheet of each lesson with its answers; docs/teaching.md
"""
EPILOG = "A step without a frame is refused, and the nearest steps are named; --at says at which step a replay opens."
ITEMS, QUIZ, SHEETS = "items", "quiz", "sheets"
WHAT = (ITEMS, "embeddings", "probe", "encoder", QUIZ, SHEETS)
SPACES = ("h", "z")


def export(options: argparse.Namespace) -> int:
    """``mlcl export``."""
    if options.what in (QUIZ, SHEETS):
        told = _export_of_no_run(options)
    else:
        told = _export_run(options)
    if options.json:
        print_json(told)
        return 0
    for line in _lines(told):
        say(line)
    return 0


def _export_of_no_run(options: argparse.Namespace) -> dict[str, Any]:
    """The answers of all to the quiz, or the sheets of all lessons; what belongs to a run is refused."""
    of_a_run = {"RUN": options.run, "--at": options.at, "--best": options.best or None}
    of_a_run |= {"--space": options.space, "--map": options.map}
    for name, given in of_a_run.items():
        if given is not None:
            raise InputError(f"--what {options.what} belongs to no run: leave {name} out")
    if options.what == SHEETS:
        from dashboard.export.sheets import export_sheets

        return export_sheets(Path(options.to), home=options.home, force=options.force)
    from dashboard.quiz.export import export_answers

    return export_answers(Path(options.to), home=options.home, force=options.force)


def _export_run(options: argparse.Namespace) -> dict[str, Any]:
    if options.run is None:
        raise InputError(f"name a run: mlcl export RUN --to FILE; without one there are --what {QUIZ} and {SHEETS}")
    run = Store(home_to_read(options.home)).run(options.run)
    if options.map is not None and options.what != ITEMS:
        raise InputError(f"--map is of the watched items; {options.what} has no map")
    if options.best and (options.what == ITEMS or options.at is not None):
        raise InputError("--best chooses a checkpoint for embeddings, probe or encoder, in place of --at")
    if options.space is not None and options.what != "encoder":
        raise InputError(f"--space is of an encoder of texts; --what is {options.what}")
    return _export(run, options)


def _export(run: Run, options: argparse.Namespace) -> dict[str, Any]:
    path, at, force = Path(options.to), options.at, options.force
    if options.what == ITEMS:
        from dashboard.export.run import export_run

        return export_run(run, path, step=at, map_name=options.map, force=force)
    from dashboard.export.learnt import export_encoder, export_learnt_table

    with _encoding_bar(hidden=options.json) as shown:
        which: dict[str, Any] = {"step": at, "best": options.best, "force": force, "on_progress": shown}
        if options.what == "encoder":
            return export_encoder(run, path, space=options.space, **which)
        return export_learnt_table(run, options.what, path, **which)


@contextmanager
def _encoding_bar(*, hidden: bool) -> Iterator[Any]:
    """Show on stderr how far it is, with items to encode or checkpoints to choose from."""
    with tqdm(disable=hidden or None, delay=1.0, leave=False, dynamic_ncols=True, unit="item") as bar:

        def show(done: int, total: int, phase: str) -> None:
            bar.set_description_str(phase, refresh=False)
            bar.total = total
            bar.update(done - bar.n)

        yield show


def _lines(told: dict[str, Any]) -> list[str]:
    names = " and ".join(told["files"])
    size = f"{told['bytes'] / 1e6:,.1f} MB" if told["bytes"] >= 1e5 else f"{told['bytes'] / 1e3:,.1f} KB"
    return [f"{names}: {told['items']:,} items, {told['what']}, {size}", *told["said"]]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description, parser.epilog = DESCRIPTION, EPILOG
    parser.add_argument("run", nargs="?", metavar="RUN", help="id or name of the run")
    parser.add_argument("--what", choices=WHAT, default=ITEMS, help="what is written (default: items)")
    parser.add_argument("--at", type=int, metavar="STEP", help="the step of a frame or checkpoint (default: the last)")
    parser.add_argument("--best", action="store_true", help="the checkpoint that is best on validation items")
    parser.add_argument(
        "--to", required=True, metavar="FILE", help="the file, whose ending is the format; or the folder"
    )
    parser.add_argument("--space", choices=SPACES, help="of an encoder of texts: h (default) or z")
    parser.add_argument("--map", metavar="NAME", help="the map of x and y, and of a replay (default: pca)")
    parser.add_argument("--force", action="store_true", help="replace a file that exists")
