"""A run that is kept: who was judged is in it as it was then, going back drops what came after, and it does not grow for ever."""

from typing import Any

import torch

from dremeta_lite.compare.checkpoints import LONGEST, Checkpoint, RecordedRun
from dremeta_lite.compare.scores import play_agents
from dremeta_lite.compare.side_by_side import SideBySide
from dremeta_lite.learner import generator
from dremeta_lite.meta import MAML, RL2
from dremeta_lite.tasks import HiddenGoal
from dremeta_lite.trials import play_trial

FAMILY = HiddenGoal()
TASKS = FAMILY.held_out_tasks(10)


def two(seed: int = 0) -> SideBySide:
    small: dict[str, Any] = {"memory": 8, "hidden": (8,), "trials": 8}
    start = MAML(FAMILY, seed, hidden=(8,), tasks=2, trajectories=2)
    return SideBySide({"RL²": RL2(FAMILY, seed, **small), "MAML": start}, judged=10, judge_every=2)


def iterations(run: RecordedRun) -> list[int]:
    return [checkpoint.iteration for checkpoint in run.checkpoints]


def test_the_beginning_and_each_judgement_are_on_the_tape_as_they_were() -> None:
    both = two()
    fresh = play_trial(FAMILY, TASKS, both.learners["RL²"].agent(), generator(1)).action  # type: ignore[attr-defined]
    for _ in range(4):
        both.step()
    run = both.recorded_run
    assert iterations(run) == [0, 1, 3] and run.names() == ["RL²", "MAML"] and (run.family, run.episodes) == (FAMILY, 4)
    assert torch.equal(play_trial(FAMILY, TASKS, run.checkpoints[0].agents["RL²"], generator(1)).action, fresh)
    assert run.checkpoints[0].returns == {}
    for checkpoint in run.checkpoints[1:]:
        for name, returns in play_agents(FAMILY, checkpoint.agents, TASKS).items():
            assert torch.equal(checkpoint.returns[name], returns), "what was judged is what is kept"
    assert not torch.equal(run.checkpoints[1].returns["RL²"], run.checkpoints[2].returns["RL²"])


def test_going_back_drops_what_came_after() -> None:
    both = two()
    both.step()
    early = both.state_dict()
    for _ in range(2):
        both.step()
    held = both.recorded_run.checkpoints
    both.load_state_dict(early)
    assert iterations(both.recorded_run) == [0, 1] and [checkpoint.iteration for checkpoint in held] == [0, 1, 3]
    for _ in range(2):
        both.step()
    assert iterations(both.recorded_run) == [0, 1, 3]
    other = two(seed=1)
    other.load_state_dict(early)
    assert iterations(other.recorded_run) == [1], "how another run came to this state has not been seen"


def test_long_tapes_are_thinned_out() -> None:
    run = RecordedRun(FAMILY, 4)
    for iteration in range(LONGEST + 1):
        run.keep(Checkpoint(iteration, {}, {}))
    assert len(run.checkpoints) == LONGEST // 2 + 1
    assert iterations(run)[:3] == [0, 2, 4] and iterations(run)[-2:] == [LONGEST - 2, LONGEST]
    for iteration in range(LONGEST + 1, 10 * LONGEST):
        run.keep(Checkpoint(iteration, {}, {}))
        assert len(run.checkpoints) <= LONGEST and iterations(run)[0] == 0 and iterations(run)[-1] == iteration
