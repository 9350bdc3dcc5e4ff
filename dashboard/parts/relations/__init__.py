"""The Relations page: a batch by hand under two rules."""
