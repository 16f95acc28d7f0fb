"""Learning ONE task: the inner loop."""
