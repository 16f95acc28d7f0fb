"""Notebook 04: the policy gradient, against closed forms, enumeration and finite differences."""

from dremeta_lite.exercises.lesson_04 import best_baseline, clipped_objective, gae, reinforce_loss, returns_to_go, score
from dremeta_lite.exercises.lesson_04.quiz import QUIZ

EXERCISES = (
    score.EXERCISE,
    best_baseline.EXERCISE,
    returns_to_go.EXERCISE,
    reinforce_loss.EXERCISE,
    gae.EXERCISE,
    clipped_objective.EXERCISE,
)
"""In the order of the notebook."""

__all__ = ["EXERCISES", "QUIZ"]
