"""An agent that acts by planning: it has learned nothing but the model, and thinks before every action."""

from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.compatibility import need_certainty, need_real_actions, need_rules
from dremeta_lite.episodes import FamilyEpisodes
from dremeta_lite.hyper import HyperParameters, Switch, Whole
from dremeta_lite.learner import Learner, generator
from dremeta_lite.tasks.family import TaskFamily, task_on
from dremeta_lite.world.planning import MPC, Model, Planned, action_box, fit_length, reward_of, true_model

LONGEST = 60


class PlanningHyper(HyperParameters):
    """What can be set while the agent acts."""

    horizon = Whole(20, low=1, high=LONGEST, symbol="H", unit="steps", help="how far ahead each plan looks")
    plans = Whole(300, low=10, high=1000, symbol="N", unit="plans", help="plans imagined before every action, in all rounds together")
    rounds = Whole(3, low=1, high=6, unit="rounds", help="how often CEM narrows its search; it tries N / rounds plans each time")
    cross_entropy = Switch(True, help="on: the cross-entropy method (CEM), which starts from the last plan; off: random shooting")
    learned_model = Switch(True, help="on: plans are imagined with the learned model; off: with the true one")


class PlanningAgent(Learner):
    """One agent in one task. An iteration is one step of the world: plan, act, see what happens. Episodes follow each other.

    Nothing is trained here. It has the shape of a learner so that everything that drives learners can drive it.

    Args:
        family, task: the world; the family's default task if None.
        learned: the learned model; with None, `learned_model` is off.
        seed, device, hyper: as of every `Learner`.

    Attributes:
        planned: the plans of the last step, or None before the first and after a jump to another state.

    Raises:
        ValueError: `learned_model` is on and there is none.
    """

    hyper: PlanningHyper
    kept = ("rng", "iteration", "elapsed", "episode_return", "ahead", "episode")
    cause = "The usual cause is a model that is wrong where the plans have led."

    def __init__(
        self,
        family: TaskFamily,
        learned: Model | None,
        seed: int = 0,
        device: torch.device | str = "cpu",
        *,
        task: Any = None,
        **hyper: Any,
    ) -> None:
        super().__init__()
        need_rules(family, "PlanningAgent")
        need_real_actions(family, "PlanningAgent")
        need_certainty(family, "PlanningAgent")
        self.family, self.seed, self.device, self.learned = family, seed, torch.device(device), learned
        self.task = task_on(family, task, self.device)
        self.hyper = PlanningHyper(**{"learned_model": learned is not None, **hyper})
        self.rng = generator(seed)
        self.episode = FamilyEpisodes(family, self.task, self.rng)
        self.episode.reset()
        self.box = action_box(family, self.state)
        self.ahead = self.nothing_planned()
        self.elapsed, self.episode_return = 0, 0.0
        self.planned: Planned | None = None

    @property
    def state(self) -> Float[Tensor, "state"]:
        """Where the world is now."""
        return self.episode.state

    def nothing_planned(self) -> Float[Tensor, "time action"]:
        """The middle of the box, all the way."""
        return ((self.box.low + self.box.high) / 2).expand(LONGEST, -1).clone()

    @torch.no_grad()
    def advance(self) -> dict[str, float]:
        if self.elapsed >= self.family.horizon:
            self.begin_again()
        self.planned = self.think()
        step = self.episode.step(self.planned.actions[0])
        reward = step.reward.item()
        self.elapsed, self.episode_return = self.elapsed + 1, self.episode_return + reward
        numbers = {"reward": reward, "return": self.episode_return, "time": float(self.elapsed)}
        if step.terminated:
            self.elapsed = self.family.horizon
        numbers |= {f"state_{i}": x for i, x in enumerate(self.state.tolist())}
        return {**numbers, "imagined_return": self.planned.returns.max().item(), "env_steps": 1.0}

    def think(self) -> Planned:
        """Imagine plans from the present state, and choose."""
        h = self.hyper
        mpc = MPC(self.model(), reward_of(self.family, self.task), self.box, self.ahead)
        if not h.cross_entropy:
            self.ahead = self.nothing_planned()
            return mpc.shoot(self.state, self.rng, horizon=h.horizon, plans=h.plans)
        each = max(4, h.plans // h.rounds)
        planned = mpc.plan(self.state, self.rng, horizon=h.horizon, plans=each, refits=h.rounds, elites=max(2, each // 10))
        self.ahead = fit_length(planned.actions[1:], LONGEST, self.ahead[-1])
        return planned

    def model(self) -> Model:
        """The one that is planned with now."""
        if not self.hyper.learned_model:
            return true_model(self.family, self.task)
        if self.learned is None:
            raise ValueError("there is no learned model to plan with: give one, or switch learned_model off")
        return self.learned

    def put(self, state: Float[Tensor, "state"]) -> None:
        """Put the world into another state, as a hand would; the episode goes on from there."""
        self.episode.state = state.to(self.state)

    def begin_again(self) -> None:
        """A new episode."""
        self.episode.reset()
        self.ahead = self.nothing_planned()
        self.elapsed, self.episode_return = 0, 0.0

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        super().load_state_dict(state)
        self.planned = None
