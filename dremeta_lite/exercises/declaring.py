"""How an exercise and a quiz are written down: what a student reads as prose, wrong answers and choices as tables in plain text.

An exercise is a file `lesson_NN/name.py`. Its docstring holds the heading of the notebook's box, three hints, and what to learn from the
solution, with empty lines between:

    Exercise 06.2 · several inner steps · 5 minutes, ★☆☆

    1. After the first step, where do you stand, and which gradient is valid there?
    2. Keep a variable `phi` that starts as `theta` and is replaced `steps` times.
    3. phi ← theta;  repeat `steps` times: phi ← phi + α · (gradient of J at phi);  return phi

    `phi = phi + …` makes a new tensor; `theta += …` would write into the start that all other tasks still need.

Below it stand the reference, a function with the name of the file; `cases`; a table of wrong answers; and `EXERCISE = exercise(…)`. The
number in the heading is its place in the notebook. No list names the file. The quiz of a lesson is the docstring of its folder, see `quiz`.
"""

import ast
import inspect
import linecache
import math
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

import numpy as np
import torch

from dremeta_lite.exercises.exercise import LETTERS, NOTHING, Case, Exercise, Mistake, Question, plain_source
from dremeta_lite.exercises.properties import gradient_flows

Cases = Iterator[Case]
HEADING = re.compile(r"Exercise (\d\d)\.(\d+) · (.+) · (\d+) minutes, (★+)☆*")
HINT = re.compile(r"^\d\. ((?:.+\n?(?!\d\. ))+)", re.MULTILINE)
ENTRY = re.compile(r"^([^#\s].*?)  # (.*)\n|((?:^#.*\n)+)((?:^ .*\n)+)", re.MULTILINE)


def exercise(
    reference: Callable[..., Any],
    cases: Callable[[], Iterable[Case]],
    mistakes: str,
    *properties: Callable[[Callable[..., Any]], None],
    flows: str = "",
    func: bool = False,
    survivors: Mapping[str, str] | None = None,
) -> Exercise:
    """The exercise that a file declares. What it is made of, `Exercise` says.

    Args:
        reference: its name is that of the exercise; the docstring of its file says the rest.
        mistakes: a table, see `wrong_answers`.
        flows, func: the parameters by which something differentiates the result, with a space between, see `gradient_flows`.

    Raises:
        ValueError: the docstring or the table is not in its form, or a change has no place in the reference.
    """
    home = sys.modules[reference.__module__]
    head, steps, why = [*re.split(r"\n{2,}", docstring(home)), "", "", ""][:3]
    heading, hints = HEADING.fullmatch(head), tuple(map(one_line, HINT.findall(steps)))
    if heading is None or len(hints) != 3 or not why:
        raise ValueError(f"{home.__name__}: its docstring needs a heading, hints 1. to 3., and what to learn, with empty lines between")
    lesson, number, title, minutes, stars = heading.groups()
    return Exercise(
        id=f"{lesson}.{reference.__name__}",
        number=int(number),
        title=title,
        minutes=int(minutes),
        stars=len(stars),
        reference=reference,
        cases=cases,
        mistakes=tuple(wrong_answers(reference, mistakes)),
        hints=hints,
        why=one_line(why),
        properties=(gradient_flows(reference, cases, *flows.split(), func=func), *properties) if flows else properties,
        survivors=survivors or {},
    )


def case(tried: str, *arguments: Any, expected: Any = NOTHING, by: Callable[..., Any] | None = None, **more: Any) -> Case:
    """A `Case` in plain numbers: each list, among the arguments and in what is expected, is handed over as the tensor of what is in it.
    An oracle, `by`, is given the arguments as they stand here, lists as lists, and returns what is expected."""
    return Case(tried, tensors(arguments), tensors(by(*arguments) if by else expected), **more)


def tensors(x: Any) -> Any:
    """The same with a tensor in the place of each list; also in tuples and dicts."""
    if isinstance(x, dict):
        return {name: tensors(value) for name, value in x.items()}
    return torch.tensor(x) if isinstance(x, list) else tuple(map(tensors, x)) if type(x) is tuple else x


def docstring(module: ModuleType) -> str:
    """From the source: `python -OO` drops docstrings."""
    return ast.get_docstring(ast.parse(inspect.getsource(module))) or ""


def one_line(text: str) -> str:
    return " ".join(line.strip() for line in text.splitlines())


def wrong_answers(reference: Callable[..., Any], table: str) -> Iterator[Mistake]:
    """The wrong answers of a table, each with what the check says to it: beside it behind a #, or above it; then the answer is indented.

        grad(J)(phi) → grad(J)(theta)  # Each step uses the gradient at θ. But after the first step you stand somewhere else.
        adapt_k(J, theta, alpha, steps - 1)  # That is one step too few: count the rounds of your loop.
        # However many steps are asked for, that is one.
            gradient = grad(J)(theta)
            return theta + alpha * gradient

    With an arrow it is the reference with a change, or one in each line: what stands left of an arrow occurs exactly once below the `def`.
    A single line without an arrow is what is returned, in terms of the reference's parameters. Several lines are a whole body.
    """
    text, source = textwrap.dedent(table).strip() + "\n", plain_source(reference)
    if junk := ENTRY.sub("", text):
        raise ValueError(f"in the table of wrong answers to {reference.__name__} the message or the answer is missing at {junk!r}")
    for number, (beside, words, above, lines) in enumerate(ENTRY.findall(text), 1):
        says, code = one_line(words or re.sub("^#", "", above, flags=re.MULTILINE)).strip(), beside or textwrap.dedent(lines).rstrip()
        wrong = changed(source, code) if "→" in code else written(reference, code)
        yield Mistake(compiled(reference, wrong, f"<{reference.__name__}, wrong answer {number}>"), says)


def changed(source: str, changes: str) -> str:
    """The source of the reference, changed."""
    head, end, body = source.partition("):\n")
    for change in changes.splitlines():
        old, new = map(str.strip, change.split("→"))
        if body.count(old) != 1:
            raise ValueError(f"{change!r}: that occurs {body.count(old)} times below {head!r}, and not once")
        body = body.replace(old, new)
    return head + end + body


def written(reference: Callable[..., Any], code: str) -> str:
    """The source of a function with the parameters of the reference that does this."""
    body = code if "\n" in code else f"return {code}"
    return f"def wrong({', '.join(inspect.signature(reference).parameters)}):\n{textwrap.indent(body, '    ')}\n"


def compiled(reference: Callable[..., Any], source: str, name: str) -> Callable[..., Any]:
    """The function, among the names of the reference's file and what students import at once; tracebacks show its lines."""
    names = {"math": math, "np": np, "torch": torch, **vars(sys.modules[reference.__module__])}
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec", dont_inherit=True), names)
    return names["wrong" if source.startswith("def wrong(") else reference.__name__]


def quiz(text: str) -> tuple[Question, ...]:
    """The questions of a quiz, with empty lines between: each with its choices, a cross at the right one, and below each choice why.

    What does MAML learn in the outer loop?
    [ ] the adapted parameters φ of each task
        φ is made by the inner loop, afresh for each task, and thrown away afterwards.
    [x] the starting point θ
        θ is the one thing that is kept from task to task.
    """
    return tuple(question(block) for block in re.split(r"\n{2,}", textwrap.dedent(text).strip()))


def question(block: str) -> Question:
    asked, *parts = re.split(r"^\[([ x])\] ", block, flags=re.MULTILINE)
    choices, why = zip(*(re.split(r"\n(?= )", part, maxsplit=1) for part in parts[1::2]), strict=True)
    return Question(one_line(asked), tuple(map(one_line, choices)), LETTERS[parts[::2].index("x")], tuple(map(one_line, why)))
