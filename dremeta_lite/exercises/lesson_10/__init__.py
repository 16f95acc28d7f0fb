"""Notebook 10: how to compare learners, against plain sums, the standard library's statistics and games played step by step."""

from dremeta_lite.exercises.lesson_10 import at_budget, bootstrap_interval, break_even, episode_regret, gap_closed, paired_difference
from dremeta_lite.exercises.lesson_10.quiz import QUIZ

EXERCISES = (
    gap_closed.EXERCISE,
    episode_regret.EXERCISE,
    paired_difference.EXERCISE,
    bootstrap_interval.EXERCISE,
    at_budget.EXERCISE,
    break_even.EXERCISE,
)
"""In the order of the notebook."""

__all__ = ["EXERCISES", "QUIZ"]
