"""Recorded runs that ship with the Lab."""
