"""The best search for a goal in the plane that is felt only when it is reached: one path, as long as p(T) is known.

Until the goal is found, every step has said the same: "not here". So an explorer is ONE path (see `bayes_optimal`, where it is one walk),
and the goal only decides how far it is walked. What it is worth is the share of the H steps that are spent at the goal:

    V(path) = E_{g ~ p(T)} [ (H - k(g) + 1) / H ],    k(g): the first step that ends within reach of g        (0 if there is none)

There is no formula for the best path. It is found by gradient ascent on its directions, from several starts, with the edge of the reach
softened, and less so from step to step; then it is judged with the edge as it is.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import logsigmoid

from dremeta_lite.tasks.drawn_goals import Goals, some

SPEED, REACH, STEPS = 0.04, 0.06, 80
"""Plane units a step, plane units, and H."""
Path = Float[Tensor, "*start time 2"]


def share_found(path: Path, goals: Goals) -> Float[Tensor, "*start n"]:
    """For each goal, the share of the steps that are spent there: 0 if the path never comes within reach."""
    there = torch.cdist(path, goals) < REACH
    return there.cummax(-2).values.to(path.dtype).mean(-2)


def best_path(goals: Goals, rng: torch.Generator, starts: int = 8, updates: int = 250, batch: int = 64) -> Float[Tensor, "time 2"]:
    """A path of 80 steps from the origin that is worth as much as possible on these goals. Takes about a second."""
    turn = 0.3 * torch.randn(starts, STEPS, generator=rng, device=rng.device)
    turn[:, 0] = 2 * math.pi * torch.rand(starts, generator=rng, device=rng.device)
    direction = turn.cumsum(-1).requires_grad_()
    optimiser = torch.optim.Adam([direction], lr=0.05)
    for update in range(updates):
        edge = REACH * 2 * (0.07 ** (update / updates))
        away = (torch.cdist(walked(direction), some(goals, batch, rng)) - REACH) / edge
        still_hidden = logsigmoid(away).cumsum(-2).exp()
        optimiser.zero_grad()
        still_hidden.mean((1, 2)).sum().backward()
        optimiser.step()
    paths = walked(direction.detach())
    return paths[share_found(paths, goals).mean(-1).argmax()]


def walked(direction: Float[Tensor, "*start time"]) -> Path:
    """The path of steps in these directions (radians)."""
    return SPEED * torch.stack([direction.cos(), direction.sin()], -1).cumsum(-2)
