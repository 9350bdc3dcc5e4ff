"""The Relations page: an editable batch under two methods."""
