"""Tests of mlcl_core.metrics."""
