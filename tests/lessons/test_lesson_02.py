"""What notebook 02 says it has measured: over the seeds that it names, with room for other machines."""

from typing import Any

import pytest
import torch
from torch import Tensor

from dremeta_lite.exercises.lesson_02.estimate_transitions import counted
from dremeta_lite.learner import generator
from dremeta_lite.tasks import GridWorld, Pendulum
from dremeta_lite.tasks.pendulum import wrap
from dremeta_lite.world.dynamics import random_play, rollout_error
from dremeta_lite.world.model_learner import ModelLearner
from dremeta_lite.world.planning import Model, act_by_planning, true_model
from dremeta_lite.world.planning_agent import PlanningAgent
from dremeta_lite.world.sweeps import Sweeps

HANGING = Pendulum(start="hanging")
CEM: dict[str, Any] = {"horizon": 20, "plans": 64, "refits": 2, "elites": 8}


@pytest.fixture(
    scope="module", params=[pytest.param(0, marks=pytest.mark.claims), *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))]
)
def learner(request: pytest.FixtureRequest) -> ModelLearner:
    """After 800 transitions of random play."""
    learner = ModelLearner(HANGING, request.param)
    for _ in range(20):
        learner.step()
    return learner


def test_the_news_of_a_wall_travels_one_cell_a_sweep() -> None:
    """Reveal of section 4, 4: from the values that had settled, on the best way."""
    world = GridWorld()
    learner = Sweeps(world)
    for _ in range(200):
        learner.step()
    before, wall = learner.V, 3
    world.build(wall, "#")
    near = {wall}
    for sweep in (1, 2, 3):
        near |= {cell for cell, ways in enumerate(GridWorld().neighbours.tolist()) if near & set(ways)}
        learner.step()
        moved = set(((learner.V - before).abs() > 1e-9).nonzero().flatten().tolist())
        assert moved <= near and len(moved) > sweep
    assert learner.V[wall] == 0


def test_random_play_from_below_hardly_ever_comes_near_the_top() -> None:
    """Measured: 0.2 % of the states of 200 episodes lie within 0.3 of upright."""
    play = random_play(HANGING, HANGING.default_params, 200, 200, generator(0))
    assert (wrap(play.states[..., 0]).abs() < 0.3).float().mean() < 0.01


def test_errors_compound(learner: ModelLearner) -> None:
    """Measured: one step 0.007 to 0.008 ("about 0.01"), after 25 steps 40, 25 and 17 times that in seeds 0, 1, 2; after 100 steps 0.79 to
    0.99 ("may know nothing"). Members apart: their error is made of that distance and of what they share, so it is the larger at any k."""
    numbers = learner.judge()
    assert 0.004 < numbers["one_step_error"] < 0.02
    assert 8 < numbers["k_step_error"] / numbers["one_step_error"] < 80
    real, actions, model = learner.held_out.states, learner.held_out.actions, learner.model()
    imagined = model.imagine(real[:, 0], actions)
    errors = rollout_error(imagined, real, learner.spread)
    assert errors[100] > 0.5
    apart = ((imagined - imagined.mean(0)) / learner.spread).square().mean((0, 1, 3)).sqrt()
    assert (apart[1:] < errors[1:]).all() and torch.corrcoef(torch.stack([apart, errors])[:, 1:].log())[0, 1] > 0.9  # measured 0.98 to 1.00


def test_looking_before_each_step_keeps_the_error_small(learner: ModelLearner) -> None:
    """And the averaged model, which exercise 02.4 uses, errs less than its members on their own. Measured at step 50, in three seeds: 1.3
    to 1.6 times the error of step 1 when looking, 37 to 40 times when imagined."""
    real, actions, model = learner.held_out.states, learner.held_out.actions, learner.model()
    looking = ((model(real[:, :-1], actions) - real[:, 1:]) / learner.spread).square().mean((0, 2)).sqrt()
    states = [real[:, 0]]
    for action in actions.unbind(1):
        states.append(model(states[-1], action))
    blind = rollout_error(torch.stack(states, 1), real, learner.spread)
    assert looking[49] < 3 * looking[0] and blind[50] > 12 * looking[0]
    assert blind[100] > 10 * looking.max()
    members = rollout_error(model.imagine(real[:, 0], actions), real, learner.spread)
    assert all(blind[k] < members[k] for k in (1, 5, 25, 100))


def test_training_on_makes_both_errors_smaller_and_leaves_the_growth(learner: ModelLearner) -> None:
    """Measured from iteration 20 to 60: one step 0.34 to 0.56 of what it was, 25 steps 0.46 to 0.74; the growth is still 24 to 40 times."""
    before = learner.judge()
    further = ModelLearner(HANGING, learner.seed)
    further.load_state_dict(learner.state_dict())
    for _ in range(40):
        after = further.step()
    assert all(after[name] < 0.9 * before[name] for name in ("one_step_error", "k_step_error"))
    assert after["k_step_error"] > 8 * after["one_step_error"]


def test_disagreement_tells_where_the_model_is_wrong(learner: ModelLearner) -> None:
    """Measured: rank correlation 0.65 to 0.72, the tenth with the most disagreement 10 to 18 times as wrong as that with the least; the
    mean error two to three times the mean disagreement."""
    unit, model = torch.rand(5000, 3, generator=generator(1)), learner.model()
    state, action = (2 * unit[:, :2] - 1) * torch.tensor([torch.pi, 8.0]), 4 * unit[:, 2:] - 2
    error = ((model(state, action) - HANGING.transition(state, action)) / model.changes.std).square().mean(-1).sqrt()
    disagreement = model.disagreement(state, action)
    ranks = torch.stack([x.argsort().argsort().double() for x in (error, disagreement)])
    assert torch.corrcoef(ranks)[0, 1] > 0.5
    order = disagreement.argsort()
    assert error[order[-500:]].mean() > 5 * error[order[:500]].mean()
    assert error.mean() > 1.3 * disagreement.mean()


def swing(H: int) -> tuple[Tensor, Tensor]:
    states, rewards = act_by_planning(HANGING, true_model(HANGING), 2, generator(0), steps=200, **{**CEM, "horizon": H})
    return rewards.sum(1), HANGING.observation(states)[..., 0]


def test_a_short_horizon_does_not_swing_up_in_an_episode_and_half_a_second_does() -> None:
    """Measured: -1971 with H = 1, -1190 with H = 5, -980 with H = 7, all never up; -415 with H = 10. One swing more costs less than 200."""
    for H, at_most in ((1, -1900), (5, -1000)):
        returns, height = swing(H)
        assert returns.max() < at_most and height.max() < 0.9
    returns, height = swing(10)
    assert returns.min() > -700 and height[:, -50:].min() > 0.95


def planned(model: Model) -> tuple[float, float]:
    """As the cell under the live panel measures it: the return of 100 steps, and the share of the last 25 spent upright."""
    states, rewards = act_by_planning(HANGING, model, 2, generator(0), steps=100, **CEM)
    return rewards.sum(1).mean().item(), (HANGING.observation(states)[:, -25:, 0] > 0.95).float().mean().item()


@pytest.fixture(scope="module")
def earned() -> dict[tuple[bool, int], list[float]]:
    """By whether it played with its own plans, which begin after 200 transitions, and by transitions: the returns in three seeds."""
    found: dict[tuple[bool, int], list[float]] = {}
    for own_plans in (False, True):
        for seed in range(3):
            learner = ModelLearner(HANGING, seed, own_plans=own_plans)
            for iteration in range(1, 21):
                learner.step()
                if iteration in (10, 20) or (iteration == 5 and not own_plans):
                    found.setdefault((own_plans, 40 * iteration), []).append(planned(learner.model())[0])
    return found


@pytest.mark.slow
def test_what_the_learned_model_earns_with_more_and_more_random_play(earned: dict[tuple[bool, int], list[float]]) -> None:
    """Measured in seeds 0, 1, 2: -587, -653, -580 after 200 transitions; -529, -582, -379 after 400; -388, -382, -381 after 800, against
    -370 with the true model. Two pendulums that are up lie 5 to 10 apart: 30 is three times that."""
    truth, up = planned(true_model(HANGING))
    assert up == 1 and max(earned[False, 200]) < -500
    assert min(earned[False, 400]) > min(earned[False, 200]) - 50 and sum(earned[False, 400]) < sum(earned[False, 800])
    assert all(abs(x - truth) < 30 for x in earned[False, 800])


@pytest.mark.slow
def test_own_plans_are_ahead_at_400_transitions_and_level_at_800(earned: dict[tuple[bool, int], list[float]]) -> None:
    """Measured at 400: -458, -522, -372 against -529, -582, -379, on average 46 ahead; at 800 -385, -375, -383 against -388, -382, -381."""
    own, random = earned[True, 400], earned[False, 400]
    assert all(a > b - 20 for a, b in zip(own, random, strict=True)) and sum(own) > sum(random) + 3 * 15
    assert sum(a > b + 20 for a, b in zip(own, random, strict=True)) >= 1
    assert all(abs(a - b) < 30 for a, b in zip(earned[True, 800], earned[False, 800], strict=True))


def shoot(model: Model, players: int, seed: int, steps: int, horizon: int) -> tuple[Tensor, Tensor]:
    how: dict[str, Any] = {"shoot": True, "plans": 300, "horizon": horizon}
    states, rewards = act_by_planning(HANGING, model, players, generator(seed), steps=steps, **how)
    return rewards.sum(1), HANGING.observation(states)[..., 0]


def test_random_shooting_gets_up_within_ten_seconds_with_the_learned_model_too(learner: ModelLearner) -> None:
    """Four pendulums in each of three seeds, H = 15. Measured: -486 to -881, first upright after 4.1 to 8.9 seconds, at the end twelve of
    twelve; with the true model -482 to -549 in 24, most after 3.8 to 4.3 seconds. One that needs a swing more is late by a second or two,
    so it is most of them that are asked for; one that hangs still loses 1970."""
    with_truth, _ = shoot(true_model(HANGING), 4, learner.seed, 200, 15)
    assert with_truth.min() > -650 and with_truth.max() < -450
    returns, height = shoot(learner.model(), 4, learner.seed, 200, 15)
    assert (height[:, -1] > 0.95).sum() >= 2
    assert returns.min() > -1500 and returns.median() > -1050 and returns.max() < -450 and returns.mean() < with_truth.mean()


def test_random_shooting_does_better_with_a_horizon_of_15_than_with_20() -> None:
    """The true model, 150 steps, ten pendulums. Measured: -494 ± 11 and -618 ± 62; the first are up after 3.8 to 4.9 seconds."""
    short, long = (shoot(true_model(HANGING), 10, 0, 150, H)[0] for H in (15, 20))
    assert short.mean() > long.mean() + 30  # nearly five standard errors of the mean of the second below what was measured


def test_a_held_push_gets_further_than_a_new_one_each_step() -> None:
    """200 pendulums for 10 seconds. Measured: the angle spreads by 1.22 when pushes are held, and by 0.32 when they are not."""
    play = random_play(HANGING, HANGING.default_params, 200, 200, generator(0))
    state, rng = play.states[:, 0], generator(1)
    angles = [state[:, 0]]
    for _ in range(200):
        state = HANGING.transition(state, 4 * torch.rand(200, 1, generator=rng) - 2)
        angles.append(state[:, 0])
    swung, trembled = ((x - torch.pi).std() for x in (play.states[..., 0], torch.stack(angles, 1)))
    assert swung > 2.5 * trembled


def test_the_largest_error_of_counting_falls_like_one_over_the_root_of_n() -> None:
    """Three seeds, 26 × 4 rows. Measured: 0.40 to 0.45, 0.13 to 0.20 and 0.030 to 0.042, so 11 to 14 times between the ends."""

    def estimate(s: Tensor, a: Tensor, following: Tensor) -> Tensor:
        counts = counted(s, a, following, 30, 4)
        total = counts.sum(-1, keepdim=True)
        return torch.where(total > 0, counts / total.clamp(min=1), 1 / 30)

    grid = GridWorld(slip=0.3)
    P, free = grid.transition_matrix().float(), (~grid.walls).nonzero().flatten()
    assert len(free) == 26
    for seed in range(3):
        rng, largest = generator(seed), {}
        for n in (1000, 10_000, 100_000):
            s, a = free[torch.randint(26, (n,), generator=rng)], torch.randint(4, (n,), generator=rng)
            largest[n] = (estimate(s, a, grid.transition(s, a, rng)) - P)[free].abs().max().item()
        assert largest[100_000] < 0.1 < largest[10_000]
        assert 5 < largest[1000] / largest[100_000] < 20


def test_the_picture_of_the_table() -> None:
    """What nothing leaves stays with certainty, and nothing else does; without slip every row has a single 1."""
    grid = GridWorld(slip=0.3)
    stays = grid.transition_matrix()[:, 1].diagonal()
    ended = grid.walls | grid.pits
    ended[5] = True
    assert torch.equal(stays > 0.999, ended) and stays[~ended].max() < 0.999
    assert torch.equal(GridWorld(slip=0.0).transition_matrix().sort(-1).values[..., -1], torch.ones(30, 4, dtype=torch.float64))


def test_after_the_first_sweep_only_the_neighbours_of_the_goal_know_of_it() -> None:
    learner = Sweeps(GridWorld())
    learner.step()
    assert (learner.V > 0).nonzero().flatten().tolist() == [4, 11]


def test_one_push_is_caught_and_two_are_not() -> None:
    """Reveal of section 7, 4. Measured with seeds 0 and 1: a lean of 3 and 5 degrees after one push; after two it stands again after 1.8
    and 2.05 seconds."""
    for push, caught in ((1.0, True), (2.0, False)):
        agent = PlanningAgent(HANGING, None, 0)
        for _ in range(110):
            agent.step()
        assert abs(wrap(agent.state[0])) < 0.2
        agent.put(agent.state + torch.tensor([0.0, push]))
        leans = []
        for _ in range(60):
            agent.step()
            leans.append(abs(wrap(agent.state[0])).item())
        assert max(leans) < 0.3 if caught else max(leans) > 2.5
        assert leans[-1] < 0.3
