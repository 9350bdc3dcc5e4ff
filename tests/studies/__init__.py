"""Tests of mlcl_core.studies."""
