"""Tests of mlcl_core.maps."""
