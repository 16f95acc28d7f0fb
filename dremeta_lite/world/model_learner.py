"""The learner of the transition model: play, remember, learn from all that is remembered, and again.

With `own_plans` this is the loop of model-based reinforcement learning: the model makes the plans, the plans decide where the agent goes,
and what it meets there makes the model better in just those places. (Sutton & Barto, 2018, section 8.2, call the loop *Dyna*.)
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.compatibility import need_real_actions, need_rules
from dremeta_lite.episodes import FamilyEpisodes
from dremeta_lite.hyper import HyperParameters, Real, Switch, Whole
from dremeta_lite.learner import GradientLearner, generator
from dremeta_lite.learner_state import State
from dremeta_lite.tasks.family import TaskFamily, crowd_of, task_on
from dremeta_lite.world.dynamics import (
    LearnedModel,
    Scale,
    features,
    halves,
    init_ensemble,
    one_step_loss,
    random_actions,
    random_play,
    rollout_error,
)
from dremeta_lite.world.planning import MPC, Box, action_box, reward_of

LOOK_AHEAD = 100  # steps of each held-out piece, and the most that k may be
HELD_OUT_SEED = 38
HELD_OUT = 32  # episodes of random play that are never learned from; each gives two pieces
RANDOM_FIRST = 200  # transitions of random play, before plans can be made with what was learned from them
PLANNING_HORIZON = 15
OWN_PLANS = {"horizon": PLANNING_HORIZON, "plans": 50, "refits": 2, "elites": 8}  # a short search: it is made at every step


class Transitions(NamedTuple):
    """What was seen: from a state, by an action, to the next state; perhaps of several tasks, with an axis for these in front."""

    state: Float[Tensor, "*task n state"]
    action: Float[Tensor, "*task n action"]
    next_state: Float[Tensor, "*task n state"]


class ModelHyper(HyperParameters):
    """What can be set while a model is learned."""

    model_lr = Real(3e-3, low=1e-5, high=1, symbol="β", scale="log", help="Adam's step size for the networks")
    play = Whole(10, low=1, high=50, unit="steps", help="steps that every player makes before each round of learning")
    updates = Whole(20, low=1, high=100, unit="steps", help="gradient steps in one iteration")
    batch = Whole(64, low=8, high=512, unit="transitions", help="transitions that each member sees in one gradient step")
    k = Whole(25, low=1, high=LOOK_AHEAD, symbol="k", unit="steps", help="steps that the model imagines without looking at the world")
    own_plans = Switch(False, help="on: play by planning with the model that is being learned; off: play at random")


class ModelLearner(GradientLearner):
    """Learns f_φ of ONE task, from play.

    An iteration: the players go on for some steps, at random or by planning with the present model (`own_plans`), what they see is
    added to the data, and the networks take some gradient steps on all data so far. A new episode begins when the horizon is reached.

    Args:
        family, task: the world; the family's default task if None.
        players: how many play at once, each in a world of its own.
        capacity: how many transitions are remembered; the oldest are forgotten first.
        seed, device, hyper: as of every `Learner`.
    """

    hyper: ModelHyper
    kept = (*GradientLearner.kept, "seen", "inputs", "changes", "data", "now", "episodes")

    def __init__(
        self,
        family: TaskFamily,
        seed: int = 0,
        device: torch.device | str = "cpu",
        *,
        task: Any = None,
        members: int = 5,
        hidden: Sequence[int] = (32, 32),
        players: int = 4,
        capacity: int = 10_000,
        **hyper: Any,
    ) -> None:
        need_rules(family, "ModelLearner")
        need_real_actions(family, "ModelLearner")
        self.family, self.seed, self.device, self.members = family, seed, torch.device(device), members
        self.task = task_on(family, task, self.device)
        self.hyper = ModelHyper(**hyper)
        rng = generator(seed)
        self.held_out = halves(random_play(family, self.task, HELD_OUT, 2 * LOOK_AHEAD, generator(HELD_OUT_SEED)))
        self.spread = Scale.of(self.held_out.states.flatten(0, 1)).std
        self.episodes = FamilyEpisodes(family, crowd_of(self.task, players), rng)
        self.episodes.reset()
        inputs, actions = family.observation_size + family.action_size, family.action_size
        numbers = self.episodes.state.shape[-1]
        self.now: State = {
            "elapsed": torch.zeros(players, dtype=torch.long, device=self.device),
            "ahead": torch.zeros(players, PLANNING_HORIZON - 1, actions, device=self.device),
        }
        self.data: State = {
            name: torch.zeros(capacity, n, device=self.device)
            for name, n in zip(Transitions._fields, (numbers, actions, numbers), strict=True)
        }
        self.seen = 0
        self.inputs = Scale(*torch.tensor([[0.0], [1.0]], device=self.device).expand(2, inputs))
        self.changes = Scale(*torch.tensor([[0.0], [1.0]], device=self.device).expand(2, numbers))
        super().__init__(init_ensemble([inputs, *hidden, numbers], members, rng, device), rng)

    def model(self) -> LearnedModel:
        """f_φ as it is now; later learning does not change it."""
        return LearnedModel(self.family, {name: p.detach().clone() for name, p in self.theta.items()}, self.inputs, self.changes)

    # One iteration

    def advance(self) -> dict[str, float]:
        self.play()
        known = self.transitions()
        x = features(self.family, known.state, known.action)
        change = known.next_state - known.state
        self.inputs, self.changes = Scale.of(x), Scale.of(change)
        losses = [self.update(self.inputs.shrink(x), self.changes.shrink(change)) for _ in range(self.hyper.updates)]
        numbers = {"transitions": float(len(x)), "env_steps": float(self.hyper.play * len(self.now["elapsed"]))}
        return {"loss": sum(losses) / len(losses), **self.judge(), **numbers}

    @torch.no_grad()
    def play(self) -> None:
        """Every player goes on for some steps, and begins a new episode at the horizon."""
        at_random = random_actions(self.box(), len(self.now["elapsed"]), self.hyper.play, self.rng)
        for action in at_random.unbind(1):
            self.now["elapsed"] += 1
            state = self.episodes.state
            action = self.planned_action() if self.hyper.own_plans and self.seen >= RANDOM_FIRST else action
            self.episodes.step(action)
            self.remember(Transitions(state, action, self.episodes.state))
            over = self.now["elapsed"] >= self.family.horizon
            self.episodes.restart(over)
            self.now["ahead"] = torch.where(over[:, None, None], 0.0, self.now["ahead"])
            self.now["elapsed"] *= ~over
            self.heartbeat()

    def box(self) -> Box:
        return action_box(self.family, self.episodes.state)

    def planned_action(self) -> Float[Tensor, "player action"]:
        """What planning with the present model finds best."""
        mpc = MPC(self.model(), reward_of(self.family, self.task), self.box(), self.now["ahead"])
        planned = mpc.plan(self.episodes.state, self.rng, **OWN_PLANS)
        self.now["ahead"] = planned.actions[:, 1:]
        return planned.actions[:, 0]

    def remember(self, new: Transitions) -> None:
        """Into the data, over the oldest if they are full."""
        capacity = len(self.data["state"])
        place = torch.arange(self.seen, self.seen + len(new.state), device=self.device) % capacity
        for name, x in new._asdict().items():
            self.data[name][place] = x.to(self.data[name].dtype)
        self.seen += len(new.state)

    def transitions(self) -> Transitions:
        """All that is remembered."""
        return Transitions(*(self.data[name][: self.seen] for name in Transitions._fields))

    def update(self, inputs: Float[Tensor, "n inputs"], targets: Float[Tensor, "n state"]) -> float:
        """One gradient step; every member draws a minibatch of its own."""
        which = torch.randint(len(inputs), (self.members, self.hyper.batch), generator=self.rng, device=self.rng.device).to(self.device)
        losses = one_step_loss(self.theta, inputs[which], targets[which])
        self.descend(losses.sum(), self.hyper.model_lr)
        return losses.mean().item()

    @torch.no_grad()
    def judge(self) -> dict[str, float]:
        """On held-out play: the error after one step and after k, both imagined from the first state of each piece, in units of the state's
        own spread; and how far the members are apart."""
        model, k = self.model(), self.hyper.k
        states, actions = self.held_out.states, self.held_out.actions
        errors = rollout_error(model.imagine(states[:, 0], actions[:, :k]), states[:, : k + 1], self.spread)
        return {
            "one_step_error": errors[1].item(),
            "k_step_error": errors[k].item(),
            "disagreement": model.disagreement(states[:, :-1], actions).mean().item(),
        }
