"""The frame of every page: run bar, timeline, which run and which step is shown."""
