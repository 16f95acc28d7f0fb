"""What is said to an answer: the case, what was expected, what came, the known mistake; errors with a short trace; nothing hangs."""

import dataclasses
import time
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

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
            time.sleep(0.01)
        return x.sum()

    verdict = judge(EXERCISE, wait)
    assert (verdict.outcome, verdict.tried) == ("stopped", "no numbers") and "0.5 seconds" in verdict.found


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
