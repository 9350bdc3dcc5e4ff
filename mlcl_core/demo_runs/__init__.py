"""Recorded runs that ship with the Lab, and how they are made."""
