"""``mlcl export``: a run as a file. Beside ``app``, the command that imports the dashboard, which has the formats."""

import argparse
from pathlib import Path
from typing import Any

from mlcl_core.cli.printing import print_json, say
from mlcl_core.home_directory import home_to_read
from mlcl_core.runs.store import Store

DESCRIPTION = """Write the watched items of a run at one step, or the whole run as a replay, into one file.

The ending of FILE says what is written:
  .parquet   a table: id, split, labels, text, x, y, z0.., h0..; labels are lists of names
  .csv       the same as text, UTF-8; labels are JSON lists, as ["sea", "sun"]. A name or text that a spreadsheet
             would read as a formula gets a zero-width character in front; in a label its first sign is a JSON
             escape, which a JSON reader reads as it was. The origin stands beside the table, in FILE.csv.json
  .npz       NumPy arrays, none of them pickled: id, split, labels (a matrix of 0 and 1), label_names, text, x, y, z, h
  .html      a replay: one file that plays the run in a browser, without a server or a network
The origin (run, step, map, digest of the configuration, versions) is in the file's metadata. `mlcl data FILE --set
text=none ignore=text,x,y,h*` reads the vectors z of a table back, labels and splits included.
"""
EPILOG = "A step without a frame is refused, and the nearest steps are named; --at says at which step a replay opens."


def export(options: argparse.Namespace) -> int:
    """``mlcl export``."""
    from dashboard.export.run import export_run

    run = Store(home_to_read(options.home)).run(options.run)
    told = export_run(run, Path(options.to), step=options.at, map_name=options.map, force=options.force)
    if options.json:
        print_json(told)
        return 0
    for line in _lines(told):
        say(line)
    return 0


def _lines(told: dict[str, Any]) -> list[str]:
    names = " and ".join(told["files"])
    size = f"{told['bytes'] / 1e6:,.1f} MB" if told["bytes"] >= 1e5 else f"{told['bytes'] / 1e3:,.1f} KB"
    return [f"{names}: {told['items']:,} items, {told['what']}, {size}", *told["said"]]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description, parser.epilog = DESCRIPTION, EPILOG
    parser.add_argument("run", metavar="RUN", help="id or name of the run")
    parser.add_argument("--at", type=int, metavar="STEP", help="the step of a frame (default: the last frame)")
    parser.add_argument("--to", required=True, metavar="FILE", help="the file; its ending is the format")
    parser.add_argument("--map", metavar="NAME", help="the map of x and y, and of a replay (default: pca)")
    parser.add_argument("--force", action="store_true", help="replace a file that exists")
