"""Bandit: a row of arms that pay with probabilities which nobody tells you."""

from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium.spaces import Discrete
from jaxtyping import Bool, Float, Int
from torch import Tensor

from dremeta_lite.tasks.family import Counted, Rewards, TaskFamily, whole

READY = 0  # the state before the pull; after it the state is 1 + the arm
WIDTH, HEIGHT = 24, 128  # of an arm's column in the rendered picture


class BanditTask(NamedTuple):
    """A task is the probability with which each arm pays. Shape [..., arms]."""

    probability: Tensor


class Bandit(TaskFamily[BanditTask]):
    """A row of arms that pay with probabilities which nobody tells you.

    ## Description
    There are k arms. Pulling arm a pays 1 with probability p[a], else 0. An agent that has n pulls must find out which arm is good
    (explore) and pull it (exploit): the simplest task in which the two are at odds. There is nothing to see and nowhere to go: one pull
    is an episode of one step, and the n pulls of a task are one trial of n episodes. This is the Bernoulli bandit of Duan et al. (2016),
    section 3.1.

    ## Action Space
    `Discrete(k)`

    | Num | Action |
    |-----|--------|
    | a | pull arm a |

    ## Observation Space
    `Discrete(1)`

    | Num | Observation | Min | Max |
    |-----|-------------|-----|-----|
    | 0 | nothing | 0 | 0 |

    ## Rewards
    1 with probability p[a], else 0.

    ## Starting State
    Ready for the pull, always.

    ## Episode End
    1. Termination: after the pull.
    2. Truncation: one step has passed, which is then the same one.

    ## Task Parameters
    `probability`: k numbers, independent and uniform in [0, 1].

    ## Arguments
    `arms`: k, at least 1, by default 5. `pulls`: n, the episodes of a trial, at least 1, by default 10.

    ## Source
    Duan, Schulman, Chen, Bartlett, Sutskever and Abbeel: RL²: Fast Reinforcement Learning via Slow Reinforcement Learning. 2016,
    arXiv 1611.02779.
    """

    name = "Bandit"
    observation_space: Discrete = Discrete(1)
    horizon = 1
    task_limits = {"probability": (0.0, 1.0)}  # noqa: RUF012

    def __init__(self, arms: int = 5, pulls: int = 10) -> None:
        self.arms, self.episodes = whole("arms of a Bandit", arms, 1, 10_000), whole("pulls of a Bandit", pulls)
        self.action_space = Discrete(self.arms)
        super().__init__()

    @property
    def pulls(self) -> int:
        """n: how many pulls a trial has."""
        return self.episodes

    def get_default_params(self, **kwargs: Any) -> BanditTask:
        """Evenly spread: arm a pays with probability (a + 1) / (k + 1), so that the last one is best."""
        return BanditTask(torch.arange(1, self.arms + 1, device="cpu") / (self.arms + 1))

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> BanditTask:
        """Draw `n` bandits; `probability` has shape [task, arms]."""
        return BanditTask(torch.rand(n, self.arms, generator=rng, device=rng.device).to(device))

    def initial(self, rng: torch.Generator | None = None, params: BanditTask | None = None) -> Int[Tensor, "*batch"]:
        probability = (params or self.default_params).probability
        return torch.full(probability.shape[:-1], READY, device=probability.device)

    def transition(self, state: Counted, action: Counted, rng: Any = None, params: BanditTask | None = None) -> Int[Tensor, "*batch"]:
        """1 + the arm that was pulled; after the pull nothing changes any more."""
        return torch.where(state == READY, 1 + action, state)

    def reward(
        self, state: Counted, action: Counted, next_state: Counted, rng: torch.Generator | None = None, params: BanditTask | None = None
    ) -> Rewards:
        """1 with the probability of the arm, else 0; 0 after the pull. Raises ValueError: there is no `rng` to draw it from."""
        if rng is None:
            raise ValueError("what an arm pays is random: reward needs a torch.Generator as rng, got None")
        chance = self.expected_reward(action, params)
        chance, state = torch.broadcast_tensors(chance, state)
        paid = torch.rand(chance.shape, generator=rng, device=rng.device).to(chance) < chance
        return (paid & (state == READY)).to(chance.dtype)

    def expected_reward(self, action: Counted, params: BanditTask | None = None) -> Float[Tensor, "*batch"]:
        """p[a]: the probability with which the arm pays."""
        probability = (params or self.default_params).probability
        shape = torch.broadcast_shapes(action.shape, probability.shape[:-1])
        arm = action.expand(shape).unsqueeze(-1)
        return probability.expand(*shape, self.arms).gather(-1, arm).squeeze(-1)

    def best_action(self, state: Int[Tensor, "*batch"], params: BanditTask) -> Int[Tensor, "*batch"]:
        """The arm that pays with the highest probability."""
        return params.probability.argmax(-1).expand(state.shape)

    def terminal(self, state: Int[Tensor, "*batch"], rng: Any = None, params: BanditTask | None = None) -> Bool[Tensor, "*batch"]:
        """After the pull."""
        return state != READY

    def observation(self, state: Int[Tensor, "*batch"], rng: Any = None, params: BanditTask | None = None) -> Int[Tensor, "*batch"]:
        """0: there is nothing to see."""
        return torch.zeros_like(state)

    def render_image(self, state: Tensor, render_state: None, params: BanditTask | None = None) -> tuple[None, np.ndarray]:
        """An RGB picture: a column an arm, as high as its probability; orange, and the one just pulled blue."""
        image = np.full((HEIGHT, WIDTH * self.arms, 3), 255, np.uint8)
        for arm, chance in enumerate((params or self.default_params).probability.tolist()):
            top = HEIGHT - round(HEIGHT * chance)
            image[top:, arm * WIDTH + 2 : (arm + 1) * WIDTH - 2] = (0, 114, 178) if int(state) == 1 + arm else (230, 159, 0)
        return None, image
