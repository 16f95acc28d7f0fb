"""Notebook 07: bandits by counting, and what a memory is fed with and trained towards; against closed forms and enumeration."""

from dremeta_lite.exercises.lesson_07 import bayes_value, beta_posterior, rl2_input, trial_returns, ucb1
from dremeta_lite.exercises.lesson_07.quiz import QUIZ

EXERCISES = (
    beta_posterior.EXERCISE,
    ucb1.EXERCISE,
    bayes_value.EXERCISE,
    rl2_input.EXERCISE,
    trial_returns.EXERCISE,
)
"""In the order of the notebook."""

__all__ = ["EXERCISES", "QUIZ"]
