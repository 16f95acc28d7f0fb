"""An agent that adapts while it acts: before every step it makes a model of the latest transitions, and plans with that.

The motor may be reversed while it swings, or the rod become another. Then what was seen before is about another pendulum, and how much is
remembered decides.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.compatibility import need
from dremeta_lite.episodes import FamilyEpisodes
from dremeta_lite.hyper import HyperParameters, Real, Switch, Whole
from dremeta_lite.learner import Learner, generator
from dremeta_lite.learner_state import Stateful
from dremeta_lite.tasks.family import TaskFamily, crowd_of, task_on, with_axes
from dremeta_lite.tasks.pendulum import Pendulum, PendulumTask
from dremeta_lite.world.hidden_pendulum import Fit
from dremeta_lite.world.model_learner import Transitions
from dremeta_lite.world.planning import MPC, Model, action_box, reward_of, true_model

HANGING = Pendulum("hanging")
"""Where every episode begins."""
SEARCH = {"horizon": 16, "plans": 48, "refits": 2, "elites": 8}
"""Of CEM, before every step."""


class Way(NamedTuple):
    """How an agent comes to its model."""

    fit: Fit | None
    """From what it remembers; None: it plans with the true model."""
    forgets: bool = True
    """It remembers the last M transitions alone, and otherwise the whole episode."""


class Swinging(Stateful):
    """Some pendulums side by side in one episode, each swung up by planning, and all that was seen of them.

    Attributes:
        path: where they have been, [pendulum, time + 1, 2].
        torques: [pendulum, time, 1].
        time: how many steps they have made.
    """

    kept = ("path", "torques", "ahead", "time")

    def __init__(self, family: Pendulum, tasks: PendulumTask) -> None:
        start = HANGING.initial(None, tasks)
        self.family, self.time = family, 0
        self.path = start[:, None].repeat(1, family.horizon + 1, 1)
        self.torques = torch.zeros(len(start), family.horizon, 1, device=start.device)
        self.ahead = torch.zeros(len(start), SEARCH["horizon"] - 1, 1, device=start.device)

    def seen(self, last: int | None) -> Transitions:
        """The last transitions; all of the episode if None."""
        begin = 0 if last is None else max(0, self.time - last)
        states = self.path[:, begin : self.time + 1]
        return Transitions(states[:, :-1], self.torques[:, begin : self.time], states[:, 1:])

    @torch.no_grad()
    def step(self, tasks: PendulumTask, way: Way, window: int, rng: torch.Generator) -> tuple[Float[Tensor, "n"], Float[Tensor, "n"]]:
        """Model, plan, act. The rewards, and by how much the next speeds differ from what the model has said."""
        family, state = self.family, self.path[:, self.time]
        model: Model = way.fit(self.seen(window if way.forgets else None)) if way.fit else true_model(family, with_axes(tasks, 1))
        planned = MPC(model, reward_of(family), action_box(family, state), self.ahead).plan(state, rng, **SEARCH)
        self.ahead, action = planned.actions[:, 1:], planned.actions[:, 0]
        said, episodes = model(state[:, None], action[:, None])[:, 0], FamilyEpisodes(family, tasks, rng)
        episodes.state = state
        reward = episodes.step(action).reward
        self.torques[:, self.time], self.path[:, self.time + 1] = action, episodes.state
        self.time += 1
        return reward, (episodes.state - said)[:, 1].abs()


def turned(task: PendulumTask, reverse: bool) -> PendulumTask:
    """The same pendulum, with its motor reversed or not."""
    return task._replace(gain=-task.gain if reverse else task.gain)


def act_adaptively(
    family: Pendulum,
    tasks: PendulumTask,
    way: Way,
    rng: torch.Generator,
    *,
    steps: int,
    window: int = 32,
    reversed_at: int | None = None,
    told: Transitions | None = None,
) -> Float[Tensor, "task time"]:
    """The rewards of one episode in each task, from the beginning.

    Args:
        steps: how long; at most an episode.
        window: M, how many transitions are remembered, if the way forgets.
        reversed_at: the step before which the motors are reversed.
        told: adapt to these transitions once, and to nothing that is seen later; with None to the latest ones before every step.
    """
    swinging, rewards = Swinging(family, tasks), []
    if told is not None and way.fit is not None:
        model = way.fit(told)
        way = Way(lambda seen: model)
    for step in range(steps):
        now = turned(tasks, reversed_at is not None and step >= reversed_at)
        rewards.append(swinging.step(now, way, window, rng)[0])
    return torch.stack(rewards, 1)


class ReversalHyper(HyperParameters):
    """What can be changed while the agents act."""

    window = Whole(6, low=1, high=200, symbol="M", unit="transitions", help="how many of the latest transitions the model is made of")
    reversed_motor = Switch(False, help="on: the motor turns the other way from the next step on; nobody tells the agents")
    rod = Real(
        1.0, low=0.5, high=1.3, symbol="l", unit="of its length", help="how long the rod is from the next step on; nobody tells them"
    )


class AdaptiveAgents(Learner):
    """Several ways to a model in the same pendulum, each in a copy of its own. An iteration is one step of the world.

    Episodes follow each other; in a new one nothing is remembered. Nothing is trained here; it has the shape of a learner, so that a
    panel can drive it.

    Args:
        family: the pendulum.
        ways: by name; all of them draw the same plans.
        seed, device, hyper: as of every `Learner`.
        task: which pendulum; the family's default task if None.

    Raises:
        ValueError: the family is no pendulum.
    """

    family: Pendulum
    hyper: ReversalHyper
    kept = ("rng", "iteration", "swinging", "earned")
    cause = "The usual cause is a model that is wrong where the plans have led."

    def __init__(
        self,
        family: TaskFamily,
        ways: Mapping[str, Way],
        seed: int = 0,
        device: torch.device | str = "cpu",
        *,
        task: Any = None,
        **hyper: Any,
    ) -> None:
        super().__init__()
        need(isinstance(family, Pendulum), "AdaptiveAgents", "a pendulum", family, "none")
        self.family, self.ways, self.seed, self.device = family, ways, seed, torch.device(device)  # type: ignore[assignment]
        self.task = crowd_of(task_on(family, task, self.device), 1)
        self.hyper, self.rng = ReversalHyper(**hyper), generator(seed)
        self.begin_again()

    def begin_again(self) -> None:
        """A new episode."""
        self.swinging = {name: Swinging(self.family, self.task) for name in self.ways}
        self.earned = dict.fromkeys(self.ways, 0.0)

    def advance(self) -> dict[str, float]:
        if next(iter(self.swinging.values())).time >= self.family.horizon:
            self.begin_again()
        draws, numbers = self.rng.get_state(), {}
        task = turned(self.task, self.hyper.reversed_motor)._replace(length=self.task.length * self.hyper.rod)
        for name, way in self.ways.items():
            self.rng.set_state(draws)  # the same draws for all of them
            swinging = self.swinging[name]
            reward, error = (x.item() for x in swinging.step(task, way, self.hyper.window, self.rng))
            self.earned[name] += reward
            numbers |= {f"reward {name}": reward, f"error {name}": error, f"return {name}": self.earned[name]}
            numbers |= {f"angle {name}": swinging.path[0, swinging.time, 0].item(), "time": float(swinging.time)}
        return {**numbers, "env_steps": float(len(self.ways))}
