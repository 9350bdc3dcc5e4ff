"""Tests of mlcl_core.losses."""
