"""The exercises and quizzes of the course, and what judges an answer: one folder a notebook, one file an exercise. Knows of no screen."""

import importlib
import re
from types import ModuleType

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake, NotYet, Question, Wrong

LESSONS = ("00", "01", "02", "03", "04", "05", "06", "07", "08", "10")
"""The notebooks that have exercises and a quiz; each has a module or a folder `lesson_NN` with EXERCISES and QUIZ."""

__all__ = ["LESSONS", "Case", "Exercise", "Mistake", "NotYet", "Question", "Wrong", "exercises", "find", "questions"]


def exercises(lesson: str) -> tuple[Exercise, ...]:
    """The exercises of a notebook ("06"), in its order.

    Raises:
        ValueError: no such notebook has any.
    """
    return _module(lesson).EXERCISES


def questions(lesson: str) -> tuple[Question, ...]:
    """The quiz of a notebook ("06").

    Raises:
        ValueError: no such notebook has any.
    """
    return _module(lesson).QUIZ


def find(id: str) -> Exercise:
    """The exercise called `id`, like "06.adapt_k".

    Raises:
        ValueError: there is none, naming those of that notebook.
    """
    if not isinstance(id, str) or not re.fullmatch(r"\d\d\.\w+", id):
        raise ValueError(f"an exercise is called by its notebook and its name, like '06.adapt_k', not {id!r}")
    found = exercises(id[:2])
    for exercise in found:
        if exercise.id == id:
            return exercise
    raise ValueError(f"notebook {id[:2]} has no exercise {id!r}; it has {', '.join(exercise.id for exercise in found)}")


def _module(lesson: str) -> ModuleType:
    if lesson not in LESSONS:
        raise ValueError(f"there are exercises and quizzes in the notebooks {', '.join(LESSONS)}, not in {lesson!r}")
    return importlib.import_module(f"{__name__}.lesson_{lesson}")
