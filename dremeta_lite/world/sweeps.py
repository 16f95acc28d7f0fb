"""Value iteration and policy iteration, one sweep at a time, in the shape of a learner: so that they can be watched."""

from typing import Any

import torch
from torch import Tensor

from dremeta_lite.compatibility import grid_world
from dremeta_lite.hyper import HyperParameters, Real, Switch
from dremeta_lite.learner import Learner
from dremeta_lite.tasks import GridTask, GridWorld, TaskFamily
from dremeta_lite.world.tabular import action_values, greedy, policy_evaluation, terminal_states, uniform, value_iteration


class SweepHyper(HyperParameters):
    """What can be moved while values are computed."""

    discount = Real(0.95, low=0, high=0.99, symbol="γ", help="weight of a reward one step later")
    slip = Real(0.2, low=0, high=1, symbol="p", help="probability that a step goes in one of the three other directions")
    policy_iteration = Switch(False, help="on: evaluate the policy exactly, then make it greedy; off: sweep the values (value iteration)")


class Sweeps(Learner):
    """The value of acting best in a grid whose tables are known, one sweep an iteration. Nothing is drawn, and no step is made.

    Value iteration: V(s) ← max_a [R(s, a) + γ Σ_s' P(s'|s, a) V(s')], Sutton and Barto (2018), eq. 4.10. Policy iteration: V ← the value of
    the present policy, and the policy becomes greedy with respect to it (section 4.3); it starts from the uniform policy.

    Args:
        family: the map; its default task, with the slip of the hyperparameters.
        seed, hyper: as of every `Learner`; the seed has no effect.

    Attributes:
        V: the values now [cell], from V = 0 on.
        policy: the greedy policy of the last sweep [cell, action]; uniform at first.
    """

    family: GridWorld
    hyper: SweepHyper
    kept = ("iteration", "V", "policy")

    def __init__(self, family: TaskFamily, seed: int = 0, **hyper: Any) -> None:
        super().__init__()
        grid = grid_world(family, "Sweeps")
        self.family, self.seed, self.device = grid, seed, torch.device("cpu")
        self.hyper = SweepHyper(**hyper)
        self.V = torch.zeros(grid.n_cells, dtype=torch.float64, device="cpu")
        self.policy = uniform(self.tables()[1])

    def tables(self) -> tuple[Tensor, Tensor]:
        """P [cell, action, next cell] and R [cell, action] as the slip now is."""
        default: Any = self.family.default_params
        task = GridTask(default.goal, torch.tensor(self.hyper.slip, device="cpu"))
        return self.family.transition_matrix(task), self.family.reward_matrix(task)

    def advance(self) -> dict[str, float]:
        (P, R), discount = self.tables(), self.hyper.discount
        before = self.V.masked_fill(terminal_states(P, R), 0.0)  # also where a wall or a pit was built since
        if self.hyper.policy_iteration:
            self.V = policy_evaluation(P, R, self.policy, discount)
        else:
            self.V = action_values(P, R, before, discount).amax(-1)
        self.policy = greedy(action_values(P, R, self.V, discount))
        exact = value_iteration(P, R, discount).V
        return {
            "change": (self.V - before).abs().max().item(),
            "error": (self.V - exact).abs().max().item(),
            "value_start": self.V[self.family.start].item(),
            "exact_start": exact[self.family.start].item(),
        }
