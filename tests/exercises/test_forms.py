"""Form is not value: an answer that is right is right as float64, NumPy, lists or Python numbers, a known mistake is known in each of them,
and what is handed back gives the cells below the form that they would get from the reference."""

import functools
from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.func import grad, jacrev, vmap

from dremeta_lite.exercises import LESSONS, Exercise, exercises
from dremeta_lite.exercises.comparing import fresh
from dremeta_lite.exercises.forms import bring, in_double, in_form, unlike, words
from dremeta_lite.exercises.judging import handed_back, judge

pytestmark = pytest.mark.usefixtures("in_threads")
ALL = [exercise for lesson in LESSONS for exercise in exercises(lesson)]


def leaves(x: Any, change: Callable[[Any], Any]) -> Any:
    """The same containers, with each tensor, array and number changed."""
    if isinstance(x, Mapping):
        return {key: leaves(value, change) for key, value in x.items()}
    if hasattr(x, "_fields"):
        return type(x)(*(leaves(value, change) for value in x))
    return type(x)(leaves(value, change) for value in x) if isinstance(x, (list, tuple)) else change(x)


def double(x: Any) -> Any:
    return (x.double() if x.is_floating_point() else x) if isinstance(x, Tensor) else np.float64(x)


def whole(x: Any) -> Any:
    """As whole numbers, if that is what they are."""
    values = torch.as_tensor(x).double()
    return torch.as_tensor(x).long() if bool((values == values.round()).all() and values.isfinite().all()) else x


def tuples(x: Any) -> Any:
    return tuple(map(tuples, x)) if isinstance(x, list) else x


def containers(x: Any) -> Any:
    """Lists as tuples and tuples as named ones or lists; dicts with NumPy's strings for keys."""
    if isinstance(x, Mapping):
        return {np.str_(key): value for key, value in x.items()}
    if isinstance(x, tuple):
        return namedtuple("Pair", [f"part{i}" for i in range(len(x))])(*x)
    return x


KEEP = {
    "float64": lambda x: leaves(x, double),
    "without axes": lambda x: leaves(x, torch.as_tensor),
    "rows": lambda x: leaves(x, lambda y: list(y) if isinstance(y, Tensor) and y.ndim else y),
    "containers": containers,
    "list of parts": lambda x: list(x) if isinstance(x, tuple) else x,
}
"""Changes of form that let gradients through."""
CUT = {
    "numpy": lambda x: leaves(x, lambda y: np.asarray(y.detach() if isinstance(y, Tensor) else y)),
    "lists": lambda x: leaves(x, lambda y: y.tolist() if isinstance(y, Tensor) else y),
    "tuples": lambda x: leaves(x, lambda y: tuples(y.tolist()) if isinstance(y, Tensor) else y),
    "objects": lambda x: leaves(x, lambda y: np.asarray(y.detach() if isinstance(y, Tensor) else y).astype(object)),
    "int64": lambda x: leaves(x, whole),
    "iterator": lambda x: iter(x) if isinstance(x, tuple) or (isinstance(x, Tensor) and x.ndim) else x,
}
"""Changes that cut them."""


DIFFER = {
    "Where the logit is large, p or 1 - p": "in double precision only one of its logarithms is infinite, which is another known mistake",
    "The argument `theta` was changed": "it writes into its argument, here a copy",
    "An action is a choice, not a quantity": "it joins its arguments to numbers of another precision, which raises",
}
"""Mistakes that are others if their arguments are brought to double precision first, and why."""


def made(answer: Callable[..., Any], change: Callable[[Any], Any]) -> Callable[..., Any]:
    @functools.wraps(answer)
    def changed(*arguments: Any) -> Any:
        return change(answer(*arguments))

    return changed


def needs_gradient(exercise: Exercise) -> bool:
    """Whether one of its properties refuses an answer through which no gradient flows."""
    cut = made(exercise.reference, lambda x: leaves(x, lambda y: y.detach() if isinstance(y, Tensor) else y))
    return judge(exercise, cut).outcome != "right"


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.id)
def test_a_right_answer_is_right_in_every_form(exercise: Exercise) -> None:
    refused = needs_gradient(exercise)
    for name, change in {**KEEP, **CUT}.items():
        answer = made(exercise.reference, change)
        verdict = judge(exercise, answer)
        if name in CUT and refused and verdict.outcome != "right":
            assert "gradient" in verdict.message, (name, verdict)
            continue
        assert verdict.outcome == "right", (name, verdict)
        formed = handed_back(exercise, answer, verdict)
        for case in exercise.cases():
            wanted = words(exercise.reference(*fresh(case.arguments)))
            assert words(formed(*fresh(case.arguments))) == wanted, (name, case.tried)


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.id)
def test_the_own_form_is_left_alone(exercise: Exercise) -> None:
    """So that the rule which says what precision is expected holds for every reference, too."""
    answer = made(exercise.reference, lambda x: x)
    verdict = judge(exercise, answer)
    assert handed_back(exercise, answer, verdict) is answer and not verdict.form


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.id)
def test_a_known_mistake_is_known_in_every_form(exercise: Exercise) -> None:
    """In doubles throughout, and in one of the two other forms, turn about."""
    for number, mistake in enumerate(exercise.mistakes):
        own = judge(exercise, mistake.answer)
        if own.mistake:  # else a property finds it
            in_doubles = functools.wraps(mistake.answer)(lambda *arguments, f=mistake.answer: f(*map(in_double, arguments)))
            precise = [] if mistake.says.startswith(tuple(DIFFER)) else [in_doubles]
            for answer in (made(mistake.answer, (KEEP["float64"], CUT["lists"])[number % 2]), *precise):
                verdict = judge(exercise, answer)
                overflow = (
                    answer in precise and verdict.outcome == "right"
                )  # what fails in float32 alone, since numbers are too large for it
                assert overflow or mistake.says in verdict.message, (mistake.says, verdict)


def squares(x: Tensor, names: dict[str, Tensor] | None = None) -> Any:
    return {"sum": (x.double() ** 2).sum(), "rows": [x[0] ** 2, x[1].double() ** 2]}


LIKE = {"sum": torch.tensor(1.0), "rows": torch.ones(2)}


def test_gradients_flow_through_what_is_handed_back() -> None:
    formed = in_form(squares, LIKE)
    x = torch.tensor([1.0, 3.0])
    assert words(formed(x)) == "{'sum': float32 tensor, 'rows': float32 tensor}"
    assert words(formed(x.double())) == "{'sum': float64 tensor, 'rows': float64 tensor}"
    for key in LIKE:
        total = lambda x, key=key: formed(x)[key].sum()
        assert grad(total)(x).tolist() == [2, 6] == torch.autograd.grad(total(x.requires_grad_()), x)[0].tolist()
        assert (
            vmap(grad(total))(x.detach().expand(4, 2)).tolist()
            == [[2, 6]] * 4
            == grad(lambda y, f=total: vmap(f)(y).sum())(x.expand(4, 2)).tolist()
        )
        assert jacrev(total)(x.detach()).tolist() == [2, 6]


def test_a_tensor_is_made_a_number_unless_that_cuts_a_gradient() -> None:
    formed = in_form(lambda x: (x * 2).sum(), 1.0)
    x = torch.tensor([1.0, 3.0])
    assert formed(x) == 8.0 and type(formed(x)) is float
    assert grad(formed)(x).tolist() == [2, 2] and vmap(formed)(x).tolist() == [2, 6]
    assert formed(x.requires_grad_()).requires_grad


def test_a_record_of_gradients_that_nothing_asked_for_is_dropped() -> None:
    weight = torch.ones(2, requires_grad=True)
    x = torch.tensor([1.0, 3.0])
    formed = in_form(lambda x, f=None: x * weight, x)
    assert formed(x).numpy().tolist() == [1, 3] and words(weight) == "float32 tensor that records a gradient"
    assert formed(x, torch.sin).requires_grad and formed(x.requires_grad_()).requires_grad


def test_what_cannot_be_brought_into_form_stays_as_it_is() -> None:
    for result in ("text", None, [[1.0], [1.0, 2.0]], {"a": 1}, object):
        assert in_form(lambda _, result=result: result, torch.ones(2))(1) is result
    assert bring(7, LIKE) == 7 and bring(LIKE, [1.0]) is LIKE


@pytest.mark.parametrize(
    ("x", "like", "wanted"),
    [
        (2.0, 1, 2),
        (float("inf"), 1, float("inf")),
        (np.float64(2.5), 1.0, 2.5),
        (np.bool_(True), False, True),
        (1, True, True),
        (torch.tensor([2.0, 3.0]), torch.tensor([1]), torch.tensor([2, 3])),
        ([0.9999999, 3], torch.tensor([1]), torch.tensor([1, 3])),
        ([1, 0], torch.tensor([True]), torch.tensor([True, False])),
        ({"other": [1, 2]}, {"name": torch.ones(1)}, {"other": torch.tensor([1.0, 2.0])}),
        ((1, 2, 3), [1.0], [1.0, 2.0, 3.0]),
        (torch.ones(2, 3), (torch.ones(3), [0.5]), (torch.ones(3), [1.0, 1.0, 1.0])),
        ([1, 2], np.ones(2), np.array([1.0, 2.0], dtype=np.float32)),
    ],
)
def test_forms(x: Any, like: Any, wanted: Any) -> None:
    got = bring(x, like)
    assert words(got) == words(wanted) and repr(got) == repr(wanted)


def test_it_stays_the_students_function() -> None:
    def total(x: Tensor, scale: float = 1.0) -> Tensor:
        """Mine."""
        return x.sum() * scale

    formed = in_form(total, 1.0)
    assert (formed.__name__, formed.__doc__, formed.__wrapped__) == ("total", "Mine.", total)  # type: ignore[attr-defined]
    assert formed(x=torch.ones(2), scale=3.0) == 6.0
    assert in_form(functools.partial(total, scale=2.0), 1.0)(torch.ones(1)) == 2.0


@pytest.mark.parametrize(
    ("came", "like", "says"),
    [
        (torch.ones(2).double(), torch.ones(2), "a float32 tensor instead of a float64 tensor"),
        (0.5, torch.tensor(1.0), "a float32 tensor instead of a Python float"),
        ([[1.0], [2.0]], torch.ones(1, 1), "a float32 tensor instead of a list of lists"),
        ([torch.ones(1), 2], (torch.ones(1), 1), "a tuple instead of a list"),
        ({"a": torch.ones(1), "b": 2.0}, dict.fromkeys("ab", torch.tensor(1.0)), "in 'b' a float32 tensor instead of a Python float"),
        (
            (np.ones(1), torch.tensor([True]), np.ones(2)),
            (torch.ones(1), torch.tensor([True]), torch.ones(2)),
            "in parts 1 and 3 a float32 tensor instead of a float64 NumPy array",
        ),
        (
            namedtuple("Seen", "x done")([1.0], [1]),
            [torch.ones(1), torch.tensor([True])],
            "a list instead of `Seen`; in part 1 a float32 tensor",
        ),
    ],
)
def test_a_notice_says_where_the_forms_differ_and_nothing_else(came: Any, like: Any, says: str) -> None:
    said = unlike(came, bring(came, like))
    assert says in said and len(said) < 150
