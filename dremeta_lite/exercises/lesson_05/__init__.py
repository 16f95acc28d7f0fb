"""Notebook 05: from one task to many: what belongs to a task, what is shared, and how many tasks a number is made from."""

from dremeta_lite.exercises.lesson_05 import adapt_copies, mean_and_error, pooled_gradient, support_query, taken_loss, transfer_gap
from dremeta_lite.exercises.lesson_05.quiz import QUIZ

EXERCISES = (
    transfer_gap.EXERCISE,
    taken_loss.EXERCISE,
    adapt_copies.EXERCISE,
    support_query.EXERCISE,
    pooled_gradient.EXERCISE,
    mean_and_error.EXERCISE,
)
"""In the order of the notebook."""

__all__ = ["EXERCISES", "QUIZ"]
