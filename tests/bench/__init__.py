"""Tests of mlcl_core.bench."""
