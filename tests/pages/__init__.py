"""Tests of the pages under AppTest."""
