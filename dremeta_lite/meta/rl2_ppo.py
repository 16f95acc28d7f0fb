"""RL² by PPO: many steps uphill with each batch of trials, on short pieces of them. For worlds that are slow to play.

The trials are played without a record for gradients, and the memory before every action is kept. Then trials are cut into pieces, and the
memory runs through each piece again, from the one that was kept at its beginning: back through twenty steps instead of a hundred, and all
pieces at once.

Sources: Schulman et al. 2017, "Proximal policy optimization algorithms" (arXiv 1707.06347), eq. 7; Duan et al. 2016 (RL²), whose outer loop
is TRPO. Pieces that begin at a kept memory: Hausknecht and Stone 2015, "Deep recurrent Q-learning" (arXiv 1507.06527).
"""

from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.hyper import Real, Whole
from dremeta_lite.inner.ppo import clipped_surrogate
from dremeta_lite.meta.rl2 import RL2, RL2Hyper, by_step
from dremeta_lite.meta.trial_learner import judge, mean_over
from dremeta_lite.networks import Params, detach
from dremeta_lite.trials import Trial

HIGHEST = 20.0
"""The logarithm of a ratio, at most: e²⁰ has moved far too much in any case, and e⁹⁰ would be infinite and end the training."""


class RL2PPOHyper(RL2Hyper):
    """What can be changed while it trains."""

    learning_rate = Real(3e-3, low=1e-5, high=0.1, symbol="β", scale="log", help="Adam's step size in the outer loop, at the start")
    trials = Whole(64, low=1, high=4096, symbol="N", unit="tasks", help="trials in one iteration, each with a new task")
    piece = Whole(20, low=1, high=1000, unit="steps", help="how far back in time gradients run; it divides the length of a trial")
    epochs = Whole(5, low=1, high=50, unit="passes", help="how often each batch is gone through")
    minibatches = Whole(8, low=1, high=100, help="parts of a batch, with a step uphill for each")
    kl_limit = Real(
        0.05, low=1e-4, high=10, scale="log", unit="nats", help="a batch that has moved the policy by more than this is done with"
    )
    clip = Real(0.2, low=0.01, high=1, symbol="ε", help="how far a probability may move away from the old one before it gains nothing")


class Pieces(NamedTuple):
    """Trials in pieces. All are [piece, step, …]."""

    told: Tensor
    """What the memory was told after the step."""
    observation: Tensor
    action: Tensor
    advantage: Tensor
    aim: Tensor
    """Of the critic: what came after."""
    old_log_prob: Tensor
    task: Tensor
    clock: Tensor
    left: Tensor
    mask: Tensor
    memory: Tensor
    """Before the step, as it was when it was played."""


class RL2PPO(RL2):
    """Learns a memory that learns, by PPO on pieces of trials. Arguments as of `RL2`.

    Raises:
        ValueError: in the first step: the length of a trial is not a multiple of `piece`, or a transformer remembers.
    """

    hyper: RL2PPOHyper
    hyper_type = RL2PPOHyper

    def advance(self) -> dict[str, float]:
        """One iteration: play trials in new tasks, judge every action, and improve with each part of them, several times."""
        h, terms, norm = self.hyper, dict[str, Tensor](), 0.0
        steps = self.episodes * self.practised.horizon
        if self.network.at_once:
            raise ValueError("RL2PPO runs a GRU through pieces of trials; transformers and eyes read a trial as a whole: take RL2 for that")
        if steps % h.piece:
            raise ValueError(f"piece must divide the {steps} steps of a trial, got {h.piece}")
        with torch.no_grad():
            theta = detach(self.theta)
            trial, memory = self.play(theta, self.family.sample_tasks(h.trials, self.rng, self.device))
            usual = mean_over(trial.reward, trial.mask)
            pieces = self.cut(theta, trial, memory, usual)
        happened = pieces.mask.any(1).nonzero()[:, 0]  # a piece may lie behind the end of its episode
        for _ in range(h.epochs):
            order = torch.randperm(len(happened), generator=self.rng, device=self.rng.device).to(happened.device)
            for rows in happened[order].chunk(h.minibatches):
                terms = self.improve(self.theta, Pieces(*(x[rows] for x in pieces)), usual)
                gradient, norm = self.gradient(terms.pop("objective"))
                self.ascend(gradient, self.learning_rate())
            self.heartbeat()
            if terms.get("moved", usual.new_zeros(())) > h.kl_limit:
                break
        return {**self.returned(trial), **{name: term.item() for name, term in terms.items()}, "gradient_norm": norm}

    def cut(self, theta: Params, trial: Trial, memory: Float[Tensor, "task episode time memory"], usual: Tensor) -> Pieces:
        """Judge the actions, and lay the trials out in pieces."""
        network, mask, shape = self.network, trial.mask, trial.mask.shape
        situation, left = network.situation(memory, trial.observation), network.steps_left(self.hyper.discount)
        task = network.task_code(by_step(self.family, self.met))
        said = left * (usual + network.value(theta, situation, network.clock(), task))
        advantage, raw = judge(self.rewards(self.met, trial), said, mask, self.hyper)
        log_prob = network.actor.log_prob(theta, situation, trial.action)
        happened = self.told(trial), trial.observation, trial.action, advantage, raw + said, log_prob
        about = task.expand(*shape, task.shape[-1]), network.clock().expand(*shape, 2), left.expand(shape), mask, memory
        return Pieces(*map(self.laid_out, happened + about))

    def laid_out(self, whole: Tensor) -> Tensor:
        """[task, episode, time, …] as [piece, step, …]."""
        return whole.flatten(1, 2).unflatten(1, (-1, self.hyper.piece)).flatten(0, 1)

    def told(self, trial: Trial) -> Float[Tensor, "task episode time size"]:
        """What the memory was told after each step."""
        rows = [self.network.encoding.encode(step, clock) for step, clock in self.network.steps(trial)]
        return torch.stack(rows, 1).unflatten(1, trial.mask.shape[1:])

    def remembered(self, theta: Params, pieces: Pieces) -> Float[Tensor, "piece step memory"]:
        """The memory before each step, run through again from the beginning of each piece: the gradient runs through it."""
        memory, rows = pieces.memory[:, 0], []
        for t in range(self.hyper.piece):
            rows.append(memory)
            memory = self.network.absorb(theta, memory, pieces.told[:, t], pieces.mask[:, t] > 0)
        return torch.stack(rows, 1)

    def improve(self, theta: Params, pieces: Pieces, usual: Tensor) -> dict[str, Tensor]:
        """What is maximised on some pieces ("objective"), and numbers to watch. With ρ = π(a) / π_old(a):

        E[ min(ρ Â, clip(ρ, 1 - ε, 1 + ε) Â) ]  +  η E[ entropy ]  -  c_v E[ (V - G)² ]  +  c_T E[ log p(T | h) ]
        """
        h, network, mask, memory = self.hyper, self.network, pieces.mask, self.remembered(theta, pieces)
        situation = network.situation(memory, pieces.observation)
        log_prob, undecided = network.actor.log_prob_and_entropy(theta, situation, pieces.action)
        change, entropy = log_prob - pieces.old_log_prob, mean_over(undecided, mask)
        ratio = change.clamp(max=HIGHEST).exp()
        gain = clipped_surrogate(ratio, pieces.advantage, h.clip)
        value = pieces.left * (usual + network.value(theta, situation.detach(), pieces.clock, pieces.task))
        error = mean_over((value - pieces.aim).square(), mask) / pieces.left.square().mean()
        objective = mean_over(gain, mask) + self.entropy_weight() * entropy - h.value_weight * error
        moved = mean_over(ratio - 1 - change, mask)  # an estimate of KL(π_old ‖ π) that is never negative
        terms: dict[str, Any] = {"entropy": entropy, "value_error": error, "moved": moved}
        if self.privileged:
            terms["task_surprise"] = mean_over(network.surprise(theta, memory, pieces.task), mask)
            objective = objective - h.task_weight * terms["task_surprise"]
        return {"objective": objective, **terms}
