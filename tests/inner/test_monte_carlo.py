"""Monte Carlo: its averages against plain loops, its errors against the exact value, and what its page promises."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from dremeta_lite.inner.monte_carlo import LONGEST, MonteCarlo, Walks, returns_by_cell, returns_to_go, walk
from dremeta_lite.learner import generator
from dremeta_lite.tasks.grid import GridTask, GridWorld
from dremeta_lite.world.tabular import policy_evaluation, uniform

SMALL = "S..\n.#x\n..G"


@pytest.mark.parametrize("every_visit", [False, True])
@pytest.mark.parametrize("discount", [0.0, 0.7, 1.0])
def test_the_averages_equal_those_of_plain_loops(every_visit: bool, discount: float) -> None:
    family = GridWorld(SMALL, slip=0.2)
    walks = walk(family, family.default_params, torch.full((9, 4), 0.25), 7, generator(3))
    total, square, count = returns_by_cell(walks, 9, discount, every_visit)
    found: dict[int, list[float]] = {cell: [] for cell in range(9)}
    for cells, rewards, mask in zip(*(x.tolist() for x in walks[:3]), strict=True):
        length = sum(mask)
        assert mask == [True] * length + [False] * (len(mask) - length)
        seen = set()
        for t in range(length):
            if every_visit or cells[t] not in seen:
                found[cells[t]].append(sum(discount ** (k - t) * rewards[k] for k in range(t, length)))
            seen.add(cells[t])
    for cell, returns in found.items():
        assert count[cell].item() == len(returns)
        assert total[cell].item() == pytest.approx(sum(returns), abs=1e-9)
        assert square[cell].item() == pytest.approx(sum(g * g for g in returns), abs=1e-9)


def test_returns_to_go_by_hand() -> None:
    assert returns_to_go(torch.tensor([[1.0, 2.0, 3.0]]), 0.5).tolist() == [[2.75, 3.5, 3.0]]
    assert returns_to_go(torch.zeros(2, 0), 0.5).shape == (2, 0)


def test_walks_follow_the_map_and_end() -> None:
    family = GridWorld(SMALL)
    always_right = torch.eye(4)[1].expand(9, 4)
    down_then_right = torch.eye(4)[torch.tensor([2, 1, 1, 2, 1, 1, 1, 1, 1])]
    assert walk(family, family.default_params, down_then_right, 2, generator(0)).cell.tolist() == [[0, 3, 6, 7]] * 2
    stuck = walk(family, family.default_params, always_right, 3, generator(0), longest=5)
    assert stuck.cell.tolist() == [[0, 1, 2, 2, 2]] * 3 and stuck.mask.all()
    walks = walk(family, family.default_params, torch.full((9, 4), 0.25), 50, generator(1))
    last = walks.mask.sum(1) - 1
    ends = walks.reward[torch.arange(50), last]
    assert set(ends.tolist()) == {1.0, -1.0} and walks.mask.any(0).all()
    assert walks.terminated.nonzero().tolist() == [[i, t] for i, t in enumerate(last.tolist())] and not stuck.terminated.any()


def test_hardly_a_random_walk_is_given_up() -> None:
    """The chance that a random walk on the default map lasts longer than the limit, exactly: a power of its transition matrix."""
    family = GridWorld()
    chain = family.transition_matrix().mean(1)
    alive = ~family.terminal(torch.arange(30))
    left = torch.linalg.matrix_power(chain, LONGEST)[family.start][alive].sum()
    assert left < 1e-9


@pytest.mark.parametrize("every_visit", [False, True])
def test_the_estimate_meets_the_exact_value(every_visit: bool) -> None:
    """1000 episodes, three seeds, cell by cell within 5 standard errors (of about 60 that could be)."""
    family = GridWorld(SMALL, slip=0.1)
    for seed in range(3):
        learner = MonteCarlo(family, seed, discount=0.9, episodes=100, every_visit=every_visit)
        for _ in range(10):
            numbers = learner.step()
        visited = learner.count > 0
        spread = (learner.square / learner.count - learner.V**2).clamp(min=0).sqrt()
        # Returns of several visits in one episode are alike, so the plain standard error is too small for them: by 2.4 at most, measured.
        room = 5 * (2.5 if every_visit else 1)
        error = (learner.V - learner.exact()).abs()[visited]
        assert (error <= room * (spread / learner.count.sqrt())[visited] + 1e-6).all()
        assert numbers["episodes"] == 1000 and numbers["error_start"] == pytest.approx(error[0].item())


def test_the_error_shrinks_like_one_over_the_root_of_n() -> None:
    """200 learners: the root mean square error of the start is the standard deviation of its return over √n, at n = 4 and at n = 64.

    With 200 squares of normals, the root mean square has a relative standard error of 1/√400 = 5 %: 20 % is four of them.
    """
    family = GridWorld(SMALL)
    policy = uniform(family.reward_matrix())
    exact = policy_evaluation(family.transition_matrix(), family.reward_matrix(), policy, 0.9)[0]
    long = walk(family, family.default_params, policy, 20_000, generator(0))
    sigma = returns_to_go((long.reward * long.mask).double(), 0.9)[:, 0].std().item()
    walks = walk(family, family.default_params, policy, 200 * 64, generator(1))
    first = returns_to_go((walks.reward * walks.mask).double(), 0.9)[:, 0].view(200, 64)
    for n in (4, 64):
        error = (first[:, :n].mean(1) - exact).square().mean().sqrt().item()
        assert error == pytest.approx(sigma / math.sqrt(n), rel=0.2)


def test_the_standard_error_is_that_of_the_returns() -> None:
    family = GridWorld(SMALL)
    learner = MonteCarlo(family, 4, discount=0.8, episodes=30)
    numbers = learner.step()
    walks = walk(family, learner.task, learner.policy, 30, generator(4))
    returns = returns_to_go((walks.reward * walks.mask).double(), 0.8)[:, 0]
    assert numbers["value_start"] == pytest.approx(returns.mean().item())
    assert numbers["standard_error"] == pytest.approx((returns.std() / math.sqrt(30)).item())
    assert MonteCarlo(family, 4).step()["standard_error"] == 0  # one episode has no spread


def test_moving_the_discount_starts_the_averages_afresh() -> None:
    learner = MonteCarlo(GridWorld(SMALL), episodes=5)
    assert [learner.step()["episodes"] for _ in range(3)] == [5, 10, 15]
    learner.hyper.discount = 0.5
    numbers = learner.step()
    assert numbers["episodes"] == 5 and learner.iteration == 4
    assert numbers["exact_start"] == pytest.approx(learner.exact()[0].item())
    learner.hyper.every_visit = True
    assert learner.step()["episodes"] == 5


def test_a_state_brings_everything_back(same_state: Any) -> None:
    learner, other = (MonteCarlo(GridWorld(SMALL), seed, episodes=3) for seed in (1, 2))
    learner.step()
    kept = learner.state_dict()
    after = learner.step()
    other.load_state_dict(kept)
    assert other.step() == after and same_state(other.state_dict(), learner.state_dict())
    with pytest.raises(ValueError, match="lacks 'total'"):
        other.load_state_dict({name: x for name, x in kept.items() if name != "total"})


def test_another_policy_and_task() -> None:
    """Straight down and to the right: four steps, -0.04 thrice and then +1, without any chance."""
    family = GridWorld(SMALL)
    policy = torch.eye(4)[torch.tensor([2, 1, 1, 2, 1, 1, 1, 1, 1])]
    learner = MonteCarlo(family, policy=policy, task=GridTask(torch.tensor(8), torch.tensor(0.0)), discount=0.9)
    numbers = learner.step()
    assert numbers["value_start"] == pytest.approx(-0.04 * (1 + 0.9 + 0.81) + 0.729) and numbers["error_start"] < 1e-7
    assert isinstance(walk(family, learner.task, policy, 1, generator(0)), Walks)


def test_walks_draw_their_actions_with_the_policys_probabilities() -> None:
    """The first action of 20 000 walks; four standard errors are below 0.014. What has probability 0 is never taken."""
    family = GridWorld("...\n.S.\n..G")
    policy = torch.tensor([0.1, 0.0, 0.6, 0.3]).expand(9, 4)
    second = walk(family, family.default_params, policy, 20_000, generator(2), longest=2).cell[:, 1]
    frequency = torch.bincount(second, minlength=9) / 20_000
    assert frequency[[1, 7, 3]].tolist() == pytest.approx([0.1, 0.6, 0.3], abs=0.014) and frequency[5] == 0


def test_what_is_saved_is_loaded(tmp_path: Path, same_state: Any) -> None:
    learner = MonteCarlo(GridWorld(SMALL), 3, discount=0.7, episodes=4)
    learner.step()
    learner.save(tmp_path / "averages.safetensors")
    other = MonteCarlo(GridWorld(SMALL), 9)
    other.load(tmp_path / "averages.safetensors")
    assert same_state(other.state_dict(), learner.state_dict()) and other.hyper.discount == 0.7
    assert other.step() == learner.step()


def test_before_the_first_episode_the_exact_value_follows_the_slider() -> None:
    learner = MonteCarlo(GridWorld(SMALL))
    learner.hyper.discount = 0.0
    assert learner.exact()[0].item() == pytest.approx(-0.04)
