"""Teacher and student: a memory that is told nothing imitates somebody who is told the task.

inner loop    h ← GRU(h, what happened), as in RL²
outer loop    θ ← θ - β ∇_θ E[ |mean action of the student - action of the teacher|² ]     in the states that the student itself gets into

The teacher is asked what it would do where the *student* is (Ross, Gordon and Bagnell 2011, "A reduction of imitation learning and
structured prediction to no-regret online learning", DAgger). In legged robots: Lee et al. 2020, "Learning quadrupedal locomotion over
challenging terrain", and Kumar et al. 2021, "RMA: Rapid motor adaptation for legged robots" (arXiv 2107.04034), whose student imitates what
the teacher makes of the task, and not its action.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from dremeta_lite.agents.linear_quadratic import LinearQuadratic
from dremeta_lite.compatibility import need, need_real_actions
from dremeta_lite.meta.rl2 import by_step
from dremeta_lite.meta.rl2_ppo import RL2PPO, Pieces
from dremeta_lite.meta.trial_learner import mean_over
from dremeta_lite.networks import Params
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.tasks.pole import PoleOnCart
from dremeta_lite.trials import Trial

Teacher = Callable[[Tensor, Any], Tensor]
LOG_STD = -1.2
"""Of its actions while it learns: enough noise to get a little astray, and not so much that a pole always falls."""


class Student(RL2PPO):
    """Learns to act like a teacher who is told the task, without being told. Rewards are not looked at.

    Args:
        teacher: what it would do where the student is, from observations [task, episode, time, …] and tasks with these axes, of length 1
            where they stay; by default on poles a linear regulator, else what the family calls its `best_action`.
        family, seed, device, options: as of `RL2PPO`.

    Raises:
        ValueError: there is no teacher; or, in the first step, tasks are switched, which the teacher is not told.
    """

    def __init__(
        self, family: TaskFamily, seed: int = 0, device: torch.device | str = "cpu", teacher: Teacher | None = None, **options: Any
    ) -> None:
        need_real_actions(family, "Student")
        taught = teacher or isinstance(family, PoleOnCart) or hasattr(family, "best_action")
        need(bool(taught), "Student", "a teacher who computes what is right in a task", family, "none")
        super().__init__(family, seed, device, **options)
        self.teacher = teacher
        self.theta["log_std"].data.fill_(LOG_STD)

    def cut(self, theta: Params, trial: Trial, memory: Tensor, usual: Tensor) -> Pieces:
        """The trials in pieces, with what the teacher would have done in the place of what was done."""
        need(self.hyper.switch == 0, "Student", "tasks that stay", self.family, f"switch = {self.hyper.switch:g} here")
        wanted = self.taught(trial.observation)
        return super().cut(theta, trial, memory, usual)._replace(action=self.laid_out(wanted))

    def taught(self, observation: Tensor) -> Tensor:
        """What the teacher would do in each step of the present trials."""
        if self.teacher:
            return self.teacher(observation, by_step(self.family, self.met))
        if isinstance(self.family, PoleOnCart):
            return LinearQuadratic(self.family, self.met).asked(observation)
        family: Any = self.family
        return family.best_action(observation, by_step(family, self.met))

    def improve(self, theta: Params, pieces: Pieces, usual: Tensor) -> dict[str, Tensor]:
        """-E[ |μ(h, s) - a*|² ], where a* is what the teacher would do in the same state."""
        actor: Any = self.network.actor
        meant = actor.mean(theta, self.network.situation(self.remembered(theta, pieces), pieces.observation))
        error = mean_over((meant - pieces.action).square().sum(-1), pieces.mask)
        return {"objective": -error, "imitation_error": error.detach()}
