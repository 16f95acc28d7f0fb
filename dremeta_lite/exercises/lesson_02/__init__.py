"""Notebook 02: the transition model. Answers are held against arithmetic on plain numbers, and against closed forms."""

from dremeta_lite.exercises.lesson_02 import (
    best_first_action,
    change_loss,
    estimate_transitions,
    imagined_states,
    refit_to_elites,
    value_sweep,
)
from dremeta_lite.exercises.lesson_02.quiz import QUIZ

EXERCISES = (
    estimate_transitions.EXERCISE,
    value_sweep.EXERCISE,
    change_loss.EXERCISE,
    imagined_states.EXERCISE,
    best_first_action.EXERCISE,
    refit_to_elites.EXERCISE,
)
"""In the order of the notebook."""

__all__ = ["EXERCISES", "QUIZ"]
