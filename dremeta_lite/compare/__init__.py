"""Comparison: benchmarks with their methods and yardsticks, checkpoints of training, several learners side by side, and scores."""
