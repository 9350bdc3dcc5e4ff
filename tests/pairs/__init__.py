"""Tests of mlcl_core.pairs."""
