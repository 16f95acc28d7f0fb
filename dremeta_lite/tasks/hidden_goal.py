"""HiddenGoal: find the paying cell of a small grid, and remember it."""

from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium.spaces import Discrete
from jaxtyping import Bool, Int
from torch import Tensor

from dremeta_lite.tasks import cells
from dremeta_lite.tasks.family import Counted, Rewards, TaskFamily, whole

MOVES = ((0, 0), *cells.MOVES)  # stay, up, right, down, left


class HiddenGoalTask(NamedTuple):
    """A task is the number of the goal's cell (int64). Shape [...]."""

    goal: Tensor


class HiddenGoal(TaskFamily[HiddenGoalTask]):
    """Find the paying cell of a small grid, and remember it.

    ## Description
    An agent walks over an empty grid. One cell pays, again in every step that the agent stands there, and nothing shows which one. The
    episode is short: too short to search everything. Then the agent is put back to the start, in the same task, and can use what it has
    found out. So it has to explore (which cells have I not been to?) and then to exploit (go back to the goal and stay). Everything that
    can be known of a task is which cells are still possible: the exact belief is easy to write down, see `agents.exact_belief`. This is the
    grid of Zintgraf et al. (2020), section 5.1, with the details of the code published with it.

    ## Action Space
    `Discrete(5)`

    | Num | Action |
    |-----|--------|
    | 0 | stay |
    | 1 | up |
    | 2 | right |
    | 3 | down |
    | 4 | left |

    At the edge of the grid the agent stays where it is.

    ## Observation Space
    `Discrete(25)`, for a grid of 5×5: the number of the agent's cell.

    | Num | Observation | Min | Max |
    |-----|-------------|-----|-----|
    | 0 | cell: row i, column j (from 0, from the top left) has the number 5·i + j | 0 | 24 |

    ## Rewards
    +1 for a step that ends on the goal, -0.1 for every other step.

    ## Starting State
    The cell at the bottom left, number 20.

    ## Episode End
    1. Termination: never.
    2. Truncation: 15 steps have passed. A trial has 4 episodes.

    ## Task Parameters
    `goal`: a cell, uniform over all cells but the start and the three next to it, straight and diagonally: 21 of 25.

    ## Arguments
    `size`: rows and columns of the grid, at least 3, 5 by default. The 15 steps and the 4 episodes stay.

    ## Source
    Zintgraf, Shiarlis, Igl, Schulze, Gal, Hofmann and Whiteson: VariBAD: A Very Good Method for Bayes-Adaptive Deep RL via Meta-Learning.
    ICLR 2020, arXiv 1910.08348. That goals are never next to the start is said by the published code.
    """

    name = "HiddenGoal"
    pictures = "replaying_grid"
    action_space: Discrete = Discrete(len(MOVES))
    horizon = 15
    episodes = 4
    goal_reward, step_reward = 1.0, -0.1

    def __init__(self, size: int = 5) -> None:
        size = whole("size of a HiddenGoal", size, 3, 100)  # from 3 on there is a cell for the goal away from the start
        self.size, self.n_cells = size, size**2
        self.task_limits = {"goal": (0, self.n_cells - 1)}
        self.start = self.n_cells - size
        self.observation_space = Discrete(self.n_cells)
        self.neighbours = cells.neighbours(np.full((size, size), "."), MOVES)
        near = [divmod(cell, size) for cell in range(self.n_cells)]
        self.goal_cells = torch.tensor([i * size + j for i, j in near if i < size - 2 or j > 1], device="cpu")
        super().__init__()

    def get_default_params(self, **kwargs: Any) -> HiddenGoalTask:
        """The task of an environment that was given none: the goal at the top right, as far away as can be."""
        return HiddenGoalTask(torch.tensor(self.size - 1, device="cpu"))

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> HiddenGoalTask:
        """Draw `n` goals uniformly from the cells that can be one; `goal` has shape [task]."""
        index = torch.randint(len(self.goal_cells), (n,), generator=rng, device=rng.device)
        return HiddenGoalTask(self.goal_cells.to(device)[index.to(device)])

    def all_tasks(self, device: torch.device | str = "cpu") -> HiddenGoalTask:
        """Every task once. The mean over them is the expectation over p(T), without any noise."""
        return HiddenGoalTask(self.goal_cells.to(device))

    def initial(self, rng: torch.Generator | None = None, params: HiddenGoalTask | None = None) -> Int[Tensor, "*batch"]:
        return torch.full_like((params or self.default_params).goal, self.start)

    def transition(self, state: Counted, action: Counted, rng: Any = None, params: HiddenGoalTask | None = None) -> Int[Tensor, "*batch"]:
        """The neighbour in the direction of the action; the same cell for `stay` and at the edge."""
        state, action = torch.broadcast_tensors(state, action)
        return self.neighbours.to(state.device)[state, action]

    def reward(
        self, state: Counted, action: Counted, next_state: Counted, rng: Any = None, params: HiddenGoalTask | None = None
    ) -> Rewards:
        """+1 if s' is the goal, -0.1 if not."""
        return torch.where(next_state == (params or self.default_params).goal, self.goal_reward, self.step_reward)

    def terminal(self, state: Int[Tensor, "*batch"], rng: Any = None, params: HiddenGoalTask | None = None) -> Bool[Tensor, "*batch"]:
        """Never."""
        return torch.zeros_like(state, dtype=torch.bool)

    def distance(self, a: Int[Tensor, "*#batch"], b: Int[Tensor, "*#batch"]) -> Int[Tensor, "*batch"]:
        """How many steps it takes from cell a to cell b."""
        return (a // self.size - b // self.size).abs() + (a % self.size - b % self.size).abs()

    def nearer(self, state: Int[Tensor, "*batch"], task: HiddenGoalTask) -> Bool[Tensor, "*batch 5"]:
        """The actions that begin a shortest way to the goal; on the goal itself, `stay` alone."""
        following = self.neighbours.to(state.device)[state]  # [..., action]
        now, then = self.distance(state, task.goal).unsqueeze(-1), self.distance(following, task.goal.unsqueeze(-1))
        return torch.where(now == 0, torch.arange(len(MOVES), device=state.device) == 0, then < now)

    def best_action(self, state: Int[Tensor, "*batch"], task: HiddenGoalTask) -> Int[Tensor, "*batch"]:
        """The action of an agent that knows the task: straight to the goal, up and down before right and left, then stay."""
        rank = torch.tensor([1, 3, 2, 3, 2], device=state.device)  # of stay, up, right, down, left
        return (self.nearer(state, task) * rank).argmax(-1)

    def observation(self, state: Int[Tensor, "*batch"], rng: Any = None, params: HiddenGoalTask | None = None) -> Int[Tensor, "*batch"]:
        """The number of the agent's cell: all that is seen. The goal is not."""
        return state

    def render_init(self, params: HiddenGoalTask | None = None, **kwargs: Any) -> list[int]:
        """No cell has been visited yet: the picture shades those that have."""
        return []

    def render_image(self, state: Tensor, render_state: list[int], params: HiddenGoalTask | None = None) -> tuple[list[int], np.ndarray]:
        """An RGB picture, 32 pixels a cell: visited cells grey, the goal orange, the agent blue."""
        visited, goal = [*render_state, int(state)], int((params or self.default_params).goal)
        colours = [cells.GOAL if cell == goal else (200, 200, 200) if cell in visited else (255, 255, 255) for cell in range(self.n_cells)]
        return visited, cells.picture(colours, self.size, int(state))
