"""Tests of mlcl_core.runs."""
