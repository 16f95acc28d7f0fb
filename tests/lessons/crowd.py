"""Many runs of one learner side by side, for claims about a distribution: training is chaotic, and on another processor a seed makes
another run. Networks are stacked along a leading axis, as the course stacks tasks; what is played, judged and maximised is the learner's.
"""

from collections import deque
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.func import vmap

from dremeta_lite.inner.actor_critic import A2C, Batch
from dremeta_lite.inner.reinforce import Reinforce, score_objective
from dremeta_lite.learner import generator
from dremeta_lite.networks import detach
from dremeta_lite.rollout import RECENT, Rollout, Stream, play, play_out


class Crowd:
    """`runs` runs of a learner like `one` (REINFORCE, A2C or PPO), each with first parameters and draws of its own, from its generator."""

    def __init__(self, one: Any, runs: int) -> None:
        self.one, self.runs, self.iteration, self.rng = one, runs, 0, one.rng
        networks = [one.policy, one.critic] if isinstance(one, A2C) else [one.policy]
        fresh = [{name: p for network in networks for name, p in network.init(self.rng).items()} for _ in range(runs)]
        self.theta = {name: torch.stack([each[name] for each in fresh]).requires_grad_() for name in fresh[0]}
        self.optimiser = torch.optim.Adam(self.theta.values(), fused=True)
        self.earned: list[deque[float]] = [deque(maxlen=RECENT) for _ in range(runs)]
        if isinstance(one, A2C):
            self.stream = Stream(one.family, one.task, runs * one.episodes, self.rng)

    def apart(self, x: Tensor) -> Tensor:
        """[run, …] from what lies side by side in one axis."""
        return x.unflatten(0, (self.runs, -1))

    def train(self, until: int) -> "Crowd":
        """Iterations of each run until there have been so many."""
        while self.iteration < until:
            self.reinforce() if isinstance(self.one, Reinforce) else self.actor_critic()
            self.iteration += 1
        return self

    def ascend(self, objective: Tensor) -> None:
        """The sum over runs: each run's gradient is that of its own objective, and Adam moves every number by itself."""
        self.optimiser.zero_grad()
        (-objective).backward()
        self.optimiser.param_groups[0]["lr"] = self.one.hyper.learning_rate
        self.optimiser.step()

    def act(self, observation: Tensor) -> Tensor:
        return self.one.policy.sample(detach(self.theta), self.apart(observation), self.rng)[0].flatten(0, 1)

    def per_run(self, rollout: Rollout) -> list[Rollout]:
        return [Rollout(*parts) for parts in zip(*(x.chunk(self.runs) for x in rollout), strict=True)]

    def reinforce(self) -> None:
        rollout = play_out(self.one.family, self.one.task, self.act, self.runs * self.one.hyper.episodes, self.rng)
        advantage, weight = (torch.stack(x) for x in zip(*map(self.one.weigh, self.per_run(rollout)), strict=True))
        observation, action = (self.apart(x).flatten(1, 2) for x in (rollout.observation, rollout.action))
        objective = partial(score_objective, self.one.policy)
        self.ascend(vmap(objective)(self.theta, observation, action, advantage, weight).sum())
        for run, returns in enumerate(self.apart(rollout.returns())):
            self.earned[run] = deque(returns.tolist(), RECENT)

    def actor_critic(self) -> None:
        before = self.stream.earned
        rollout = play(self.stream, self.act, self.one.hyper.steps)
        self.note(rollout, before)
        theta = detach(self.theta)
        observation, following, action = (
            self.apart(x).flatten(1, 2) for x in (rollout.observation, rollout.next_observation, rollout.action)
        )
        with torch.no_grad():
            log_prob = self.one.policy.log_prob(theta, observation, action)
            values = [self.one.value(theta, x).unflatten(1, (-1, self.one.hyper.steps)) for x in (observation, following)]
            judged = [self.one.estimate(*each) for each in zip(self.per_run(rollout), *values, strict=True)]
        advantage, target = (torch.stack(x).flatten(1) for x in zip(*judged, strict=True))
        across = Batch(*(x.transpose(0, 1) for x in (observation, action, log_prob, advantage, target)))  # the same order in every run
        for part in self.one.parts(across):
            batch = Batch(*(x.transpose(0, 1) for x in part))
            self.ascend(self.runs * self.one.objective(self.theta, batch)["objective"])

    def note(self, rollout: Rollout, before: Tensor) -> None:
        """Keep the returns of the last episodes that ended."""
        earned = before.clone()
        for reward, ended in zip(rollout.reward.T, (rollout.terminated | rollout.truncated).T, strict=True):
            earned += reward
            for i in ended.nonzero().flatten().tolist():
                self.earned[i // self.one.episodes].append(earned[i].item())
            earned[ended] = 0

    def curve(self) -> Tensor:
        """What the acting policy earns, one number a run: the mean of the last episodes that ended."""
        return torch.tensor([sum(each) / max(len(each), 1) for each in self.earned])

    def look(self, episodes: int = 20) -> Tensor:
        """The greedy return over so many episodes, one number a run."""
        theta = detach(self.theta)
        greedy = lambda s: self.one.policy.greedy(theta, self.apart(s)).flatten(0, 1)
        found = play_out(self.one.family, self.one.task, greedy, self.runs * episodes, generator(99)).returns()
        return self.apart(found).mean(1)
