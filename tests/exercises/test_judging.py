"""What is said to an answer: the case, what was expected, what came, the known mistake; errors with a short trace; nothing hangs."""

import dataclasses
import math
import time
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from dremeta_lite.exercises import find
from dremeta_lite.exercises.exercise import Case, Exercise, Mistake, NotYet, Wrong
from dremeta_lite.exercises.judging import judge


def total(x: Tensor, rng: torch.Generator | None = None) -> Tensor:
    return x.sum()


def cases() -> Iterator[Case]:
    yield Case("the numbers 1, 2, 4", (torch.tensor([1.0, 2.0, 4.0]),), expected=torch.tensor(7.0))
    yield Case("no numbers", (torch.tensor([]),), expected=torch.tensor(0.0))


def flows(answer: Any) -> None:
    x = torch.ones(2, requires_grad=True)
    if not answer(x).requires_grad:
        raise Wrong("The gradient is cut off.")


EXERCISE = Exercise(
    id="99.total",
    title="a sum",
    minutes=1,
    stars=1,
    reference=total,
    cases=cases,
    properties=(flows,),
    mistakes=(Mistake(lambda x: x.mean(), "That is the mean."), Mistake(lambda x: x[0] + x[1] + x[2], "Lengths differ.")),
    hints=("?", "->", "code"),
    why="",
    seconds=0.5,
)


def test_a_right_answer() -> None:
    assert judge(EXERCISE, lambda x: x.sum()).outcome == "right"


def test_an_unknown_mistake_names_the_case_and_both_values() -> None:
    verdict = judge(EXERCISE, lambda x: 2 * x.sum())
    assert (verdict.outcome, verdict.tried, verdict.found, verdict.mistake) == ("wrong", "the numbers 1, 2, 4", "Expected 7, got 14.", "")


def test_a_known_mistake_is_named() -> None:
    assert judge(EXERCISE, lambda x: sum(x) / len(x) if len(x) else torch.tensor(float("nan"))).mistake == "That is the mean."


def test_a_known_mistake_is_named_whether_the_answer_gives_numbers_or_tensors_without_axes() -> None:
    def two(x: Tensor) -> tuple[Tensor, Tensor]:
        return x.sum(), x.std()

    def half(x: Tensor) -> tuple[Tensor, Tensor]:
        return x.mean(), x.std()

    pairs = lambda: iter([Case("1 and 3", (torch.tensor([1.0, 3.0]),), expected=(4.0, 2**0.5))])
    exercise = dataclasses.replace(EXERCISE, reference=two, cases=pairs, properties=(), mistakes=(Mistake(half, "That is the mean."),))
    for answer in (half, lambda x: tuple(y.item() for y in half(x))):
        assert judge(exercise, answer).mistake == "That is the mean."


def test_a_known_mistake_that_raises_is_named() -> None:
    verdict = judge(EXERCISE, lambda x: x[0] + x[1] + x[2])
    assert (verdict.outcome, verdict.mistake) == ("error", "Lengths differ.")
    assert verdict.found.startswith("Your function raised IndexError: ")


def three(x: Tensor) -> Tensor:
    total = torch.tensor(0.0)
    for i in range(3):
        total += x[i]
    return total


def first_of_none(x: Tensor) -> Tensor:
    first, second, third = x[0], *x[1:]
    return first + second + third


@pytest.mark.parametrize("answer", [three, first_of_none, lambda x: x.double()[0] + x[1] + x[-1]])
def test_it_is_named_however_it_is_written(answer: Any) -> None:
    assert judge(EXERCISE, answer).mistake == "Lengths differ."


def raises(error: Exception) -> Any:
    def answer(x: Tensor) -> Tensor:
        if len(x):
            return x.sum()
        raise error

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        lambda x: x.sum() if len(x) else x[4],
        lambda x: x.sum() if len(x) else [][0],
        lambda x: x.sum() if len(x) else torch.zeros(0, 2)[0],
        lambda x: x.sum() if len(x) else x.unsqueeze(3),
        lambda x: x.sum() if len(x) else x.sum(1),
        lambda x: (2 * x).sum() if len(x) else x[0],
        raises(IndexError("no numbers")),
        raises(IndexError("index 0 is out of bounds for dimension 0 with size 0")),
    ],
)
def test_the_same_exception_for_another_reason_is_no_known_mistake(answer: Any) -> None:
    verdict = judge(EXERCISE, answer)
    assert verdict.outcome in ("error", "wrong") and verdict.mistake == "", verdict


def test_a_singular_matrix_is_told_apart_from_another() -> None:
    """Both raise in `torch.linalg.solve`, in every case, with the same words."""
    exercise = find("01.policy_value")
    known = next(m for m in exercise.mistakes if m.says.startswith("γ is missing"))

    def own_words(P: Tensor, R: Tensor, policy: Tensor, discount: float) -> Tensor:
        P_pi, R_pi = torch.einsum("sa,sat->st", policy, P), (policy * R).sum(-1)
        return torch.linalg.solve(torch.eye(len(P)).double() - P_pi, R_pi)

    def other(P: Tensor, R: Tensor, policy: Tensor, discount: float) -> Tensor:
        return torch.linalg.solve(torch.zeros_like(P[:, 0]), R[:, 0])

    assert judge(exercise, own_words).mistake == known.says
    verdict = judge(exercise, other)
    assert "singular" in verdict.found and verdict.mistake == ""


def test_dividing_by_nothing_is_known_in_every_spelling() -> None:
    exercise = find("10.break_even")
    for answer in (
        lambda m, a, s: int(m // (s - a)) + 1,
        lambda m, a, s: math.floor(m / (s - a)) + 1,
        lambda m, a, s: divmod(m, s - a)[0] + 1,
    ):
        assert "it never pays: math.inf." in judge(exercise, answer).mistake
    other = lambda meta, adapt, scratch: exercise.reference(meta, adapt, scratch) if scratch > adapt else 1 / (meta - 10)
    assert judge(exercise, other).outcome == "error" and judge(exercise, other).mistake == ""


def test_an_error_shows_the_lines_of_the_answer_and_no_others() -> None:
    source = "def answer(x):\n    y = x + 1\n    return helper(y)\n\ndef helper(y):\n    return y.reshape(17, 3)\n"
    namespace: dict[str, Any] = {}
    exec(compile(source, "<cell>", "exec"), namespace)
    verdict = judge(EXERCISE, namespace["answer"])
    assert verdict.outcome == "error" and "RuntimeError" in verdict.found
    assert verdict.trace.splitlines() == ["line 3, in answer", "line 6, in helper"]


def test_a_property_is_told() -> None:
    assert judge(EXERCISE, lambda x: x.detach().sum()).message == "The gradient is cut off."


def test_an_error_in_a_property_is_told() -> None:
    assert "ValueError: no gradients, please" in judge(EXERCISE, refuse_gradients).found


def refuse_gradients(x: Tensor) -> Tensor:
    if x.requires_grad:
        raise ValueError("no gradients, please")
    return x.sum()


def test_an_argument_that_was_changed_is_named() -> None:
    def spoil(x: Tensor) -> Tensor:
        result = x.sum()
        x.zero_()
        return result

    assert "`x` was changed" in judge(EXERCISE, spoil).found


def test_what_was_printed_in_the_case_is_kept_and_does_not_reach_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    def talk(x: Tensor) -> float:
        print("looking at", x.tolist())
        return 0.0

    assert judge(EXERCISE, talk).printed == "looking at [1.0, 2.0, 4.0]"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("answer", [7.0, None, torch.ones(2)])
def test_a_value_instead_of_a_function(answer: Any) -> None:
    assert "`total`, without parentheses" in judge(EXERCISE, answer).message


def test_not_yet_and_nothing_returned() -> None:
    def stub(x: Tensor) -> Tensor:
        raise NotYet

    assert judge(EXERCISE, stub).outcome == "not yet"
    assert "Is there a `return`?" in judge(EXERCISE, lambda x: None).found


def test_an_endless_answer_is_stopped_in_its_case() -> None:
    def wait(x: Tensor) -> Tensor:
        while len(x) == 0:
            time.perf_counter()
        return x.sum()

    verdict = judge(EXERCISE, wait)
    assert (verdict.outcome, verdict.tried) == ("stopped", "no numbers") and "Does a loop in it never end?" in verdict.found


def test_a_greedy_answer_is_stopped() -> None:
    verdict = judge(EXERCISE, lambda x: torch.ones(10**11).sum(), gigabytes=0.5)
    assert verdict.outcome == "stopped" and "more than 0.5 GB" in verdict.found


def test_an_interrupt_passes() -> None:
    def interrupted(x: Tensor) -> Tensor:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge(EXERCISE, interrupted)


def test_exit_in_an_answer_does_not_end_the_kernel() -> None:
    assert "SystemExit" in judge(EXERCISE, lambda x: exit()).found


def test_a_large_answer_of_the_right_shape_is_told_how_much_is_wrong() -> None:
    """Not "expected shape (5, 5), got shape (5, 5)"."""

    def doubled(x: Tensor) -> Tensor:
        return 2 * x

    large = Case("25 numbers", (torch.arange(25.0).reshape(5, 5),), expected=2 * torch.arange(25.0).reshape(5, 5))
    exercise = dataclasses.replace(EXERCISE, reference=doubled, cases=lambda: [large], mistakes=(), properties=())
    found = judge(exercise, lambda x: x + 1).found
    assert found == "The shape (5, 5) is right, but 24 of the 25 values differ, most at [4, 4]: expected 48, got 25."
    assert judge(exercise, lambda x: (2 * x).flatten()).found == "Expected shape (5, 5), got shape (25,)."
