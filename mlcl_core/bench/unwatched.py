"""A training that nobody watches, for benches that measure something else than watching."""

# frames can't be switched off, but looking at two items costs nothing
UNWATCHED = {"watch.items": 2, "watch.frame_every": 1_000_000, "watch.batch_every": 1_000_000}
