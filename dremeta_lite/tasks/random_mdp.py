"""RandomMDP: a small world whose every transition and reward is drawn at random; the agent has to find them out."""

from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium.spaces import Discrete
from jaxtyping import Bool, Int
from torch import Tensor

from dremeta_lite.tasks.family import Counted, Rewards, TaskFamily, whole

START = 0
PIXELS = 24  # a state's side in the rendered picture


class RandomMDPTask(NamedTuple):
    """A task is two tables: `transition` [..., s, a, s'], the probabilities p(s' | s, a), and `reward` [..., s, a], the mean rewards."""

    transition: Tensor
    reward: Tensor


class RandomMDP(TaskFamily[RandomMDPTask]):
    """A small world whose every transition and reward is drawn at random; the agent has to find them out.

    ## Description
    There are 10 states and 5 actions. Where an action leads from a state, and what it pays, are drawn at random, once for each task.
    Nothing can be carried over from task to task but how to find out: which actions are worth a try, and when it is time to stop trying.
    These are the random tabular MDPs of Duan et al. (2016), section 3.2, after Osband et al. (2013).

    ## Action Space
    `Discrete(5)`

    | Num | Action |
    |-----|--------|
    | a | row a of the tables; actions mean nothing by themselves |

    ## Observation Space
    `Discrete(10)`

    | Num | Observation | Min | Max |
    |-----|-------------|-----|-----|
    | 0 | number of the state | 0 | 9 |

    ## Rewards
    Normal with mean `reward[s, a]` and standard deviation 1, drawn at every step.

    ## Starting State
    State 0.

    ## Episode End
    1. Termination: never.
    2. Truncation: 10 steps have passed. A trial has 10 episodes by default.

    ## Task Parameters
    `transition`: each row p(· | s, a) from the flat Dirichlet distribution, every set of probabilities equally likely. `reward`: each mean
    normal with mean 1 and standard deviation 1.

    ## Arguments
    `states` and `actions`, at least 1, by default 10 and 5. `episodes`: of a trial, at least 1, by default 10.

    ## Source
    Duan, Schulman, Chen, Bartlett, Sutskever and Abbeel: RL²: Fast Reinforcement Learning via Slow Reinforcement Learning. 2016,
    arXiv 1611.02779. Osband, Russo and Van Roy: (More) Efficient Reinforcement Learning via Posterior Sampling. NIPS 2013.
    """

    name = "RandomMDP"
    horizon = 10
    task_limits = {"transition": (0.0, 1.0)}  # noqa: RUF012
    distributions = ("transition",)
    prior_mean, prior_std, noise_std = 1.0, 1.0, 1.0

    def __init__(self, states: int = 10, actions: int = 5, episodes: int = 10) -> None:
        self.states, self.actions = whole("states of a RandomMDP", states, 1, 1000), whole("actions of a RandomMDP", actions, 1, 1000)
        self.episodes = whole("episodes of a RandomMDP", episodes)
        self.observation_space, self.action_space = Discrete(self.states), Discrete(self.actions)
        super().__init__()

    def get_default_params(self, **kwargs: Any) -> RandomMDPTask:
        """Action 0 goes round the states and pays 1, the others stay and pay 0."""
        here = torch.eye(self.states, device="cpu")
        ways = torch.stack([here.roll(1, 1)] + [here] * (self.actions - 1), 1)
        reward = torch.zeros(self.states, self.actions, device="cpu")
        reward[:, 0] = 1.0
        return RandomMDPTask(ways, reward)

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> RandomMDPTask:
        """Draw `n` worlds; the tables have shapes [task, s, a, s'] and [task, s, a]."""
        shape = (n, self.states, self.actions)
        # Exponentially distributed numbers, divided by their sum, are a flat Dirichlet draw. 1 - u is never 0.
        waiting = -(1 - torch.rand(*shape, self.states, generator=rng, device=rng.device, dtype=torch.float64)).log()
        transition = (waiting / waiting.sum(-1, keepdim=True)).float()
        reward = self.prior_mean + self.prior_std * torch.randn(shape, generator=rng, device=rng.device)
        return RandomMDPTask(transition.to(device), reward.to(device))

    def initial(self, rng: torch.Generator | None = None, params: RandomMDPTask | None = None) -> Int[Tensor, "*batch"]:
        reward = (params or self.default_params).reward
        return torch.full(reward.shape[:-2], START, device=reward.device)

    def transition(
        self, state: Counted, action: Counted, rng: torch.Generator | None = None, params: RandomMDPTask | None = None
    ) -> Int[Tensor, "*batch"]:
        """A state drawn from the row p(· | s, a). Raises ValueError: there is no `rng` to draw it from."""
        if rng is None:
            raise ValueError("where an action leads is random: transition needs a torch.Generator as rng, got None")
        row = self._entry((params or self.default_params).transition, state, action, 1)
        u = torch.rand(row.shape[:-1], generator=rng, device=rng.device).to(row).unsqueeze(-1)
        # The first state whose cumulated probability exceeds u; the clamp is for sums that rounding leaves below 1.
        return (row.cumsum(-1) <= u).sum(-1).clamp(max=self.states - 1)

    def reward(
        self, state: Counted, action: Counted, next_state: Counted, rng: torch.Generator | None = None, params: RandomMDPTask | None = None
    ) -> Rewards:
        """The mean of state and action, and normal noise. Raises ValueError: there is no `rng` to draw the noise from."""
        if rng is None:
            raise ValueError("what an action pays is random: reward needs a torch.Generator as rng, got None")
        mean = self._entry((params or self.default_params).reward, state, action, 0)
        return mean + self.noise_std * torch.randn(mean.shape, generator=rng, device=rng.device).to(mean)

    def _entry(self, table: Tensor, state: Tensor, action: Tensor, rest: int) -> Tensor:
        """table[..., s, a], with `rest` axes behind. State, action and the axes in front of the table's s broadcast."""
        flat = table.flatten(-2 - rest, -1 - rest)  # [..., (s, a), *rest]
        front, behind = flat.shape[: flat.dim() - 1 - rest], flat.shape[flat.dim() - rest :]
        shape = torch.broadcast_shapes(state.shape, action.shape, front)
        place = (state * self.actions + action).expand(shape).reshape(*shape, 1, *[1] * rest)
        rows = flat.expand(*shape, *flat.shape[len(front) :])
        return rows.gather(len(shape), place.expand(*shape, 1, *behind)).squeeze(len(shape))

    def terminal(self, state: Int[Tensor, "*batch"], rng: Any = None, params: RandomMDPTask | None = None) -> Bool[Tensor, "*batch"]:
        """Never."""
        return torch.zeros_like(state, dtype=torch.bool)

    def observation(self, state: Int[Tensor, "*batch"], rng: Any = None, params: RandomMDPTask | None = None) -> Int[Tensor, "*batch"]:
        """The number of the state."""
        return state

    def render_image(self, state: Tensor, render_state: None, params: RandomMDPTask | None = None) -> tuple[None, np.ndarray]:
        """An RGB picture of the mean rewards: a column a state, a row an action, the darker the orange the more it pays; the agent's state
        has a blue frame."""
        reward = (params or self.default_params).reward.T  # [action, state]
        shade = ((reward + 1) / 4).clamp(0, 1).unsqueeze(-1).cpu().numpy()  # means from -1 to 3 cover two standard deviations
        colours = (255 + shade * (np.array([230, 159, 0]) - 255)).astype(np.uint8)
        image = colours.repeat(PIXELS, 0).repeat(PIXELS, 1)
        left, blue = int(state) * PIXELS, np.array([0, 114, 178], np.uint8)
        image[:, left : left + 3] = image[:, left + PIXELS - 3 : left + PIXELS] = blue
        image[:3, left : left + PIXELS] = image[-3:, left : left + PIXELS] = blue
        return None, image
