"""Settings of a training without frames, for benches that do not measure watching."""

# frames cannot be switched off; two watched items cost nothing
UNWATCHED = {"watch.items": 2, "watch.frame_every": 1_000_000, "watch.batch_every": 1_000_000}
