"""Tests of mlcl_core.engine."""
