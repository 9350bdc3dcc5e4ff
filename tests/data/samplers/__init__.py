"""One test file for each sampler."""
