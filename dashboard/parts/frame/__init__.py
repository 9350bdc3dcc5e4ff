"""The frame of every page: run bar, timeline, the current run and step."""
