"""Notebook 01: states, actions, rewards, returns and values, on numbers that can be checked by hand."""

from dremeta_lite.exercises.lesson_01 import (
    bootstrap_target,
    discounted_return,
    masked_returns,
    mean_and_error,
    policy_value,
    softmax_policy,
)
from dremeta_lite.exercises.lesson_01.quiz import QUIZ

EXERCISES = (
    bootstrap_target.EXERCISE,
    softmax_policy.EXERCISE,
    discounted_return.EXERCISE,
    masked_returns.EXERCISE,
    mean_and_error.EXERCISE,
    policy_value.EXERCISE,
)
"""In the order of the notebook."""

__all__ = ["EXERCISES", "QUIZ"]
