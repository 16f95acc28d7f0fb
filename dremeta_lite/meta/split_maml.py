"""MAML with its tasks split over workers: the meta-gradient is a mean over tasks, so that its pieces may be computed anywhere.

    g = Σ_i (n_i / N) g_i        share i has n_i of the N tasks; its worker plays them, adapts in them, and returns g_i

θ goes out and gradients come back, once in an iteration; trajectories stay where they were played. Every iteration waits for its slowest
share: synchronous stochastic gradients, whose price Chen et al. 2016 measure ("Revisiting distributed synchronous SGD", arXiv 1604.00981).
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any, NamedTuple

import torch
from torch.func import grad_and_value

from dremeta_lite.learner_state import State
from dremeta_lite.meta.maml import MAML
from dremeta_lite.networks import Params, detach
from dremeta_lite.rollout import Trajectories
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.workers import Inline, Tick, Workers


class Share(NamedTuple):
    """What a worker is given: some of the tasks, and all that it takes to learn from them."""

    family: TaskFamily
    options: Mapping[str, Any]
    """Of `MAML`: hyperparameters, and the shape of the policy."""
    parameters: State
    tasks: Any
    seed: int
    """Of everything that is drawn while these tasks are played."""


class Piece(NamedTuple):
    """What it returns: means over its tasks."""

    gradient: Params
    numbers: dict[str, float]
    played: tuple[Trajectories, ...]
    """The episodes; none where no shared baseline has to be fitted to them."""


def piece_of(share: Share, tick: Tick = lambda: None) -> Piece:
    """Play the share's tasks, adapt in each, and differentiate through that. Depends on its argument alone."""
    learner = MAML(share.family, share.seed, **{**share.options, "tasks": len(share.tasks[0])})
    learner.set_parameters(share.parameters)
    learner.rng.manual_seed(share.seed)  # the first parameters have drawn from it
    experience, returns = learner.sample_experience(detach(learner.theta), share.tasks)
    gradient, value = grad_and_value(learner.objective(experience))(detach(learner.learned))
    numbers = {"return_before": returns[0], "return_after": returns[1], "return_last": returns[-1], "surrogate": value.item()}
    numbers |= learner.policy.spread(detach(learner.theta), experience[0].observation)
    return Piece(gradient, numbers, tuple(learner.played) if learner.baseline is not None else ())


def weighted_sum(pieces: Sequence[Mapping[str, Any]], weights: Sequence[float]) -> dict[str, Any]:
    """By name Σ_i weight_i · piece_i, added up in the order of the pieces: which worker was first then changes no last digit."""
    return {name: sum(weight * piece[name] for weight, piece in zip(weights, pieces, strict=True)) for name in pieces[0]}


class SplitMAML(MAML):
    """MAML, each iteration of which is computed in shares by workers. Other arguments as in `PolicyLearner`.

    The same seed gives the same numbers, bit for bit, whoever the workers are and however many: shares, their tasks and their seeds are
    drawn here, and the gradients are added in order. They are not the numbers of `MAML` with that seed, which draws all from one generator.

    Args:
        workers: who computes; `Inline()`, one share after the other in this process, if None.
        shares: into how many parts the tasks are split. A multiple of the workers keeps all of them busy; a change of it is another run.
    """

    def __init__(self, family: TaskFamily, *arguments: Any, workers: Workers | None = None, shares: int = 4, **options: Any) -> None:
        self.workers, self.shares = workers or Inline(), shares
        self.shape = {name: options[name] for name in ("hidden", "log_std", "shared") if name in options}
        super().__init__(family, *arguments, **options)

    def advance(self) -> dict[str, float]:
        """One meta-iteration: draw tasks, let the workers adapt to them, add up what they return, and move θ."""
        h = self.hyper
        tasks = self.family.sample_tasks(h.tasks, self.rng, self.device)
        shares = self.split_tasks(tasks)
        found: dict[int, Piece] = {}
        with closing(self.workers.each(piece_of, shares)) as results:
            for place, piece in results:
                found[place] = piece
                self.heartbeat()
        pieces = [found[place] for place in range(len(shares))]
        weights = [len(share.tasks[0]) / h.tasks for share in shares]
        gradient = weighted_sum([piece.gradient for piece in pieces], weights)
        self.ascend(gradient, h.meta_lr)
        self.refit([together(batches) for batches in zip(*(piece.played for piece in pieces), strict=True)])
        return {
            **weighted_sum([piece.numbers for piece in pieces], weights),
            "gradient_norm": torch.cat([g.flatten() for g in gradient.values()]).norm().item(),
            "env_steps": float(h.tasks * h.trajectories * self.family.horizon * (h.inner_steps + 1)),
        }

    def split_tasks(self, tasks: Any) -> list[Share]:
        """The tasks in shares as even as they can be, each with a seed of its own."""
        options = {**self.hyper.values(), **self.shape, "device": str(self.device)}
        places = torch.arange(len(tasks[0]), device="cpu").tensor_split(min(self.shares, len(tasks[0])))
        seeds = torch.randint(2**62, (len(places),), generator=self.rng, device=self.rng.device).tolist()
        parameters = self.parameters()
        some = lambda where: type(tasks)(*(x[where.to(x.device)] for x in tasks))  # noqa: E731
        return [Share(self.family, options, parameters, some(where), seed) for where, seed in zip(places, seeds, strict=True)]


def together(batches: Sequence[Trajectories]) -> Trajectories:
    """The episodes of all shares."""
    return Trajectories(*(torch.cat(tensors) for tensors in zip(*batches, strict=True)))
