"""Small files as real programs write them, and what is right; their contents are invented."""

from pathlib import Path

HERE = Path(__file__).parent
SETS = {"cliff": 10, "dune": 16, "fog": 10, "reef": 10, "sea": 10, "sun": 12}
NUMBERED = {"0": 12, "1": 10, "2": 10, "3": 16, "4": 10, "5": 10}
WEATHER = {"Fog": 5, "Sea": 6, "Sun": 5}

# file -> items, label counts, options that are needed
RIGHT: dict[str, tuple[int, dict[str, int], dict[str, str]]] = {
    "int-lists.csv": (30, NUMBERED, {}),
    "one-plain-cell.csv": (
        30,
        {"cliff": 10, "dune": 16, "fog": 10, "reef": 9, "sea": 9, "sun": 11, "unknown": 1},
        {},
    ),
    "sets.csv": (30, SETS, {}),
    "multi-hot-cell.csv": (30, NUMBERED, {}),
    "space-tags.csv": (30, SETS, {}),
    "quoted-in-cell.csv": (30, {"milk": 14, "sugar": 14, "tea, black": 17, "tea, green": 15}, {}),
    "one-bool.csv": (30, {"label": 9}, {}),
    "one-bool.parquet": (30, {"label": 9}, {}),
    "class-label-lists.parquet": (30, {"cliff": 13, "dune": 6, "fog": 3, "reef": 10, "sea": 9, "sun": 4}, {}),
    "excel-sep.csv": (20, {"cliff": 10, "dune": 4, "fog": 2, "reef": 7, "sea": 5, "sun": 3}, {}),
    "true-false.arff": (24, {"fog": 8, "sea": 11, "sun": 12}, {"labels": "3"}),
    "label-columns.csv": (30, {"dune": 13, "fog": 16, "sea": 20, "sun": 18}, {}),
    "decimal-commas.csv": (20, {"fog": 7, "sun": 11}, {}),
    "tmdb-json-objects.csv": (14, {"Action": 4, "Adventure": 3, "Comedy": 5, "Drama": 6}, {}),
    "labelstudio.csv": (12, WEATHER, {}),
    "duckdb-lists.csv": (14, {"fog": 4, "sea": 6, "sun": 6}, {}),
    "openimages.csv": (14, {"/m/011k07": 7, "/m/0120dh": 4, "/m/01226z": 5, "/m/0284d": 7}, {}),
    "doccano.jsonl": (12, WEATHER, {}),
}
