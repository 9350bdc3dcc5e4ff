"""The run store and the processes around it: worker (trains), mapper (projects), launch, control."""
