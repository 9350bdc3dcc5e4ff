"""Tests of mlcl_core.models."""
