"""Notebook 03: Q-learning, from the choice of an action to double DQN. Expected numbers are worked out by hand or by counting."""

from dremeta_lite.exercises.lesson_03 import choose_action, double_target, q_target, q_update, replay_sample, soft_update
from dremeta_lite.exercises.lesson_03.quiz import QUIZ

EXERCISES = (
    q_update.EXERCISE,
    choose_action.EXERCISE,
    q_target.EXERCISE,
    replay_sample.EXERCISE,
    soft_update.EXERCISE,
    double_target.EXERCISE,
)
"""In the order of the notebook."""

__all__ = ["EXERCISES", "QUIZ"]
