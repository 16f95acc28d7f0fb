"""Notebook 08: beliefs, against Bayes' rule by hand, torch's own distributions and plain sums."""

from dremeta_lite.exercises.lesson_08 import calibration, elbo, kl_gaussians, update_belief, walk_return
from dremeta_lite.exercises.lesson_08.quiz import QUIZ

EXERCISES = (
    update_belief.EXERCISE,
    walk_return.EXERCISE,
    calibration.EXERCISE,
    kl_gaussians.EXERCISE,
    elbo.EXERCISE,
)
"""In the order of the notebook."""

__all__ = ["EXERCISES", "QUIZ"]
