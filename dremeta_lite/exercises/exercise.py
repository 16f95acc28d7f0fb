"""What an exercise and a quiz question are made of. `judging` holds an answer against an exercise; `lab.check` shows what came of it."""

import ast
import inspect
import itertools
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


class NotYet(NotImplementedError):
    """What an untouched stub raises: the exercise waits for its answer."""


class Wrong(Exception):
    """A check has found something wrong. The message is for the student: what was tried, what was expected, what came."""


NOTHING: Any = type("Nothing", (), {"__repr__": lambda self: "NOTHING"})()
"""Stands for an expected value where there is none, because None could be one."""

LETTERS = "abcd"
"""What the choices of a question are called."""


@dataclass(frozen=True)
class Case:
    """One thing that a check tries.

    Args:
        tried: in words, for the message: "three rewards of 1 with γ = 0.5".
        arguments: what the answer is called with. They are copied first (`torch.Generator`s with their state), so that each case is fresh.
        expected: what must come back: a number, a tensor, an array, a tuple, list or dict of such. From a closed form or an oracle of
            its own, never from the reference. Values and shapes count; dtype and container may be any that says the same.
        accept: instead of `expected`, for answers that are not one value: looks at what came back, and returns None or what is wrong
            with it, in a sentence. It is given the result, which has the shape and the form of the reference's, and then the copied
            arguments (to see what the call did to them).
        tolerance: of the comparison, relative and absolute.
        changes: the names of parameters that the answer is meant to change in place; all others must come back untouched.
    """

    tried: str
    arguments: tuple[Any, ...]
    expected: Any = NOTHING
    accept: Callable[..., str | None] | None = None
    tolerance: float = 1e-5
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that students really write, and what the check says to it.

    An answer that does what `answer` does in every case is told `says`. If only a property finds the mistake (the values are right, but
    the gradient is cut), the property's message must contain `says`: then the mistake is proof that it does.
    """

    answer: Callable[..., Any]
    says: str


@dataclass(frozen=True)
class Exercise:
    """A function to write.

    Attributes:
        id: "06.adapt_k": the notebook and the name of the function.
        title: in progress tables.
        minutes, stars: how long it takes, and how hard it is (1 to 3).
        reference: a right answer, in a form that a student could have written, using only names that the notebook imports.
        cases: makes the cases; called at every check.
        mistakes: at least three.
        hints: three rungs: a question, a pointer, pseudo-code.
        why: what to learn from the solution; shown with it.
        properties: what no single value shows (a gradient flows, nothing is drawn twice). Each is given the answer, its results in the
            form of the reference's, and raises `Wrong`.
        survivors: of the wrong answers that the tests make by machine those that are right too, and why: "old → new" of a part that
            stands once in its line, what may be done to an argument, or "gradient" if nothing differentiates the result.
        seconds: the time limit of a check.
        number: its place in the notebook, from 1.
    """

    id: str
    title: str
    minutes: int
    stars: int
    reference: Callable[..., Any]
    cases: Callable[[], Iterable[Case]]
    mistakes: Sequence[Mistake]
    hints: tuple[str, str, str]
    why: str
    properties: Sequence[Callable[[Callable[..., Any]], None]] = ()
    survivors: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 10.0
    number: int = 0

    def solution(self) -> str:
        """The reference as a student would paste it."""
        return plain_source(self.reference)


@dataclass(frozen=True)
class Question:
    """A question of a quiz.

    Attributes:
        text: the question, in plain text or Markdown without formulas.
        choices: what can be answered, in order; they are called a, b, c, …
        right: the letter of the right one.
        why: for each choice, why it is right or what is wrong with it.
    """

    text: str
    choices: tuple[str, ...]
    right: str
    why: tuple[str, ...]


def plain_source(function: Callable[..., Any]) -> str:
    """Its source without annotations, whose names a notebook need not know."""
    return without_annotations(textwrap.dedent(inspect.getsource(function)))


def without_annotations(source: str) -> str:
    """The same Python text, comments and all, without the annotations of arguments and results."""
    text = source.encode()
    starts = [0, *itertools.accumulate(len(line) for line in text.splitlines(keepends=True))]
    cuts = []
    for node in ast.walk(ast.parse(source)):
        annotation = node.annotation if isinstance(node, ast.arg) else node.returns if isinstance(node, ast.FunctionDef) else None
        if annotation is not None:
            begin, end = (starts[line - 1] + column for line, column in span(annotation))
            begin = text.rindex(b":" if isinstance(node, ast.arg) else b"->", 0, begin)
            cuts.append((len(text[:begin].rstrip()) if isinstance(node, ast.FunctionDef) else begin, end))
    for begin, end in sorted(cuts, reverse=True):
        text = text[:begin] + text[end:]
    return text.decode()


def span(node: ast.expr) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where an expression begins and ends: line from 1, and column in bytes."""
    assert node.end_lineno is not None and node.end_col_offset is not None
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
