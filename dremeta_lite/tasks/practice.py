"""Practice: walk in the plane before any task is given, and be told a skill."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium.spaces import Box
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import one_hot

from dremeta_lite.tasks.family import Rewards, TaskFamily, whole
from dremeta_lite.tasks.navigation import Navigation2D, Vector

Pays = Callable[[Vector, Tensor], Rewards]
"""What it pays to arrive at a place [*n, 2] with a skill [*n, K]."""


class SkillTask(NamedTuple):
    """A task is a skill, as a one-hot vector [..., K]."""

    skill: Tensor


class Practice(TaskFamily[SkillTask]):
    """Walk in the plane, and be told a skill.

    ## Description
    The plane of `Navigation2D`, before any goal is given. A skill z is drawn and told to the agent, and it is nobody's business what the
    agent makes of it: there are no rewards. A learner may pay some of its own, as `SkillDiscovery` does.

    ## Action Space
    `Box(-1, 1, (2,), float32)`, as in `Navigation2D`: the direction and speed of one step.

    ## Observation Space
    `Box(-10, 10, (2 + K,), float32)`

    | Num | Observation | Min | Max | Unit |
    |-----|-------------|-----|-----|------|
    | 0, 1 | position x, y | -10 | 10 | plane units |
    | 2 to K + 1 | the skill, one-hot | 0 | 1 | |

    ## Rewards
    None: r = 0.

    ## Starting State
    Always the origin.

    ## Episode End
    Truncation: 8 steps have passed, or as many as are asked for. (8 steps of at most 0.1 lead at most 0.8 far along each axis.)

    ## Task Parameters
    `skill`: a one-hot vector [..., K]; each skill is as likely as the others.

    ## Arguments
    `skills`: K. `steps`: of an episode.

    ## Source
    Eysenbach, Gupta, Ibarz and Levine: Diversity is All You Need. ICLR 2019, arXiv 1802.06070. The plane is this course's.
    """

    name = "Practice"
    action_space = Navigation2D.action_space
    task_limits = {"skill": (0.0, 1.0)}  # noqa: RUF012
    distributions = ("skill",)

    def __init__(self, skills: int = 8, steps: int = 8) -> None:
        self.skills, self.horizon = whole("skills", skills, 2, 100), whole("steps", steps, 1, 100)
        self.observation_space = Box(-10.0, 10.0, (2 + self.skills,), np.float32)
        super().__init__()

    def get_default_params(self, **kwargs: Any) -> SkillTask:
        """The task of an environment that was given none: the first skill."""
        return self.told(torch.tensor(0, device="cpu"))

    def told(self, number: Tensor) -> SkillTask:
        """Skills by their numbers [...], counted from 0."""
        return SkillTask(one_hot(number, self.skills).to(torch.float32))

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> SkillTask:
        """Draw `n` skills; `skill` has shape [task, K]."""
        return self.told(torch.randint(self.skills, (n,), generator=rng, device=rng.device).to(device))

    def initial(self, rng: torch.Generator | None, params: SkillTask | None = None) -> Vector:
        return torch.zeros_like((params or self.default_params).skill[..., :2])

    def transition(self, state: Vector, action: Vector, rng: Any = None, params: SkillTask | None = None) -> Vector:
        """As in `Navigation2D`: s' = s + 0.1 · clip(a, -1, 1)"""
        return state + Navigation2D.max_speed * action.clamp(-1, 1)

    def observation(self, state: Vector, rng: Any = None, params: SkillTask | None = None) -> Float[Tensor, "*batch obs"]:
        """Where it is, and the skill."""
        skill = (params or self.default_params).skill
        return torch.cat([state, skill.to(state).expand(*state.shape[:-1], -1)], -1)

    def reward(self, state: Vector, action: Vector, next_state: Vector, rng: Any = None, params: SkillTask | None = None) -> Rewards:
        """r = 0"""
        return torch.zeros_like(next_state[..., 0])

    def terminal(self, state: Vector, rng: Any = None, params: SkillTask | None = None) -> Bool[Tensor, "*batch"]:
        return torch.zeros_like(state[..., 0], dtype=torch.bool)


class SkillRewards(Practice):
    """Earn what a skill was paid for, without being told which. All else is `Practice`.

    ## Description
    A task is a skill, and the agent sees its position only: it has to find out from the rewards what is wanted. This is how unsupervised
    meta-reinforcement learning makes tasks.

    ## Rewards
    r = pays(s', z); with `SkillDiscovery.pays` that is log q(z | s') - log p(z), in nats.

    ## Arguments
    `practice`: where the skills were found. `pays`: what it pays to arrive somewhere with a skill. `steps`: of an episode; as many as in
    practice if None.

    ## Source
    Gupta, Eysenbach, Finn and Levine 2018, "Unsupervised meta-learning for reinforcement learning", arXiv 1806.04640.
    """

    name = "SkillRewards"

    def __init__(self, practice: Practice, pays: Pays, steps: int | None = None) -> None:
        super().__init__(practice.skills, practice.horizon if steps is None else steps)
        self.pays, self.observation_space = pays, Navigation2D.observation_space

    def observation(self, state: Vector, rng: Any = None, params: SkillTask | None = None) -> Float[Tensor, "*batch obs"]:
        """Where it is."""
        return state

    def reward(self, state: Vector, action: Vector, next_state: Vector, rng: Any = None, params: SkillTask | None = None) -> Rewards:
        """r = log q(z | s') - log p(z)"""
        return self.pays(next_state, (params or self.default_params).skill)
