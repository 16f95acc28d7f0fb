"""The checks are checked: the reference passes, a stub is told "not yet", and each wrong answer fails with a message of its own."""

import builtins
import dataclasses
import dis
import inspect
import re
import statistics
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
import torch
import traps
from mutation import mutants

from dremeta_lite.exercises import LESSONS, Exercise, NotYet, exercises, find
from dremeta_lite.exercises.comparing import fresh
from dremeta_lite.exercises.judging import complain, judge

ALL = [exercise for lesson in LESSONS for exercise in exercises(lesson)]


@pytest.fixture(params=ALL, ids=lambda exercise: exercise.id)
def exercise(request: pytest.FixtureRequest) -> Exercise:
    return request.param


def stub(*_: Any) -> Any:
    raise NotYet


def test_it_is_complete(exercise: Exercise) -> None:
    lesson, name = exercise.id.split(".")
    assert exercise.reference.__module__ == f"dremeta_lite.exercises.lesson_{lesson}.{name}" and exercise.reference.__name__ == name
    assert find(exercise.id) is exercise and exercises(lesson)[exercise.number - 1] is exercise
    assert len(exercise.mistakes) >= 3 and len({m.says for m in exercise.mistakes}) == len(exercise.mistakes)
    assert all(len(text) > 20 for text in (*exercise.hints, exercise.why)) and 1 <= exercise.stars <= 3 and exercise.minutes > 0


def test_the_reference_passes(exercise: Exercise) -> None:
    verdict = judge(exercise, exercise.reference)
    assert verdict.outcome == "right", verdict


@pytest.mark.usefixtures("in_threads")
def test_the_stub_is_told_not_yet(exercise: Exercise) -> None:
    assert judge(exercise, stub).outcome == "not yet"


def test_a_body_without_a_return_fails(exercise: Exercise) -> None:
    assert judge(exercise, lambda *_: None).outcome in ("wrong", "error")


@pytest.mark.usefixtures("in_threads")
@pytest.mark.parametrize(
    ("exercise", "mistake"),
    [pytest.param(e, m, id=f"{e.id}-{i}") for e in ALL for i, m in enumerate(e.mistakes, 1)],
)
def test_a_listed_mistake_fails_with_its_own_message(exercise: Exercise, mistake: Any) -> None:
    verdict = judge(exercise, mistake.answer)
    assert verdict.outcome in ("wrong", "error"), verdict
    assert mistake.says in verdict.message, verdict
    others = [other.says for other in exercise.mistakes if other is not mistake]
    assert not [says for says in others if says in verdict.message and says not in mistake.says]


def test_wrong_answers_made_by_machine_fail(exercise: Exercise) -> None:
    """Slips of the pen and traps, but for those that are right as well and are listed with the reason."""
    slips = {name for name, mutant in mutants(exercise.reference) if traps.passes(exercise, mutant)}
    found = slips | traps.survivors(exercise)
    named = {key: {name for name in found if says(key, name)} for key in exercise.survivors}
    assert all(len(names) == 1 for names in named.values()), "each stands for one of them"
    assert set().union(*named.values()) == found


def says(key: str, name: str) -> bool:
    """Whether a survivor stands for a wrong answer: it has its name, or is that part, "old → new", of its only line that is changed."""
    (old, arrow, new), (before, _, after) = key.partition(" → "), name.partition(" → ")
    return key == name or (bool(arrow) and before.count(old) == 1 and before.replace(old, new) == after)


def test_the_mutants_are_many() -> None:
    assert all(sum(1 for _ in mutants(exercise.reference)) >= 3 for exercise in ALL)


def test_an_exercise_is_a_small_file() -> None:
    lines = {e.id: len(inspect.getsource(sys.modules[e.reference.__module__]).splitlines()) for e in ALL}
    assert {id: n for id, n in lines.items() if n > 80} == {}
    assert statistics.median(lines.values()) < 60


def test_the_names_in_wrong_answers_exist(exercise: Exercise) -> None:
    """A misspelt name raises, too: the same error as itself, and so it would be known."""

    def loads(code: CodeType) -> Iterator[str]:
        yield from (step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"))
        yield from (name for inner in code.co_consts if isinstance(inner, CodeType) for name in loads(inner))

    for mistake in exercise.mistakes:
        assert set(loads(mistake.answer.__code__)) <= {*mistake.answer.__globals__, *vars(builtins)}


@pytest.mark.parametrize(
    ("best", "explores", "says"),
    [
        (lambda Q, n: n, lambda n, rng, ε: torch.rand(n, generator=rng) > ε, "that of being greedy"),
        (lambda Q, n: n, lambda n, rng, ε: torch.rand((), generator=rng).expand(n) < ε, "a coin of its own"),
        (lambda Q, n: Q.argmax(1), lambda n, rng, ε: torch.rand(n, generator=rng) < ε, "equally likely"),
        (lambda Q, n: len(Q[0]) - 1 - Q.flip(1).argmax(1), lambda n, rng, ε: torch.rand(n, generator=rng) < ε, "equally likely"),
    ],
    ids=["turned round", "one coin", "first of ties", "last of ties"],
)
def test_a_known_mistake_is_known_in_whatever_order_it_draws(best: Any, explores: Any, says: str) -> None:
    def choose_action(Q: torch.Tensor, epsilon: float, rng: torch.Generator) -> torch.Tensor:
        exploring = explores(len(Q), rng, epsilon)  # the coin first: the reference throws it last
        fair = torch.multinomial((Q.amax(1, keepdim=True) == Q).float(), 1, generator=rng)[:, 0]
        greedy = best(Q, fair)
        return torch.where(exploring, torch.randint(Q.shape[1], (len(Q),), generator=rng), greedy)

    assert says in judge(find("03.choose_action"), choose_action).message


def test_every_exercise_that_is_named_anywhere_exists() -> None:
    """In the package, the notebooks and the texts: by its id ("06.adapt_k") or by its number ("exercise 06.2"). Predictions have such
    ids as well, where they are made: `predict("06.fresh", …)`."""
    root = Path(__file__).parents[2]
    places = [*root.glob("*.md"), *root.glob("notebooks/*.ipynb"), *root.glob("dremeta_lite/**/*.py")]
    ids, counts = {exercise.id for exercise in ALL}, {lesson: len(exercises(lesson)) for lesson in LESSONS}
    named = [(path.name, found) for path in places for found in re.findall(r"\b\d\d\.[a-z_]\w*\b", path.read_text(encoding="utf-8"))]
    assert len(named) > 3 * len(ids)
    texts = "".join(path.read_text(encoding="utf-8") for path in places)
    predictions = set(re.findall(r'predict\(\\?"(\d\d\.\w+)', texts))
    assert [(path, id) for path, id in named if id not in ids | predictions and not id.endswith((".ipynb", ".png"))] == []
    for path in places:
        for lesson, number in re.findall(r"[Ee]xercise (\d\d)\.(\d+)", path.read_text(encoding="utf-8")):
            assert 1 <= int(number) <= counts.get(lesson, 0), f"{path.name}: exercise {lesson}.{number}"


@pytest.mark.parametrize("default", [torch.float32, torch.float64])
@pytest.mark.parametrize("given", [torch.float32, torch.float64])
def test_the_reference_is_right_in_either_precision(exercise: Exercise, default: torch.dtype, given: torch.dtype) -> None:
    """Whatever torch's default is, and whatever the arguments come in: the cells of a notebook may change both."""
    before = torch.get_default_dtype()
    try:
        torch.set_default_dtype(given)
        cases = list(exercise.cases())
        torch.set_default_dtype(default)
        for case in cases:
            arguments = fresh(case.arguments)
            assert complain(exercise, case, exercise.reference(*arguments), arguments) is None, case.tried
    finally:
        torch.set_default_dtype(before)


@pytest.mark.parametrize(("id", "says"), [("99.adapt", "'99'"), ("06.nothing", "06.adapt_k"), ("adapt", "'adapt'"), (6, "not 6")])
def test_an_unknown_exercise_is_refused_by_name(id: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        find(id)


def test_arguments_are_not_shared_between_cases_and_answers() -> None:
    """An answer that writes into its arguments fails its own check, and spoils no later one."""
    exercise = find("06.adapt_k")
    writing: Callable[..., Any] = exercise.mistakes[-1].answer
    assert "`theta` was changed" in judge(exercise, writing).message
    assert judge(exercise, exercise.reference).outcome == "right"


def test_signatures_of_mistakes_fit(exercise: Exercise) -> None:
    wanted = len(inspect.signature(exercise.reference).parameters)
    assert [m.answer for m in exercise.mistakes if len(inspect.signature(m.answer).parameters) != wanted] == []


def test_a_solution_can_be_pasted() -> None:
    """Annotations are left out, since a notebook does not know their names; everything else stays."""

    def answer(f: Callable[[Any], Any], α: float = 0.5, *rest: int, flag: bool = True) -> dict[str, Any]:
        def inner(x: Any) -> Any:  # a comment
            return f(x) * α

        return {"α": inner(flag), "rest": rest}

    text = dataclasses.replace(ALL[0], reference=answer).solution()
    assert "def answer(f, α = 0.5, *rest, flag = True):" in text and "def inner(x):  # a comment" in text
    namespace: dict[str, Any] = {}
    exec(text, namespace)
    assert namespace["answer"](abs, 2.0, 7) == answer(abs, 2.0, 7)


def test_a_solution_uses_no_name_of_its_module(exercise: Exercise) -> None:
    assert "noqa" not in exercise.solution() and ":" in exercise.solution()
