"""DQN: Q-learning with a network instead of a table. Two things keep it from chasing its own tail: replay, and a target network.

    target    y = r + γ Q⁻(s', argmax_a' Q(s', a'))        where s' is terminal: y = r
    loss      L(θ) = E[ (Q(s, a; θ) - y)² ]                over transitions drawn from the replay buffer; y counts as a constant

Q⁻ is the target network: Q with parameters θ⁻ that are copied from θ now and then, and stand still in between.
Source: Mnih et al. 2015, "Human-level control through deep reinforcement learning", algorithm 1; van Hasselt et al. 2016 (double DQN).
"""

from collections.abc import Sequence
from typing import Any

import torch
from gymnasium.spaces import Box
from jaxtyping import Float, Int
from torch import Tensor

from dremeta_lite.compatibility import need, need_choice
from dremeta_lite.hyper import HyperParameters, Real, Switch, Whole
from dremeta_lite.inner.q_learning import epsilon_greedy, td_target
from dremeta_lite.inner.replay import Replay, Transitions
from dremeta_lite.learner import GradientLearner, generator
from dremeta_lite.networks import CNN, MLP, Params, detach
from dremeta_lite.rollout import Act, Stream, play_out
from dremeta_lite.tasks.family import TaskFamily, pick

JUDGED, JUDGE_EVERY = 20, 5
"""Episodes that judge the greedy policy (one a task, if there are more tasks), and after how many iterations they do."""
WARM_UP = 1000
"""Transitions that are collected before the first update."""


def bootstrap_value(online: Float[Tensor, "n action"], target: Float[Tensor, "n action"], double: bool = True) -> Float[Tensor, " n"]:
    """What the next state is worth, from both networks' values of its actions.

    Double DQN: the online network chooses the action, the target network says what it is worth (van Hasselt et al. 2016, eq. 4).
    Plain DQN: the target network does both, so that an action overrated by chance is chosen *and* believed (Mnih et al. 2015).
    """
    chosen = online.argmax(-1) if double else target.argmax(-1)
    return target.gather(-1, chosen.unsqueeze(-1)).squeeze(-1)


def q_loss(Q: Float[Tensor, "n action"], action: Int[Tensor, " n"], target: Float[Tensor, " n"]) -> Float[Tensor, ""]:
    """Mean of (Q(s, a) - y)² over the batch; only the values of the actions taken are moved. Source: Mnih et al. 2015, eq. of L_i(θ_i)."""
    taken = Q.gather(-1, action.unsqueeze(-1)).squeeze(-1)
    return (taken - target).square().mean()


class DQNHyper(HyperParameters):
    """What can be changed while DQN trains."""

    learning_rate = Real(5e-4, low=1e-5, high=0.01, symbol="α", scale="log", help="Adam's step size")
    discount = Real(0.99, low=0, high=0.999, symbol="γ", help="discount factor")
    exploration = Real(0.3, low=0, high=1, symbol="ε", help="how often the agent takes a random action, once it has stopped exploring")
    explore_for = Whole(80, low=1, high=1000, unit="iterations", help="over which ε falls from 1 to its final value")
    batch = Whole(128, low=1, high=512, symbol="B", unit="transitions", help="that one gradient is made from")
    replay_size = Whole(50_000, low=100, high=50_000, unit="transitions", help="the newest ones, that batches are drawn from")
    target_every = Whole(30, low=1, high=1000, symbol="C", unit="updates", help="after which the target network is copied again")
    target_network = Switch(True, help="off: the network sets its own targets, which move with every update")
    replay = Switch(True, help="off: learn from the newest transitions only, in the order in which they happened")
    double = Switch(True, help="on: one network chooses the next action, the other says what it is worth (double DQN)")
    termination_mask = Switch(True, help="off: a bug. Targets add the worth of terminal states, from which nothing follows")


class DQN(GradientLearner):
    """Learns Q(s, a; θ) for families with discrete actions: a multilayer perceptron for vectors, a small CNN for images.

    Args:
        tasks: a batch of tasks; in each iteration every agent begins in one of them, at random. None: the default task, without break.
        agents: how many act side by side with the same network.
        steps: of each agent in one iteration; each is followed by one update.
        capacity: room of the replay buffer.
        seed, device, hyper: as of every `Learner`.

    Raises:
        ValueError: the family's actions are no choice among a few, or its observations no numbers.
    """

    hyper: DQNHyper
    kept = (*GradientLearner.kept, "updates", "greedy_return", "stream", "memory", "target")
    """The buffer included. An iteration has many updates, so that copying it costs little."""
    cause = "The usual cause is a learning rate that is too large, or values that run away without a mask or a target network."

    def __init__(
        self,
        family: TaskFamily,
        seed: int = 0,
        device: torch.device | str = "cpu",
        tasks: Any = None,
        agents: int = 16,
        steps: int = 50,
        hidden: Sequence[int] = (64, 64),
        capacity: int = 50_000,
        **hyper: Any,
    ) -> None:
        need_choice(family, "DQN")
        space = family.observation_space
        need(isinstance(space, Box), "DQN", "numbers or images to look at", family, f"{space} as observations (take tabular Q-learning)")
        self.family, self.seed, self.device, self.hyper = family, seed, torch.device(device), DQNHyper(**hyper)
        self.agents, self.steps, self.updates, self.greedy_return = agents, steps, 0, 0.0
        rng = generator(seed)
        self.network, self.scale = make_network(family, hidden, self.device), input_scale(family, self.device)
        theta = self.network.init(rng)
        self.target = detach(theta)
        default = type(family.default_params)(*(x[None] for x in family.default_params))
        self.tasks = type(default)(*(x.to(self.device) for x in (default if tasks is None else tasks)))
        self.new_tasks, self.task = tasks is not None, pick(self.tasks, 0)
        self.stream = Stream(family, self.draw_tasks(rng), agents, rng)
        self.memory = Replay(capacity, space.shape or (), device)
        super().__init__(theta, rng)

    def draw_tasks(self, rng: torch.Generator) -> Any:
        """One of the tasks for each agent."""
        return pick(self.tasks, torch.randint(len(self.tasks[0]), (self.agents,), generator=rng, device=rng.device).to(self.device))

    @property
    def epsilon(self) -> float:
        """ε now: it falls from 1 in a straight line, and then stays at `exploration`."""
        progress = min(1.0, self.iteration / self.hyper.explore_for)
        return 1 + progress * (self.hyper.exploration - 1)

    def advance(self) -> dict[str, float]:
        """One iteration: every agent takes some steps, and each step is followed by one update."""
        if self.new_tasks:
            self.stream.enter(self.draw_tasks(self.rng))
        losses = []
        for _ in range(self.steps):
            losses.append(self.act_and_learn())
            self.heartbeat()
        if self.iteration % JUDGE_EVERY == 0:
            self.greedy_return = self.judge()
        learned = [loss for loss in losses if loss is not None]
        return {
            "return": self.stream.recent_return(),
            "greedy_return": self.greedy_return,
            "loss": sum(learned) / max(1, len(learned)),
            "value": self.values(self.memory.newest(self.agents * self.steps).observation).amax(-1).mean().item(),
            "epsilon": self.epsilon,
            "env_steps": float(self.steps * self.agents),
        }

    def act_and_learn(self) -> float | None:
        """One step of every agent, then one update, whose loss is returned; None while there is too little experience."""
        observation = self.stream.observation
        action = epsilon_greedy(self.values(observation), self.epsilon, self.rng)
        step = self.stream.step(action)
        seen = Transitions(observation, action, step.reward, step.next_observation, step.terminated)
        self.memory.add(seen if step.counts.all() else pick(seen, step.counts))
        if len(self.memory) < WARM_UP:
            return None
        h = self.hyper
        experience = self.memory.sample(h.batch, self.rng, h.replay_size) if h.replay else self.memory.newest(h.batch)
        loss = q_loss(self.see(self.theta, experience.observation), experience.action, self.targets(experience))
        self.descend(loss, h.learning_rate)
        self.updates += 1
        if self.updates % h.target_every == 0:
            self.update_target()
        return loss.item()

    @torch.no_grad()
    def targets(self, experience: Transitions) -> Float[Tensor, " n"]:
        """What Q(s, a) is drawn to. No gradient flows through it: it counts as a constant."""
        h, after = self.hyper, experience.next_observation
        online = self.see(self.theta, after)
        target = self.see(self.target, after) if h.target_network else online
        ended = experience.terminated if h.termination_mask else torch.zeros_like(experience.terminated)
        return td_target(experience.reward, bootstrap_value(online, target, h.double), ended, h.discount)

    def update_target(self) -> None:
        """θ⁻ ← θ"""
        self.target = {name: p.detach().clone() for name, p in self.theta.items()}

    def see(self, params: Params, observation: Float[Tensor, "n *obs"]) -> Float[Tensor, "n action"]:
        """Q of all actions, with any parameters."""
        return self.network.forward(params, observation * self.scale)

    @torch.no_grad()
    def values(self, observation: Float[Tensor, "n *obs"]) -> Float[Tensor, "n action"]:
        """Q(s, ·; θ), without a gradient."""
        return self.see(self.theta, observation)

    def greedy(self, observation: Float[Tensor, "n *obs"]) -> Int[Tensor, " n"]:
        """The best action for each observation: for `play_out`, to see what has been learned."""
        return self.values(observation).argmax(-1)

    def watch(self, episodes: int) -> Act:
        """The greedy policy, as a function of observations: what `play_out` asks for."""
        return self.greedy

    def judge(self, seed: int = 0) -> float:
        """Mean return of the greedy policy in fresh episodes, drawn with a generator of their own: looking does not change the training."""
        rng, n = generator(seed), max(JUDGED, len(self.tasks[0]))
        each = torch.arange(n, device=self.device) % len(self.tasks[0])
        return play_out(self.family, pick(self.tasks, each), self.greedy, n, rng).returns().mean().item()


def make_network(family: TaskFamily, hidden: Sequence[int], device: torch.device) -> MLP | CNN:
    """The network that fits a family's observations: a CNN for images (channel, row, column), else a perceptron. ReLU in both."""
    shape = family.observation_space.shape or ()
    if len(shape) == 3:
        return CNN(shape, family.action_size, device=device)
    return MLP([family.observation_size, *hidden, family.action_size], device=device, activation=torch.relu)


def input_scale(family: TaskFamily, device: torch.device) -> Tensor:
    """What observations are multiplied with, so that a network sees numbers of about ±1: images as they are, else by half their bounds."""
    space = family.observation_space
    if not isinstance(space, Box) or len(space.shape) == 3:
        return torch.ones((), device=device)
    high = torch.as_tensor(space.high, device=device)
    return torch.where(high.isfinite(), 2 / high, 1.0)  # an outside environment may have no bounds
