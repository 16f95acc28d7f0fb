"""GridWorld: a small map of cells, small enough that every value can be computed exactly."""

from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium.spaces import Box, Discrete
from jaxtyping import Bool, Float, Int
from torch import Tensor

from dremeta_lite.tasks.cells import GOAL, MOVES, neighbours, picture, within_reach
from dremeta_lite.tasks.family import Counted, Rewards, TaskFamily, shown

DEFAULT = """
.....G
.##x..
.#..#.
S..x..
......
"""
NO_GOAL = -1  # the goal of a task whose map has rewards of its own
KINDS = (".", "#", "x")  # what a cell can be made while the world is used
PIT_REWARD = -1.0


class GridTask(NamedTuple):
    """A task is the cell of the goal (int64, -1: none) and how often a step slips. Both have shape [...]."""

    goal: Tensor
    slip: Tensor


class GridWorld(TaskFamily[GridTask]):
    """Walk over a map of cells to a goal.

    ## Description
    An agent stands in one cell of a map and moves up, right, down or left. Walls and the edge of the map stop it. One cell is the goal;
    others may be pits. The world is small enough to write down: `transition_matrix` and `reward_matrix` are its exact tables, and
    `world.tabular` computes every value from them. The map is a text, one character a cell:

    | Character | Cell |
    |-----------|------|
    | `.` | free |
    | `#` | wall |
    | `S` | start (exactly one) |
    | `x` | pit: ends the episode with reward -1 |
    | `G` | free, and the goal of the default task |
    | `1` … `9` | ends the episode with this reward; a map with such cells has no other goal |

    ## Action Space
    `Discrete(4)`

    | Num | Action |
    |-----|--------|
    | 0 | up |
    | 1 | right |
    | 2 | down |
    | 3 | left |

    With probability `slip` one of the three other directions is taken, each equally often.

    ## Observation Space
    What the agent sees of its state depends on `observe`. A map of H rows and W columns has n = H·W cells, walls included;
    the cell in row i and column j (from 0, from the top left) has the number i·W + j.

    | `observe` | Space | Meaning | Min | Max |
    |-----------|-------|---------|-----|-----|
    | `"cell"` | `Discrete(n)` | number of the agent's cell | 0 | n - 1 |
    | `"one_hot"` | `Box(0, 1, (n,), float32)` | 1 at the agent's cell, 0 elsewhere | 0 | 1 |
    | `"image"` | `Box(0, 1, (3, H, W), float32)` | channel 0: agent | 0 | 1 |
    | | | channel 1: goal, 1; a cell with reward d, d/9 | 0 | 1 |
    | | | channel 2: wall, 1; pit, 0.5 | 0 | 1 |

    The image shows the goal; the other two hide it: there the reward is the only hint.

    ## Rewards
    Entering the goal +1, a pit -1, a cell `d` +d; every other step `step_reward`, -0.04 by default (Russell and Norvig's choice for their
    4×3 world). So a detour of 25 steps costs as much as the goal brings: enough to make the shortest way the best one without any
    discounting, and too little to make a pit better than walking on, on a map of this size.

    ## Starting State
    The cell `S`.

    ## Episode End
    1. Termination: the agent is in the goal, in a pit or in a cell with a digit. Such a cell is absorbing: whatever follows stays there,
       with reward 0.
    2. Truncation: 50 steps have passed.

    ## Task Parameters
    `goal`: the goal's cell, uniform over the free cells except the start; -1 if the map has digits. `slip`: the family's `slip`, for all.

    ## Arguments
    `layout`, `observe`, `slip` (of the default task and of those drawn, in [0, 1]) and `step_reward`.
    A layout that is no map raises `ValueError` and says what is wrong.

    ## Source
    Sutton and Barto: Reinforcement Learning, 2nd edition, 2018, examples 3.5 and 4.1; Russell and Norvig: Artificial Intelligence, the
    chapter on sequential decisions. The map and the random goals are this course's own.
    """

    name = "GridWorld"
    pictures = "grid"
    action_space: Discrete = Discrete(len(MOVES))
    horizon = 50

    def __init__(self, layout: str = DEFAULT, observe: str = "cell", slip: float = 0.0, step_reward: float = -0.04) -> None:
        if observe not in OBSERVATIONS:
            raise ValueError(f"observe must be one of {', '.join(OBSERVATIONS)}, got {observe!r}")
        if not isinstance(slip, (int, float)) or not 0 <= slip <= 1:
            raise ValueError(f"slip is a probability, in [0, 1], got {shown(slip)}")
        if not isinstance(step_reward, (int, float)) or not abs(step_reward) < np.inf:
            raise ValueError(f"step_reward must be a finite number, got {shown(step_reward)}")
        self.observe, self.slip, self.step_reward = observe, float(slip), float(step_reward)
        self._survey(parse(layout))
        if not self.digits.any() and not len(self.goal_cells):
            raise ValueError("the layout has no free cell for a goal: add a '.', or cells with digits")
        self.observation_space = OBSERVATIONS[observe](self)
        super().__init__()

    def _survey(self, cells: np.ndarray) -> None:
        """Look up what follows from the characters [row, column] of the map."""
        flat = cells.ravel()
        self.rows, self.columns = cells.shape
        self.n_cells = cells.size
        self.task_limits = {"goal": (NO_GOAL, self.n_cells - 1), "slip": (0.0, 1.0)}
        self.start = int(np.flatnonzero(flat == "S")[0])
        self.walls = torch.from_numpy(flat == "#")
        self.pits = torch.from_numpy(flat == "x")
        self.digits = torch.tensor([int(c) if c.isdigit() else 0 for c in flat], device="cpu")
        self.neighbours = neighbours(cells)
        self.goal_cells = torch.from_numpy(np.flatnonzero((flat == ".") | (flat == "G")))
        self.cells = cells

    def build(self, cell: int, kind: str) -> None:
        """Change one cell of the map: "." free, "#" a wall, "x" a pit. Who uses this world finds it changed in the next step.
        Raises ValueError: as `rebuilt`."""
        self._survey(self.rebuilt(cell, kind))

    def rebuilt(self, cell: int, kind: str) -> np.ndarray:
        """The characters [row, column] of the map with one cell changed.
        Raises ValueError: there is no such cell or kind; it is the start, the default goal or a reward; or no way to these is left."""
        if not 0 <= cell < self.n_cells or kind not in KINDS:
            raise ValueError(f"a cell in [0, {self.n_cells - 1}] can be one of {', '.join(map(repr, KINDS))}, got {shown((cell, kind))}")
        goal, cells = int(self.default_params.goal), self.cells.copy()
        if cells.flat[cell] not in KINDS or cell == goal:
            raise ValueError("The start and the rewards stay where they are: choose another cell.")
        cells.flat[cell] = kind
        rewards = {goal} if goal != NO_GOAL else set(np.flatnonzero(np.char.isdigit(cells.ravel())).tolist())
        if not rewards & within_reach(cells, self.start):
            raise ValueError("No way from the start to the goal would be left: choose another cell, or make a way first.")
        return cells

    def get_default_params(self, **kwargs: Any) -> GridTask:
        """The goal at `G`, or else in the last free cell in reading order."""
        if self.digits.any():
            goal = NO_GOAL
        else:
            marked = np.flatnonzero(self.cells.ravel() == "G")
            goal = int(marked[0]) if len(marked) else int(self.goal_cells[-1])
        return GridTask(torch.tensor(goal, device="cpu"), torch.tensor(self.slip, device="cpu"))

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> GridTask:
        """Draw `n` goals uniformly from the free cells other than the start; both tensors have shape [task]."""
        slip = torch.full((n,), self.slip, device=device)
        if self.digits.any():
            return GridTask(torch.full((n,), NO_GOAL, device=device), slip)
        index = torch.randint(len(self.goal_cells), (n,), generator=rng, device=rng.device)
        return GridTask(self.goal_cells.to(device)[index.to(device)], slip)

    def initial(self, rng: torch.Generator | None = None, params: GridTask | None = None) -> Int[Tensor, "*batch"]:
        return torch.full_like((params or self.default_params).goal, self.start)

    def transition(
        self, state: Counted, action: Counted, rng: torch.Generator | None, params: GridTask | None = None
    ) -> Int[Tensor, "*batch"]:
        """The neighbour in the direction of the action or, with probability `slip`, of one of the three others; ended episodes stay.
        Raises ValueError: steps slip, and there is no `rng` to draw them from."""
        task = params or self.default_params
        state, action, slip = torch.broadcast_tensors(state, action, task.slip)
        if rng is not None:
            chance, turn = torch.rand((2, *state.shape), generator=rng, device=rng.device).to(state.device)
            turned = (action + 1 + (3 * turn).long().clamp(max=2)) % 4  # 1, 2 or 3 quarter turns, equally often
            action = torch.where(chance < slip, turned, action)
        elif (slip > 0).any():
            raise ValueError("steps slip in this task: transition needs a torch.Generator as rng, got None")
        return torch.where(self.terminal(state, rng, task), state, self.neighbours.to(state.device)[state, action])

    def reward(self, state: Counted, action: Counted, next_state: Counted, rng: Any = None, params: GridTask | None = None) -> Rewards:
        """What entering `next_state` brings; 0 once the episode has ended."""
        task = params or self.default_params
        return self._entering(next_state, task).masked_fill(self.terminal(state, rng, task), 0.0)

    def terminal(self, state: Counted, rng: Any = None, params: GridTask | None = None) -> Bool[Tensor, "*batch"]:
        task = params or self.default_params
        return (self.pits | (self.digits > 0)).to(state.device)[state] | (state == task.goal)

    def _entering(self, cell: Tensor, task: GridTask) -> Tensor:
        pit, digit = self.pits.to(cell.device)[cell], self.digits.to(cell.device)[cell]
        reward = torch.full(cell.shape, self.step_reward, device=cell.device).masked_fill(pit, PIT_REWARD)
        return torch.where(cell == task.goal, 1.0, torch.where(digit > 0, digit.to(reward.dtype), reward))

    def observation(self, state: Counted, rng: Any = None, params: GridTask | None = None) -> Tensor:
        """The number of the cell, a one-hot vector [..., n] or an image [..., 3, H, W]."""
        if self.observe == "cell":
            return state
        agent = torch.nn.functional.one_hot(state, self.n_cells).float()
        if self.observe == "one_hot":
            return agent
        task = params or self.default_params
        cells = torch.arange(self.n_cells, device=state.device)
        goal = torch.where(cells == task.goal.unsqueeze(-1), 1.0, self.digits.to(state.device) / 9)
        ground = (self.walls + 0.5 * self.pits).to(state.device)
        channels = torch.stack(torch.broadcast_tensors(agent, goal, ground), dim=-2)
        return channels.unflatten(-1, (self.rows, self.columns))

    # --- the exact tables ----------------------------------------------------------------------------------------------------------

    def transition_matrix(self, task: GridTask | None = None) -> Float[Tensor, "*batch state action state"]:
        """P[..., s, a, s'] = p(s' | s, a), in float64. Rows of ended episodes and of walls stay where they are."""
        task = task or self.default_params
        slip = task.slip.double()[..., None, None]
        same = torch.eye(4, dtype=torch.bool, device=slip.device)
        taken = torch.where(same, 1 - slip, slip / 3)  # [..., action, direction that is taken]
        leads_to = torch.nn.functional.one_hot(self.neighbours.to(slip.device), self.n_cells).double()  # [state, direction, next state]
        moving = torch.einsum("...ad,sdn->...san", taken, leads_to)
        staying = torch.eye(self.n_cells, dtype=torch.float64, device=slip.device)[:, None, :]
        return torch.where(self._absorbing(task)[..., None, None], staying, moving)

    def reward_matrix(self, task: GridTask | None = None) -> Float[Tensor, "*batch state action"]:
        """R[..., s, a]: the expected reward, in float64; 0 where the episode has ended and in walls."""
        task = task or self.default_params
        cells = torch.arange(self.n_cells, device=task.goal.device)
        # Not from the float32 rewards: -0.04 would bring its rounding error along.
        entering = torch.full((self.n_cells,), self.step_reward, dtype=torch.float64, device=cells.device)
        entering = entering.masked_fill(self.pits.to(cells.device), PIT_REWARD)
        entering = torch.where(self.digits.to(cells.device) > 0, self.digits.to(cells.device).double(), entering)
        entering = torch.where(cells == task.goal.unsqueeze(-1), 1.0, entering)
        expected = torch.einsum("...san,...n->...sa", self.transition_matrix(task), entering)
        return expected.masked_fill(self._absorbing(task)[..., None], 0.0)

    def _absorbing(self, task: GridTask) -> Bool[Tensor, "*batch state"]:
        cells = torch.arange(self.n_cells, device=task.goal.device)
        return self.terminal(cells, None, GridTask(task.goal.unsqueeze(-1), task.slip)) | self.walls.to(cells.device)

    # --- the picture ---------------------------------------------------------------------------------------------------------------

    def render_image(self, state: Tensor, render_state: None, params: GridTask | None = None) -> tuple[None, np.ndarray]:
        """An RGB picture, 32 pixels a cell: grey walls, red pits, green cells with a reward, orange goal, blue agent."""
        kinds = ["digit" if character.isdigit() else character for character in self.cells.flat]
        if (goal := int((params or self.default_params).goal)) != NO_GOAL:
            kinds[goal] = "goal"
        return None, picture([COLOURS.get(kind, (255, 255, 255)) for kind in kinds], self.columns, int(state))


COLOURS = {"#": (90, 90, 90), "x": (213, 94, 0), "digit": (0, 158, 115), "goal": GOAL}
OBSERVATIONS: dict[str, Any] = {
    "cell": lambda grid: Discrete(grid.n_cells),
    "one_hot": lambda grid: Box(0.0, 1.0, (grid.n_cells,), np.float32),
    "image": lambda grid: Box(0.0, 1.0, (3, grid.rows, grid.columns), np.float32),
}


def parse(layout: str) -> np.ndarray:
    """The characters [row, column] of a map.
    Raises ValueError: rows of different lengths, an unknown character, or not exactly one start; it says which."""
    if not isinstance(layout, str):
        raise ValueError(f"a layout is a text with a line for each row of the map, got {shown(layout)}")
    rows = layout.split()
    if not rows or len({len(row) for row in rows}) != 1:
        raise ValueError(f"the rows of a layout need one and the same length, got lengths {[len(row) for row in rows]}")
    unknown = sorted(set("".join(rows)) - set(".#SxG123456789"))
    if unknown:
        raise ValueError(f"the layout has {unknown[0]!r}: cells are '.', '#', 'S', 'x', 'G' or a digit from 1 to 9")
    cells = np.array([list(row) for row in rows])
    if (cells == "S").sum() != 1:
        raise ValueError(f"a layout needs exactly one start 'S', got {(cells == 'S').sum()}")
    if (cells == "G").sum() > 1:
        raise ValueError(f"a layout has at most one 'G', got {(cells == 'G').sum()}: other goals are other tasks")
    return cells
