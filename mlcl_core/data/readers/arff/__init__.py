"""Weka's .arff, as Mulan and MEKA write it: dense or sparse rows; an XML file, the header or a count says the labels.

Read here because ``scipy.io.arff`` reads no sparse rows and the other readers are no longer maintained. KEEL's .dat is
the same with two more lines in its header.
"""

from mlcl_core.data.readers.arff.keel import KEEL, read_keel
from mlcl_core.data.readers.arff.reader import ARFF, read_arff

__all__ = ["ARFF", "KEEL", "read_arff", "read_keel"]
