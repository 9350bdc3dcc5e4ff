"""The Anchor page: pairs of one anchor, among the watched items and in a batch."""
