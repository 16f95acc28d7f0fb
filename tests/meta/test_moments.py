"""The tape of a run: who was judged is on it as it was then, going back drops what came after, and it does not grow for ever."""

from typing import Any

import torch

from dremeta_lite.learner import generator
from dremeta_lite.meta import MAML, RL2
from dremeta_lite.meta.moments import LONGEST, Moment, Tape
from dremeta_lite.meta.side_by_side import SideBySide
from dremeta_lite.scoring import play_agents
from dremeta_lite.tasks import HiddenGoal
from dremeta_lite.trials import play_trial

FAMILY = HiddenGoal()
TASKS = FAMILY.held_out_tasks(10)


def two(seed: int = 0) -> SideBySide:
    small: dict[str, Any] = {"memory": 8, "hidden": (8,), "trials": 8}
    start = MAML(FAMILY, seed, hidden=(8,), tasks=2, trajectories=2)
    return SideBySide({"RL²": RL2(FAMILY, seed, **small), "MAML": start}, judged=10, every=2)


def iterations(tape: Tape) -> list[int]:
    return [moment.iteration for moment in tape.moments]


def test_the_beginning_and_each_judgement_are_on_the_tape_as_they_were() -> None:
    both = two()
    fresh = play_trial(FAMILY, TASKS, both.learners["RL²"].agent(), generator(1)).action  # type: ignore[attr-defined]
    for _ in range(4):
        both.step()
    tape = both.tape
    assert iterations(tape) == [0, 1, 3] and tape.names() == ["RL²", "MAML"] and (tape.family, tape.episodes) == (FAMILY, 4)
    assert torch.equal(play_trial(FAMILY, TASKS, tape.moments[0].agents["RL²"], generator(1)).action, fresh)
    assert tape.moments[0].returns == {}
    for moment in tape.moments[1:]:
        for name, returns in play_agents(FAMILY, moment.agents, TASKS).items():
            assert torch.equal(moment.returns[name], returns), "what was judged is what is kept"
    assert not torch.equal(tape.moments[1].returns["RL²"], tape.moments[2].returns["RL²"])


def test_going_back_drops_what_came_after() -> None:
    both = two()
    both.step()
    early = both.state_dict()
    for _ in range(2):
        both.step()
    held = both.tape.moments
    both.load_state_dict(early)
    assert iterations(both.tape) == [0, 1] and [moment.iteration for moment in held] == [0, 1, 3]
    for _ in range(2):
        both.step()
    assert iterations(both.tape) == [0, 1, 3]
    other = two(seed=1)
    other.load_state_dict(early)
    assert iterations(other.tape) == [1], "how another run came to this state has not been seen"


def test_long_tapes_are_thinned_out() -> None:
    tape = Tape(FAMILY, 4)
    for iteration in range(LONGEST + 1):
        tape.keep(Moment(iteration, {}, {}))
    assert len(tape.moments) == LONGEST // 2 + 1
    assert iterations(tape)[:3] == [0, 2, 4] and iterations(tape)[-2:] == [LONGEST - 2, LONGEST]
    for iteration in range(LONGEST + 1, 10 * LONGEST):
        tape.keep(Moment(iteration, {}, {}))
        assert len(tape.moments) <= LONGEST and iterations(tape)[0] == 0 and iterations(tape)[-1] == iteration
