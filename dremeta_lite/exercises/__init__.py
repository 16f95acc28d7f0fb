"""The exercises and quizzes of the course, and what judges an answer: one folder a notebook, one file an exercise. Knows of no screen."""

import importlib
import pkgutil
import random
import re
from dataclasses import replace
from functools import cache
from types import ModuleType

from dremeta_lite.exercises.declaring import docstring, quiz
from dremeta_lite.exercises.exercise import LETTERS, Case, Exercise, Mistake, NotYet, Question, Wrong

LESSONS = ("00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16", "17")
"""The notebooks with exercises and a quiz. Each has a `lesson_NN`: its docstring is the quiz, its files are exercises, see `declaring`."""
__all__ = ["LESSONS", "Case", "Exercise", "Mistake", "NotYet", "Question", "Wrong", "exercises", "find", "questions", "second_half"]


def exercises(lesson: str) -> tuple[Exercise, ...]:
    """The exercises of a notebook ("06"), in its order. Raises ValueError: no such notebook has any."""
    return _exercises(_module(lesson))


def questions(lesson: str) -> tuple[Question, ...]:
    """The quiz of a notebook ("06"), its choices in an order that is drawn once and for all, so that a class may speak of 2b.
    Raises ValueError: no such notebook has any."""
    return tuple(shuffled(question, f"quiz {lesson}.{i}") for i, question in enumerate(_questions(_module(lesson)), 1))


def second_half(lesson: str) -> int:
    """The number of the first question that a lesson asks in its second notebook; one more than there are if it has only one.
    Raises ValueError: no such notebook has any."""
    return getattr(_module(lesson), "SECOND_HALF", len(_questions(_module(lesson))) + 1)


def find(id: str) -> Exercise:
    """The exercise called `id`, like "06.adapt_k". Raises ValueError: there is none, naming those of that notebook."""
    name = str.__str__(id) if issubclass(type(id), str) else ""  # what it says itself may be anything
    if not re.fullmatch(r"\d\d\.\w+", name, re.ASCII):
        raise ValueError(f"an exercise is called by its notebook and its name, like '06.adapt_k', not {_briefly(name or id)}")
    found = exercises(name[:2])
    for exercise in found:
        if exercise.id == name:
            return exercise
    raise ValueError(f"notebook {name[:2]} has no exercise {_briefly(name)}; it has {', '.join(exercise.id for exercise in found)}")


def shuffled(question: Question, seed: str) -> Question:
    """The same question, its choices in another order."""
    order = list(range(len(question.choices)))
    random.Random(seed).shuffle(order)
    choices, why = (tuple(texts[i] for i in order) for texts in (question.choices, question.why))
    return replace(question, choices=choices, why=why, right=LETTERS[order.index(LETTERS.index(question.right))])


@cache
def _questions(lesson: ModuleType) -> tuple[Question, ...]:
    return quiz(docstring(lesson).partition("\n\n")[2])


@cache
def _exercises(lesson: ModuleType) -> tuple[Exercise, ...]:
    files = (importlib.import_module(f"{lesson.__name__}.{file.name}") for file in pkgutil.iter_modules(getattr(lesson, "__path__", ())))
    return tuple(sorted((file.EXERCISE for file in files if hasattr(file, "EXERCISE")), key=lambda exercise: exercise.number))


def _module(lesson: str) -> ModuleType:
    if type(lesson) is not str or lesson not in LESSONS:
        raise ValueError(f"there are exercises and quizzes in the notebooks {', '.join(LESSONS)}, not in {_briefly(lesson)}")
    return importlib.import_module(f"{__name__}.lesson_{lesson}")


def _briefly(x: object) -> str:
    plain = type(x) in (str, bytes, int, float, bool, type(None))
    return repr(x[:40] if isinstance(x, (str, bytes)) else x) if plain else f"something of type {type(x).__name__}"
