"""Comparison: benchmarks with their methods and yardsticks, checkpoints of training, several learners side by side, scores and tables."""

from dremeta_lite.compare.benchmark_results import results, show_benchmarks
from dremeta_lite.compare.benchmarks import BENCHMARKS, METHODS
from dremeta_lite.compare.recorded_runs import recorded_run, trained_varibad
from dremeta_lite.compare.scores import chances, play_agents
from dremeta_lite.compare.side_by_side import SideBySide
from dremeta_lite.compare.tables import show_beliefs, show_kept_out, show_measured, show_results, show_starts, show_toggles
from dremeta_lite.compare.texts import reveal
from dremeta_lite.table import Table

__all__ = [
    "BENCHMARKS",
    "METHODS",
    "SideBySide",
    "Table",
    "chances",
    "play_agents",
    "recorded_run",
    "results",
    "reveal",
    "show_beliefs",
    "show_benchmarks",
    "show_kept_out",
    "show_measured",
    "show_results",
    "show_starts",
    "show_toggles",
    "trained_varibad",
]
