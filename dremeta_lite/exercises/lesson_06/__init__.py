"""Notebook 06: the meta-learning loop, on hills whose gradients can be computed by hand."""

from dremeta_lite.exercises.lesson_06 import adapt_by_hand, adapt_k, batch_meta_gradient, hill_meta_gradient, objective_after
from dremeta_lite.exercises.lesson_06.quiz import QUIZ

EXERCISES = (
    adapt_by_hand.EXERCISE,
    adapt_k.EXERCISE,
    objective_after.EXERCISE,
    hill_meta_gradient.EXERCISE,
    batch_meta_gradient.EXERCISE,
)
"""In the order of the notebook."""

__all__ = ["EXERCISES", "QUIZ"]
