"""The parts that losses share."""
