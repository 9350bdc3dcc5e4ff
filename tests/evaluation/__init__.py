"""Tests of mlcl_core.evaluation."""
