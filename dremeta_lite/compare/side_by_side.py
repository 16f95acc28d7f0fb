"""Several learners side by side: the same family, iterations in turn, judged in the same trials of the same tasks.

Learners of a starting point, of a memory and of a belief have little in common. But all of them can be let into a task without being told
which, and then only one thing counts: what each episode of the trial returns.
"""

import time
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.compare.checkpoints import Checkpoint, RecordedRun
from dremeta_lite.compare.scores import Score, earned, play_agents
from dremeta_lite.hyper import HyperParameters, Whole
from dremeta_lite.learner import Learner
from dremeta_lite.learner_state import bring_back
from dremeta_lite.trials import Agent


@runtime_checkable
class MakesAgents(Protocol):
    """A learner whose present parameters can play trials."""

    def agent(self) -> Agent:
        """Plays with a copy of the present parameters."""
        ...


class Several(Learner):
    """Learners that are driven as one."""

    learners: Mapping[str, Any]
    kept = ("learners", "iteration")

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        before = self.state_dict()
        try:
            super().load_state_dict(state)
        except ValueError:  # one of them has refused: the others go back to where they were
            bring_back(self, self.kept, before)
            raise


class SideBySideHyper(HyperParameters):
    """What can be changed while several learners train."""

    judge_every = Whole(5, low=1, high=1000, unit="turns", help="all of them are judged after so many turns")
    judged = Whole(200, low=1, high=10_000, unit="tasks", help="held-out tasks in which they are judged")


class SideBySide(Several):
    """Trains several learners in turn, an iteration each or as many as one is told.

    Args:
        learners: by name; all on the same family, each with a method `agent()`.
        episodes: in the trials that they are judged in; the family's own number if None.
        turns: how many iterations a learner does in one of this one's, by name; 1 if it is not named. Learners whose iterations take
            unequal times can so be given about equal times, and the same seed still gives the same run.
        tasks: in which they are judged; the family's first `judged` held-out ones if None.
        score: the number of each episode; its return by default.
        hyper: starting values of the hyperparameters, by name. Those of the learners stay their own: `learners[name].hyper`.

    Attributes:
        learners: by name.
        episode_returns: mean return of each episode [episode] when they were last judged, by name; zeros before the first iteration.
        cpu_seconds: what each has spent on training, by name. Another machine takes another time.
        env_steps: in how many steps each has learned about the world, by name.
        run: the agents as they were at the beginning and at each judgement, to be looked at later; no part of the state either.

    Raises:
        ValueError: there is no learner, they have different families, one cannot play trials, or `turns` names a stranger or less than 1.
    """

    hyper: SideBySideHyper
    kept = (*Several.kept, "episode_returns", "cpu_seconds", "env_steps")

    def __init__(
        self,
        learners: Mapping[str, Learner],
        episodes: int | None = None,
        turns: Mapping[str, int] | None = None,
        tasks: Any = None,
        score: Score = earned,
        **hyper: Any,
    ) -> None:
        super().__init__()
        if not learners:
            raise ValueError("there is nothing to compare: give at least one learner")
        self.turns, self.tasks, self.score = dict.fromkeys(learners, 1) | dict(turns or {}), tasks, score
        if self.turns.keys() != learners.keys() or min(self.turns.values()) < 1:
            raise ValueError(f"turns gives learners of {', '.join(learners)} a whole number from 1 up, got {turns}")
        self.learners, self.hyper = dict(learners), SideBySideHyper(**hyper)
        first = next(iter(self.learners.values()))
        self.family, self.seed, self.device = first.family, first.seed, first.device
        for name, learner in self.learners.items():
            if learner.family.name != self.family.name:
                raise ValueError(f"{name} learns {learner.family.name}, and the first one {self.family.name}: compare on one family")
            if not isinstance(learner, MakesAgents):
                raise ValueError(f"{name} ({type(learner).__name__}) has no agent() that could play a trial")
        self.episodes = self.family.episodes if episodes is None else episodes
        self.episode_returns: dict[str, Float[Tensor, " episode"]] = {
            name: torch.zeros(self.episodes, device="cpu") for name in self.learners
        }
        self.cpu_seconds, self.env_steps = dict.fromkeys(self.learners, 0.0), dict.fromkeys(self.learners, 0.0)
        self.last_good = self.state_dict()
        self.recorded_run = RecordedRun(self.family, self.episodes, turns=self.turns, device=self.device)
        self.recorded_run.keep(Checkpoint(self.iteration, self.agents(), {}))

    def advance(self) -> dict[str, float]:
        """One turn of each learner; now and then, a trial of each. The numbers are returns of whole trials, by name."""
        for name, learner in self.learners.items():
            learner.heartbeat = self.heartbeat
            for _ in range(self.turns[name]):
                begin = time.process_time()
                row = learner.step()
                self.cpu_seconds[name] += time.process_time() - begin
                self.env_steps[name] += row.get("env_steps", 0.0)
                self.heartbeat()
        if self.iteration % self.hyper.judge_every == 0:
            self.judge_all()
            self.recorded_run.keep(Checkpoint(self.iteration + 1, self.agents(), dict(self.episode_returns)))
        return {name: returns.sum().item() for name, returns in self.episode_returns.items()}

    def agents(self) -> dict[str, Agent]:
        """What each has learned so far, as players of trials, by name."""
        return {name: learner.agent() for name, learner in self.learners.items() if isinstance(learner, MakesAgents)}

    def judge_all(self) -> None:
        """Let all of them into the same held-out tasks."""
        tasks = self.family.held_out_tasks(self.hyper.judged, self.device) if self.tasks is None else self.tasks
        for name, learner in self.learners.items():
            assert isinstance(learner, MakesAgents)
            self.episode_returns |= play_agents(self.family, {name: learner.agent()}, tasks, self.episodes, self.score)
            self.heartbeat()

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        before = self.iteration
        super().load_state_dict(state)
        if self.iteration > before:  # the run has not seen how it came to this
            self.recorded_run.rewind(-1)
        self.recorded_run.rewind(self.iteration)
        if not self.recorded_run.checkpoints or self.iteration == 0:
            self.recorded_run.keep(Checkpoint(self.iteration, self.agents(), {}))
