"""The text files of the Extreme Classification Repository: hundreds of thousands of labels, sparse features."""

from mlcl_core.data.readers.extreme.reader import EXTREME, read_extreme

__all__ = ["EXTREME", "read_extreme"]
