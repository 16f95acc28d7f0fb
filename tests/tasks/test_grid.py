"""GridWorld is what its page says: against a world written a second time in plain Python, and its tables against what happens."""

import itertools
import math
import warnings
from collections.abc import Iterator
from functools import partial
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from dremeta_lite.tasks.adapters import TaskEnv, TaskVectorEnv
from dremeta_lite.tasks.family import pick, with_axes
from dremeta_lite.tasks.grid import DEFAULT, GridTask, GridWorld

ID = "dremeta/GridWorld-v0"
SMALL = """
S.#
.xG
..2
"""
NO_DIGITS = SMALL.replace("2", ".")
UP, RIGHT, DOWN, LEFT = range(4)


def task(goal: int, slip: float = 0.0) -> GridTask:
    return GridTask(torch.tensor(goal), torch.tensor(slip))


def by_hand(layout: str, goal: int, cell: int, direction: int, step_reward: float = -0.04) -> tuple[int, float, bool]:
    """One move without slip, from the text alone: next cell, reward, whether the episode has ended."""
    rows = layout.split()
    width = len(rows[0])
    value = lambda c: 1.0 if c == goal else {"x": -1.0}.get(rows[c // width][c % width], step_reward)
    ends = lambda c: c == goal or rows[c // width][c % width] in "x123456789"
    entering = lambda c: float(rows[c // width][c % width]) if rows[c // width][c % width].isdigit() else value(c)
    if ends(cell):
        return cell, 0.0, True
    row, column = cell // width, cell % width
    i, j = {UP: (row - 1, column), RIGHT: (row, column + 1), DOWN: (row + 1, column), LEFT: (row, column - 1)}[direction]
    if not (0 <= i < len(rows) and 0 <= j < width) or rows[i][j] == "#":
        i, j = row, column
    return i * width + j, entering(i * width + j), ends(i * width + j)


CASES = [(DEFAULT, goal) for goal in (5, 13, 29)] + [(SMALL, -1), (NO_DIGITS, 5), (NO_DIGITS, 8)]


def cells_inside(family: GridWorld) -> list[int]:
    return (~family.walls).nonzero().flatten().tolist()


@pytest.mark.parametrize(("layout", "goal"), CASES)
def test_every_move_is_the_one_that_the_text_shows(layout: str, goal: int) -> None:
    family, rng = GridWorld(layout), torch.Generator()
    for cell, action in itertools.product(cells_inside(family), range(4)):
        state, a = torch.tensor(cell), torch.tensor(action)
        following = family.transition(state, a, rng, task(goal))
        reward = family.reward(state, a, following, rng, task(goal))
        ended = family.terminal(following, rng, task(goal))
        where, brings, over = by_hand(layout, goal, cell, action)
        assert (following.item(), ended.item()) == (where, over)
        assert reward.item() == pytest.approx(brings, abs=1e-7)


@pytest.mark.parametrize("slip", [0.0, 0.2, 0.75, 1.0])
@pytest.mark.parametrize(("layout", "goal"), CASES)
def test_the_tables_are_sums_over_the_directions_taken(layout: str, goal: int, slip: float) -> None:
    family = GridWorld(layout)
    P, R = family.transition_matrix(task(goal, slip)), family.reward_matrix(task(goal, slip))
    assert P.shape == (family.n_cells, 4, family.n_cells) and P.dtype == R.dtype == torch.float64
    torch.testing.assert_close(P.sum(-1), torch.ones_like(R))
    for cell, action in itertools.product(cells_inside(family), range(4)):
        row, mean = torch.zeros(family.n_cells, dtype=torch.float64), 0.0
        for direction in range(4):
            probability = 1 - slip if direction == action else slip / 3
            where, brings, _ = by_hand(layout, goal, cell, direction)
            row[where] += probability
            mean += probability * brings
        torch.testing.assert_close(P[cell, action], row, rtol=0, atol=1e-7)  # the task's slip is a float32
        assert R[cell, action].item() == pytest.approx(mean, abs=1e-7)


def test_walls_and_ended_episodes_stay_in_the_tables_and_bring_nothing() -> None:
    family = GridWorld(NO_DIGITS)
    P, R = family.transition_matrix(task(5, 0.3)), family.reward_matrix(task(5, 0.3))
    for cell in (2, 4, 5):  # wall, pit, goal
        assert (P[cell, :, cell] == 1).all() and (R[cell] == 0).all()


def test_what_happens_is_as_frequent_as_the_table_says(rng: torch.Generator) -> None:
    """Every cell and action 20 000 times; no frequency is off by more than 4.5 standard errors (of about 200 that could be)."""
    family, tasks, n = GridWorld(NO_DIGITS), task(5, 0.3), 20_000
    P = family.transition_matrix(tasks)
    for cell in cells_inside(family):
        for action in range(4):
            state = torch.full((n,), cell)
            following = family.transition(state, torch.full((n,), action), rng, tasks)
            frequency = torch.bincount(following, minlength=family.n_cells) / n
            error = (P[cell, action] * (1 - P[cell, action]) / n).sqrt()
            assert ((frequency - P[cell, action]).abs() <= 4.5 * error + 1e-7).all()


def test_slipping_needs_a_generator_and_says_so() -> None:
    family, state = GridWorld(), torch.tensor(18)
    assert family.transition(state, torch.tensor(UP), None, task(5)).item() == 12
    with pytest.raises(ValueError, match=r"needs a torch\.Generator as rng, got None"):
        family.transition(state, torch.tensor(UP), None, task(5, 0.1))


def test_tasks_are_uniform_over_the_free_cells_but_the_start(rng: torch.Generator) -> None:
    family = GridWorld(slip=0.25)
    tasks = family.sample_tasks(44_000, rng)
    assert tasks.goal.shape == tasks.slip.shape == (44_000,) and (tasks.slip == 0.25).all()
    free = [i for i, c in enumerate("".join(DEFAULT.split())) if c in ".G"]
    counts = torch.bincount(tasks.goal, minlength=30)
    assert counts.nonzero().flatten().tolist() == free and family.start not in free
    # Chi-squared with len(free) - 1 = 22 degrees of freedom: 60 is beyond 1 in 40 000.
    expected = 44_000 / len(free)
    assert len(free) == 23 and ((counts[free] - expected) ** 2 / expected).sum() < 60
    same = family.sample_tasks(50, torch.Generator().manual_seed(3)).goal
    assert torch.equal(same, family.sample_tasks(50, torch.Generator().manual_seed(3)).goal)


def test_a_map_with_digits_has_no_other_goal(rng: torch.Generator) -> None:
    family = GridWorld(SMALL, slip=0.5)
    assert (family.sample_tasks(4, rng).goal == -1).all() and family.default_params.goal.item() == -1
    assert family.default_params.slip.item() == 0.5
    two = torch.tensor(8)
    assert family.terminal(two).item() and family.reward(torch.tensor(7), torch.tensor(RIGHT), two).item() == 2
    assert not family.terminal(torch.tensor(5)).item()  # G: only free


def test_the_default_goal_is_marked_or_last() -> None:
    assert GridWorld().default_params.goal.item() == 5
    assert GridWorld("S..\n..x").default_params.goal.item() == 4


def test_all_functions_broadcast(rng: torch.Generator) -> None:
    """[task, trajectory, time] at once equals one state at a time, and tables of many tasks equal those of each."""
    family = GridWorld(observe="image")
    tasks = family.sample_tasks(3, rng)
    state, action = torch.randint(30, (3, 4, 5), generator=rng), torch.randint(4, (3, 4, 5), generator=rng)
    wide = with_axes(tasks, 2)
    following = family.transition(state, action, rng, wide)
    reward, ended = family.reward(state, action, following, rng, wide), family.terminal(state, rng, wide)
    seen = family.observation(state, rng, wide)
    assert reward.shape == ended.shape == (3, 4, 5) and seen.shape == (3, 4, 5, 3, 5, 6)
    for i, j, k in np.ndindex(3, 4, 5):
        one = pick(tasks, i)
        assert torch.equal(family.transition(state[i, j, k], action[i, j, k], rng, one), following[i, j, k])
        assert torch.equal(family.reward(state[i, j, k], action[i, j, k], following[i, j, k], rng, one), reward[i, j, k])
        assert torch.equal(family.terminal(state[i, j, k], rng, one), ended[i, j, k])
        assert torch.equal(family.observation(state[i, j, k], rng, one), seen[i, j, k])
    tasks = GridTask(tasks.goal, torch.tensor([0.0, 0.2, 0.4]))
    P, R = family.transition_matrix(tasks), family.reward_matrix(tasks)
    for i in range(3):
        assert torch.equal(P[i], family.transition_matrix(pick(tasks, i)))
        torch.testing.assert_close(R[i], family.reward_matrix(pick(tasks, i)))


def test_what_the_agent_sees() -> None:
    cell, one_hot, image = (GridWorld(NO_DIGITS, observe=observe) for observe in ("cell", "one_hot", "image"))
    state = torch.tensor(3)
    assert cell.observation(state).item() == 3
    assert one_hot.observation(state).tolist() == [0, 0, 0, 1, 0, 0, 0, 0, 0]
    picture = image.observation(state, None, task(6))
    assert picture.tolist() == [
        [[0, 0, 0], [1, 0, 0], [0, 0, 0]],  # the agent
        [[0, 0, 0], [0, 0, 0], [1, 0, 0]],  # the goal
        [[0, 0, 1], [0, 0.5, 0], [0, 0, 0]],  # the wall and the pit
    ]
    digits = GridWorld(SMALL, observe="image").observation(state)
    assert digits[1, 2, 2].item() == pytest.approx(2 / 9) and digits[1].sum().item() == pytest.approx(2 / 9)
    for family in (cell, one_hot, image):
        assert family.observation_space.contains(family.observation(state).numpy()[()])
        assert family.action_size == 4
    assert (cell.observation_size, one_hot.observation_size, image.observation_size) == (9, 9, 27)


def test_no_detour_on_the_map_costs_what_the_goal_brings() -> None:
    """The page's claim: with -0.04 a step a pit is never better than walking on. All cells are fewer than 25 steps apart."""
    family = GridWorld()
    for goal in [*family.goal_cells.tolist()]:
        away = {goal: 0}
        queue = [goal]
        for cell in queue:
            for other in cells_inside(family):
                moves = [by_hand(DEFAULT, goal, other, a)[0] for a in range(4)]
                if other not in away and cell in moves and not family.pits[other]:
                    away[other] = away[cell] + 1
                    queue.append(other)
        assert set(away) == set(cells_inside(family)) - set(family.pits.nonzero().flatten().tolist())
        assert max(away.values()) <= 14


BAD_LAYOUTS = {
    "ragged": ("S..\n..", r"one and the same length, got lengths \[3, 2\]"),
    "empty": ("\n \n", r"one and the same length, got lengths \[\]"),
    "unknown": ("S.?", r"the layout has '\?'"),
    "zero": ("S.0", "the layout has '0'"),
    "no start": ("...", "exactly one start 'S', got 0"),
    "two starts": ("S.S", "exactly one start 'S', got 2"),
    "two goals": ("SGG", "at most one 'G', got 2"),
    "nowhere": ("S#x", "no free cell for a goal"),
}


@pytest.mark.parametrize(("layout", "message"), BAD_LAYOUTS.values(), ids=BAD_LAYOUTS)
def test_what_is_no_map_is_refused(layout: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GridWorld(layout)


def test_other_arguments_are_checked() -> None:
    with pytest.raises(ValueError, match="observe must be one of cell, one_hot, image, got 'picture'"):
        GridWorld(observe="picture")
    with pytest.raises(ValueError, match="slip is a probability"):
        GridWorld(slip=1.5)


# --- as a Gymnasium environment ----------------------------------------------------------------------------------------------------


@pytest.fixture
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("observe", ["cell", "one_hot", "image"])
@pytest.mark.parametrize("options", [{}, {"render_mode": "rgb_array"}], ids=["plain", "rendering"])
def test_gymnasiums_own_checks_pass_without_a_warning(observe: Any, options: dict[str, Any], no_warnings: None) -> None:
    env = gymnasium.make(ID, family=GridWorld(observe=observe, slip=0.2), **options)
    assert env.spec is not None and env.spec.max_episode_steps == GridWorld.horizon
    check_env(env.unwrapped)
    env.reset(seed=0)
    env.step(env.action_space.sample())
    if options:
        env.render()
    env.close()


@pytest.mark.parametrize("observe", ["cell", "one_hot", "image"])
@pytest.mark.parametrize("horizon", [None, 5])
def test_many_at_once_agree_step_by_step_with_one_by_one(observe: Any, horizon: int | None) -> None:
    family = GridWorld(observe=observe)
    tasks = family.sample_tasks(6, torch.Generator().manual_seed(5))
    limit = {} if horizon is None else {"max_episode_steps": horizon}
    many: Any = gymnasium.make_vec(ID, num_envs=6, vectorization_mode="vector_entry_point", family=family, task=tasks, **limit)  # type: ignore[arg-type]
    single = [partial(gymnasium.make, ID, family=family, task=pick(tasks, i), **limit) for i in range(6)]
    one_by_one: Any = SyncVectorEnv(single, autoreset_mode=AutoresetMode.NEXT_STEP)  # type: ignore[arg-type]
    assert many.observation_space == one_by_one.observation_space and many.action_space == one_by_one.action_space
    rng, ends = np.random.default_rng(0), [0, 0]
    observation, _ = many.reset(seed=3)
    other, _ = one_by_one.reset(seed=3)
    assert np.array_equal(observation, other) and observation.dtype == other.dtype
    for _ in range(150):
        action = rng.integers(4, size=6)
        a, b = many.step(action), one_by_one.step(action)
        for x, y in zip(a[:4], b[:4], strict=True):
            assert x.dtype == y.dtype and x.shape == y.shape and np.array_equal(x, y)
        ends = [ends[0] + a[2].sum(), ends[1] + a[3].sum()]
    assert min(ends) > 0  # episodes ended in both ways
    one_by_one.close()


def test_termination_and_truncation() -> None:
    """Bumping into the edge fifty times is truncated; two steps to the goal are terminated; and the episode can go on being ended."""
    env: Any = gymnasium.make(ID)
    env.reset(seed=0)
    assert [env.step(LEFT)[2:4] for _ in range(50)] == [(False, False)] * 49 + [(False, True)]
    env = TaskEnv(GridWorld(NO_DIGITS), task=task(6))
    env.reset()
    assert [env.step(np.int64(DOWN))[:4] for _ in range(3)] == [
        (3, pytest.approx(-0.04), False, False),
        (6, 1.0, True, False),
        (6, 0.0, True, False),
    ]


def test_observations_of_cells_are_whole_numbers() -> None:
    env = TaskEnv(GridWorld())
    observation, _ = env.reset(seed=0)
    assert isinstance(observation, np.integer) and env.observation_space.contains(observation)
    many = TaskVectorEnv(GridWorld(), 3)
    assert many.reset(seed=0)[0].tolist() == [18, 18, 18] and many.observation_space.contains(many.step(np.array([0, 1, 2]))[0])


def test_the_picture_shows_every_cell_where_it_is() -> None:
    env = TaskEnv(GridWorld(SMALL.replace("G", ".")), render_mode="rgb_array")
    env.reset(seed=0)
    image: Any = env.render()
    assert image is not None and image.shape == (96, 96, 3) and image.dtype == np.uint8
    middle = lambda row, column: tuple(image[row * 32 + 4, column * 32 + 4].tolist())
    assert middle(0, 2) == (90, 90, 90) and middle(1, 1) == (213, 94, 0) and middle(2, 2) == (0, 158, 115)
    rows, columns = np.nonzero((image == (0, 114, 178)).all(-1))
    assert (rows.mean(), columns.mean()) == pytest.approx((15.5, 15.5)) and len(rows) == pytest.approx(math.pi * 64, rel=0.1)
    env: Any = TaskEnv(GridWorld(), render_mode="rgb_array")
    env.reset(seed=0)
    image = env.render()
    assert image is not None and tuple(image[4, 5 * 32 + 4].tolist()) == (230, 159, 0)


def test_a_map_is_changed_while_it_is_used() -> None:
    family = GridWorld("S..\n.#.\n..G")
    family.build(1, "#")
    family.build(5, "x")
    assert family.neighbours[0].tolist() == [0, 0, 3, 0] and family.pits[5] and family.walls[1]
    assert family.transition(torch.tensor(0), torch.tensor(1), None) == 0
    family.build(1, ".")
    assert family.neighbours[0].tolist() == [0, 1, 3, 0] and not family.walls[1]


@pytest.mark.parametrize(
    ("cell", "kind", "message"),
    [
        (0, "#", "stay where they are"),
        (8, "x", "stay where they are"),
        (9, "#", r"a cell in \[0, 8\]"),
        (1, "S", "one of '.', '#', 'x'"),
        (7, "x", "No way from the start to the goal"),
        (6, "#", "No way from the start to the goal"),
    ],
)
def test_what_cannot_be_built_is_refused_and_nothing_changes(cell: int, kind: str, message: str) -> None:
    family = GridWorld("S##\n.##\n..G")
    cells = family.cells
    with pytest.raises(ValueError, match=message):
        family.build(cell, kind)
    assert family.cells is cells
