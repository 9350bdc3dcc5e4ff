"""The Compare page: what is compared with what, and where two spaces differ."""
