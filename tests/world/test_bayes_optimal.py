"""The Bayes-optimal plan: against all walks there are, against what playing it brings, and its bound against every walk's end."""

import itertools

import pytest
import torch
from torch import Tensor

from dremeta_lite.agents.yardsticks import Oracle
from dremeta_lite.tasks.hidden_goal import HiddenGoal
from dremeta_lite.trials import play_trial
from dremeta_lite.world.bayes_optimal import BayesOptimal, _Search, bayes_optimal_plan, known_goal_returns
from tests.conftest import seeded


def short(size: int, horizon: int, episodes: int) -> HiddenGoal:
    family = HiddenGoal(size)
    family.horizon, family.episodes = horizon, episodes
    return family


def worth(family: HiddenGoal, actions: Tensor) -> Tensor:
    """The mean return over all goals of walks [walk, time], each followed until it meets the goal: played out, step by step."""
    goal = family.goal_cells.expand(len(actions), -1)
    state, known, tenths = torch.full_like(goal, family.start), torch.zeros_like(goal, dtype=torch.bool), torch.zeros_like(goal)
    tasks = type(family.default_params)(goal)
    for t in range(actions.shape[1]):
        if t % family.horizon == 0:
            state = torch.full_like(state, family.start)
        action = torch.where(known, family.best_action(state, tasks), actions[:, t, None])
        state = family.transition(state, action)
        known = known | (state == goal)
        tenths += torch.where(state == goal, 10, -1)
    return tenths.double().mean(-1) / 10


@pytest.mark.parametrize(("horizon", "episodes"), [(7, 1), (4, 2), (2, 3), (3, 2), (1, 3)])
def test_no_walk_over_a_small_grid_is_better_than_the_plan(horizon: int, episodes: int) -> None:
    """All sequences of up to 8 actions, staying and bumping into the edge included.

    The first is `stay` or `up`: `right` is the mirror image of `up`, and the others bump into the corner.
    """
    family = short(3, horizon, episodes)
    every = torch.tensor(list(itertools.product((0, 1), *[range(5)] * (horizon * episodes - 1))))
    best = max(worth(family, part).max().item() for part in every.split(50_000))
    plan = bayes_optimal_plan(family)
    assert plan.value == pytest.approx(best, abs=1e-9)
    assert worth(family, plan.actions.flatten()[None]).item() == pytest.approx(best, abs=1e-9)


def test_the_optimum_of_the_papers_grid() -> None:
    """37.214 = 781.5 / 21, of which 4 in the first episode and 11.07 in each further one; playing the plan brings it."""
    family = HiddenGoal()
    plan, tasks = bayes_optimal_plan(family), family.all_tasks()
    assert plan.value == pytest.approx(781.5 / 21, abs=1e-9)
    returns = play_trial(family, tasks, BayesOptimal(family), seeded(0)).returns()
    assert returns.mean(0).tolist() == pytest.approx([4.0, 232.5 / 21, 232.5 / 21, 232.5 / 21], abs=1e-4)
    assert returns.sum(-1).mean().item() == pytest.approx(plan.value, abs=1e-4)


@pytest.mark.parametrize("episodes", [1, 2, 3, 6])
def test_the_plan_brings_what_it_promises(episodes: int) -> None:
    family = HiddenGoal()
    plan = bayes_optimal_plan(family, episodes)
    returns = play_trial(family, family.all_tasks(), BayesOptimal(family, episodes), seeded(0), episodes).returns()
    assert returns.sum(-1).mean().item() == pytest.approx(plan.value, abs=1e-4)
    assert plan.actions.shape == plan.cells.shape == (episodes, 15)


def test_the_bound_is_never_below_what_a_walk_comes_to() -> None:
    """Along 200 random walks of the whole trial; at the end it is their value."""
    family = HiddenGoal()
    search, rng, walks, ends = _Search(family, family.horizon, family.episodes), seeded(0), [], []
    for _ in range(200):
        node, bounds = search.root(), []
        while -node.minus_time < 60:
            bounds.append(-node.minus_bound)
            children = search.children(node)
            node = children[int(torch.randint(len(children), (), generator=rng))]
        assert min(bounds) >= -node.minus_bound - 1e-9
        walks.append(node.walk)
        ends.append(-node.minus_bound / 21)
    torch.testing.assert_close(torch.tensor(ends).double(), worth(family, torch.tensor(walks)), atol=1e-5, rtol=0)


def test_who_knows_the_goal() -> None:
    """At distance d: d - 1 steps of -0.1, then 16 - d of +1; 44.29 in the mean over all goals."""
    family = HiddenGoal()
    tasks = family.all_tasks()
    returns = play_trial(family, tasks, Oracle(family, tasks), seeded(0)).returns()
    torch.testing.assert_close(returns.double(), known_goal_returns(family)[:, None].expand(-1, 4), atol=1e-5, rtol=0)
    assert returns.sum(-1).mean().item() == pytest.approx(930 / 21, abs=1e-4)
    assert known_goal_returns(family, horizon=3).min().item() == pytest.approx(-0.3)
    with pytest.raises(ValueError, match="knows 21 tasks, and is let into 5"):
        play_trial(family, family.held_out_tasks(5), Oracle(family, tasks), seeded(0))


def test_a_plan_is_for_its_number_of_episodes() -> None:
    family = HiddenGoal()
    with pytest.raises(ValueError, match="has planned for 1 episodes"):
        play_trial(family, family.all_tasks(), BayesOptimal(family, 1), seeded(0))
    with pytest.raises(ValueError, match="at least one episode, got 0"):
        bayes_optimal_plan(family, 0)
