"""Tests of mlcl_core.statistics."""
