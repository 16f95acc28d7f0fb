"""The oracle of a machine that is to be held in place: whoever is told the task can compute the best linear controller for it."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.agents.yardsticks import Unmoved
from dremeta_lite.tasks.family import TaskFamily

ROUNDS = 400
"""Of the Riccati equation; 16 s of the pole's time."""


def linearised(family: TaskFamily, task: Any, states: int, actions: int) -> tuple[Float[Tensor, "s s"], Float[Tensor, "s a"]]:
    """A and B with s' ≈ A s + B a near rest, of ONE task: the derivatives of its transition model."""
    rest = torch.zeros(states, dtype=torch.float64, device="cpu"), torch.zeros(actions, dtype=torch.float64, device="cpu")
    a, b = torch.func.jacrev(lambda s, u: family.transition(s, u, None, task), (0, 1))(*rest)
    return a, b


def regulator(
    a: Float[Tensor, "*n s s"], b: Float[Tensor, "*n s a"], q: Float[Tensor, "s s"], r: Float[Tensor, "a a"], rounds: int = ROUNDS
) -> Float[Tensor, "*n a s"]:
    """The gain K of the linear quadratic regulator, a = -K s, for the cost Σ sᵀ Q s + aᵀ R a.

        K = (R + Bᵀ P B)⁻¹ Bᵀ P A        P ← Q + Aᵀ P (A - B K)

    Source: Bertsekas 2017, "Dynamic programming and optimal control", vol. 1, section 3.1 (the discrete-time Riccati equation).
    """
    p, k = q.expand_as(a), torch.zeros_like(b.mT)
    for _ in range(rounds):
        k = torch.linalg.solve(r + b.mT @ p @ b, b.mT @ p @ a)
        p = q + a.mT @ p @ (a - b @ k)
    return k


class LinearQuadratic(Unmoved):
    """Acts by the regulator of each task, on the state that the observation shows.

    Args:
        family: its observations are states in units of `family.scale`, its actions in [-1, 1].
        tasks: which it is told; `tell` changes them.
        weights: Q's diagonal, what each number of the state costs when squared. R is 0.01.
    """

    family: Any

    def __init__(self, family: Any, tasks: Any, weights: tuple[float, ...] = (0.3, 0.0, 1.0, 0.0)) -> None:
        super().__init__(family)
        self.told: Any = None
        self.q = torch.tensor(weights, dtype=torch.float64, device="cpu").diag()
        self.r = 0.01 * torch.eye(family.action_size, dtype=torch.float64, device="cpu")
        self.tell(tasks)

    def tell(self, tasks: Any) -> None:
        """From now on these are the tasks (tensors [task, …])."""
        exact = type(tasks)(*(x.cpu().double() for x in tasks))
        if self.told is not None and all(map(torch.equal, exact, self.told)):
            return
        self.told = exact
        each = lambda task: linearised(self.family, task, len(self.q), len(self.r))  # noqa: E731
        self.gain = regulator(*torch.func.vmap(each)(exact), self.q, self.r)

    def act(self, observation: Tensor) -> Tensor:
        return self.asked(observation)

    def asked(self, observation: Float[Tensor, "task *more obs"]) -> Float[Tensor, "task *more action"]:
        """What it would do at one observation of each task, or at several."""
        state = observation.double().cpu() * torch.tensor(self.family.scale, dtype=torch.float64, device="cpu")
        gain = self.gain[(slice(None), *[None] * (state.dim() - 2))]
        return -(gain @ state[..., None])[..., 0].clamp(-1, 1).to(observation)
