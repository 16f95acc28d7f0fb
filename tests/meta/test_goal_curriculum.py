"""The spiral maze, the ways to choose goals in it, and the Goal GAN's loss against the formula written out."""

import pytest
import torch
from gymnasium.utils.env_checker import check_env

from dremeta_lite.learner import generator
from dremeta_lite.meta import goal_curriculum
from dremeta_lite.meta.goal_curriculum import GOALS, WAYS, GoalCurriculum, GoalGAN, intermediate
from dremeta_lite.networks import detach
from dremeta_lite.tasks import Navigation2D, NavigationTask
from dremeta_lite.tasks.adapters import TaskEnv
from dremeta_lite.tasks.spiral import MOVES, SpiralMaze
from tests.conftest import seeded

MAZE = SpiralMaze()


def test_the_maze_is_an_environment_and_its_walls_hold() -> None:
    check_env(TaskEnv(MAZE), skip_render_check=True)
    state = MAZE.reachable_tasks(20, seeded(0)).goal
    assert MAZE.inside(state).all() and len(state) == 20 * 17
    for _ in range(30):
        action = torch.randint(4, (len(state),), generator=seeded(1))
        after = MAZE.transition(state, action, seeded(2))
        moved = (after - state).abs() > 0
        wanted = torch.tensor(MOVES)[action]
        assert MAZE.inside(after).all() and ((after - state - 0.5 * wanted)[moved].abs() < 0.3).all()
        state = after


def test_a_way_through_the_corridor_is_longer_than_the_first_passage_and_shorter_than_an_episode() -> None:
    """By hand, without noise: right 9 times, down 9, left 9, up 4, right 5; walls stop it at each corner."""
    actions = [0] * 9 + [2] * 9 + [1] * 9 + [3] * 4 + [0] * 5
    maze, task, state, found = SpiralMaze(), NavigationTask(torch.tensor([2.0, 2.0])), torch.zeros(2), []
    maze.noise = 0.0
    for action in actions:
        state = maze.transition(state, torch.tensor(action), seeded(3), task)
        found.append(bool(maze.terminal(state, None, task)))
    assert found.index(True) > 30 and len(actions) < maze.horizon


def test_fewer_than_one_goal_in_a_hundred_lies_in_the_corridor() -> None:
    share = MAZE.inside(MAZE.sample_tasks(100_000, seeded(0)).goal).float().mean().item()
    assert share == pytest.approx(17 / 45**2, abs=4 * (0.0084 / 100_000) ** 0.5)


def test_goals_reached_once_in_two_tries_are_intermediate() -> None:
    assert intermediate(torch.tensor([0.0, 0.1, 0.5, 0.9, 1.0])).tolist() == [False, False, True, False, False]


def test_the_goal_gans_loss_is_that_of_the_paper() -> None:
    gan = GoalGAN(MAZE, MAZE.reachable_tasks(10, seeded(0)).goal)
    gan.blurred = lambda goals: goals  # type: ignore[method-assign]
    good, bad = torch.rand(128, 2, generator=seeded(1)), -torch.rand(128, 2, generator=seeded(2))
    state = gan.rng.get_state()
    loss = gan.loss(gan.learned, good, bad)
    gan.rng.set_state(state)
    made, judge = gan.make(gan.learned, 128), lambda x: gan.discriminate.forward(gan.learned, x)
    wanted = ((judge(good) - 1) ** 2).mean() + ((judge(bad) + 1) ** 2).mean() + ((judge(made) + 1) ** 2).mean() + (judge(made) ** 2).mean()
    torch.testing.assert_close(loss, wanted)
    names = [name for name in gan.learned if name.startswith("generator")]
    got = torch.autograd.grad(loss, [gan.learned[name] for name in names], retain_graph=True)
    own = torch.autograd.grad((judge(made) ** 2).mean(), [gan.learned[name] for name in names])
    for a, b in zip(got, own, strict=True):
        torch.testing.assert_close(a, b)


def test_the_goal_gan_learns_where_good_goals_lie() -> None:
    """Goals of one passage are good: after 300 updates more than half of what it draws lies within a unit of it, in two of two seeds; of
    uniform goals one in two hundred does."""
    first = torch.rand(500, 2, generator=seeded(0)) * torch.tensor([2.0, 1.0]) - 0.5
    for seed in (0, 1):
        gan = GoalGAN(MAZE, first, seed)
        for _ in range(15):
            gan.advance()
        x, y = gan.draw(500).T
        assert ((x > -1.5) & (x < 2.5) & (y > -1.5) & (y < 1.5)).float().mean() > 0.5


@pytest.mark.parametrize("way", WAYS)
def test_each_way_chooses_and_goes_on_where_it_was_kept(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(goal_curriculum, "FIRST_UPDATES", 20)
    learner, copy = (GoalCurriculum(MAZE, way, seed, hidden=(8,)) for seed in (0, 1))
    numbers = learner.step()
    assert learner.goals.shape == (GOALS, 2) and 0 < numbers["coverage"] < 0.6
    inside = MAZE.inside(learner.goals).float().mean()
    assert inside < 0.1 if way == "uniform" else inside > 0.15
    copy.load_state_dict(learner.state_dict())
    assert copy.step() == learner.step()


def test_where_nothing_is_good_visited_places_are_remembered() -> None:
    learner = GoalCurriculum(MAZE, "remembered", hidden=(8,))
    learner.goals, learner.success = torch.full((GOALS, 2), 20.0), torch.zeros(GOALS)
    visited = learner.visited(learner.tried(detach(learner.theta), MAZE.sample_tasks(5, generator(0))))
    learner.learn_goals(visited)
    assert MAZE.inside(learner.old).all() and not learner.gan.good[-GOALS:].any() and learner.gan.good[:-GOALS].all()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="GoalCurriculum needs a SpiralMaze, and Navigation2D has no corridor"):
        GoalCurriculum(Navigation2D())
    with pytest.raises(ValueError, match="way must be one of uniform, goal_gan, remembered, oracle, got 'random'"):
        GoalCurriculum(MAZE, "random")
