"""The first screen: the recorded training, which plays, and three ways on."""
