"""Tests of mlcl_core.data."""
