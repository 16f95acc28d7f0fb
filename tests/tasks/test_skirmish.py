"""Skirmish follows its page, by cases computed by hand; and the commanders that play by rule."""

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env
from torch import Tensor

import dremeta_lite  # noqa: F401  (registers the environments)
from dremeta_lite.agents import Commander, Oracle, RandomActions
from dremeta_lite.compare import play_agents
from dremeta_lite.tasks import COLOURS, Skirmish, SkirmishTask
from dremeta_lite.tasks.family import pick, with_axes
from dremeta_lite.tasks.skirmish import units
from dremeta_lite.trials import play_trial
from tests.conftest import seeded

ID = "dremeta/Skirmish-v0"
FAMILY = Skirmish()
BLUE, ORANGE, GREEN, PINK, UP, RIGHT, DOWN, LEFT = range(8)
CLOSE = [(7.0, 6.0), (7.0, 5.0), (7.0, 7.0), (7.0, 8.0)]
HERE = [(4.0, 6.0), (4.0, 5.0), (4.0, 7.0)]


def state(
    health: list[float], foes: list[float], at: list[tuple[float, float]] = HERE, foes_at: list[tuple[float, float]] = CLOSE
) -> Tensor:
    return torch.tensor([*health, *foes, *np.ravel(at), *np.ravel(foes_at), 3.0], dtype=torch.float32)


def task(medic: int) -> SkirmishTask:
    return pick(FAMILY.all_tasks(), medic)


def step(before: Tensor, order: int, medic: int) -> tuple[list[float], list[float], float]:
    """Health of the marines and of the enemies after a step, and the reward."""
    after = FAMILY.transition(before, torch.tensor(order), None, task(medic))
    now = units(after)
    return now.health.tolist(), now.foes.tolist(), FAMILY.reward(before, torch.tensor(order), after, None, task(medic)).item()


WHOLE, FRESH = [45.0] * 3, [30.0] * 4


def test_a_soldiers_wound_closes_and_the_medics_does_not() -> None:
    """Three marines take 18 of 30 points. Three soldiers shoot at the marine nearest to each: those at y = 6, 5, 7; of pink, at y = 7."""
    health, foes, reward = step(state(WHOLE, FRESH), ORANGE, medic=BLUE)
    assert foes == FRESH and health == pytest.approx([45, 40.3, 45 - 9.4]), (
        "healed at once; green and pink both shoot at the marine at y = 7"
    )
    assert reward == pytest.approx(-0.5 * 14.1 / 135)
    health, foes, reward = step(state(WHOLE, FRESH), BLUE, medic=BLUE)
    assert foes == [12, 30, 30, 30] and reward == pytest.approx(18 / 120 - 0.5 * 14.1 / 135)


def test_the_medic_heals_the_most_injured_by_twenty_points_and_never_itself() -> None:
    _, foes, _ = step(state(WHOLE, [30, 10, 20, 5]), UP, medic=BLUE)
    assert foes == [30, 10, 20, 25]
    _, foes, _ = step(state(WHOLE, [3, 28, 30, 30]), UP, medic=BLUE)
    assert foes == [3, 30, 30, 30]
    _, foes, _ = step(state(WHOLE, [3, 28, 30, 30]), BLUE, medic=BLUE)
    assert foes == [0, 28, 30, 30], "one who falls in this step heals no more"
    _, foes, _ = step(state(WHOLE, [30, 18, 25, 30]), ORANGE, medic=BLUE)
    assert foes == [30, 0, 30, 30], "and one who has fallen is not healed"


def test_those_out_of_range_walk_until_they_are_within_and_do_not_shoot() -> None:
    far = [(11.0, 6.0), (11.0, 5.0), (11.0, 7.0), (10.5, 6.0)]
    before = state(WHOLE, FRESH, foes_at=far)
    after = units(FAMILY.transition(before, torch.tensor(BLUE), None, task(BLUE)))
    assert after.health.tolist() == WHOLE and after.foes.tolist() == FRESH
    assert after.at[0].tolist() == [6.0, 6.0], "two cells, of the 2.1 that it takes"
    assert after.foes_at[3, 0].item() == pytest.approx(10.5 - 1.6), "a tenth of a cell closer than the range"
    away = units(FAMILY.transition(before, torch.tensor(LEFT), None, task(BLUE))).at
    assert away[:, 0].tolist() == [2.0] * 3 and away[:, 1].tolist() == [6.0, 5.0, 7.0]
    wall = units(FAMILY.transition(state(WHOLE, FRESH, at=[(1.0, 11.5)] * 3), torch.tensor(UP), None, task(BLUE))).at
    assert wall.tolist() == [[1.0, 12.0]] * 3


def test_told_to_fire_at_the_fallen_each_turns_to_the_nearest() -> None:
    _, foes, _ = step(state(WHOLE, [0, 30, 30, 30]), BLUE, medic=BLUE)
    assert foes == [0, 18, 24, 30], "orange, at y = 5, is as near to the marine at y = 6 as green, and comes first"


def test_the_fallen_neither_shoot_nor_walk_nor_are_shot_at() -> None:
    before = state([0, 45, 45], [30, 0, 30, 30])
    after = units(FAMILY.transition(before, torch.tensor(BLUE), None, task(BLUE)))
    assert after.foes[BLUE] == 30 - 12 and after.health[0] == 0 and after.at[0].tolist() == [4.0, 6.0]
    assert after.health.sum() == pytest.approx(90 - 2 * 4.7)


def test_battles_end_by_victory_defeat_or_time() -> None:
    _, foes, reward = step(state(WHOLE, [0, 0, 0, 5]), PINK, medic=PINK)
    assert foes == [0] * 4 and reward == pytest.approx(5 / 120 + 2)
    health, _, reward = step(state([0, 0, 4], FRESH), UP, medic=BLUE)
    assert health == [0, 0, 0] and reward == pytest.approx(-0.5 * 4 / 135 - 1)
    late = state(WHOLE, [30, 0, 0, 0])
    late[-1] = 13
    assert not FAMILY.terminal(late)
    after = FAMILY.transition(late, torch.tensor(UP), None, task(BLUE))
    assert FAMILY.terminal(after) and FAMILY.reward(late, torch.tensor(UP), after).item() == pytest.approx(-1)


def test_all_functions_broadcast_over_leading_axes(rng: torch.Generator) -> None:
    tasks = FAMILY.sample_tasks(3, rng)
    wide, order = with_axes(tasks, 1), torch.randint(8, (3, 5), generator=rng)
    before = FAMILY.initial(rng, SkirmishTask(wide.heals.expand(3, 5, 4)))
    after = FAMILY.transition(before, order, None, wide)
    rewards = FAMILY.reward(before, order, after, None, wide)
    for i in range(3):
        one = FAMILY.transition(before[i, 2], order[i, 2], None, pick(tasks, i))
        torch.testing.assert_close(after[i, 2], one)
        torch.testing.assert_close(rewards[i, 2], FAMILY.reward(before[i, 2], order[i, 2], one))
    torch.testing.assert_close(FAMILY.state_of(FAMILY.observation(after)), after)


def test_tasks_and_starts_are_drawn_as_the_page_says(rng: torch.Generator) -> None:
    tasks = FAMILY.sample_tasks(4000, rng)
    assert (tasks.heals.sum(-1) == 1).all()
    np.testing.assert_allclose(tasks.heals.mean(0), 0.25, atol=4 * (0.25 * 0.75 / 4000) ** 0.5)
    start = units(FAMILY.initial(rng, tasks))
    for at, low, high in ((start.at, (1, 3.5), (3, 8.5)), (start.foes_at, (9, 1), (11, 11))):
        for axis in range(2):
            assert at[..., axis].min() == pytest.approx(low[axis], abs=0.05) and at[..., axis].max() == pytest.approx(high[axis], abs=0.05)
    assert (start.health == 45).all() and (start.foes == 30).all() and (start.time == 0).all()


@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
def test_gymnasiums_checks_pass_without_a_warning(render_mode: str | None) -> None:
    check_env(gymnasium.make(ID, render_mode=render_mode).unwrapped)


def test_registered_battles_last_fourteen_steps_at_most() -> None:
    env = gymnasium.make(ID)
    env.reset(seed=0)
    ends = [env.step(UP)[2:4] for _ in range(14)]
    assert ends[:-1] == [(False, False)] * 13 and ends[-1] == (True, True)


def test_the_picture_shows_units_where_they_are() -> None:
    _, image = FAMILY.render_image(state(WHOLE, [30, 0, 30, 30]), None)
    assert image.shape == (240, 240, 3) and image[120, 140].tolist() == [0, 114, 178] and image[140, 140].tolist() == [255] * 3
    assert image[120, 80].tolist() == [34] * 3


def test_testing_costs_the_first_battle_and_being_told_none() -> None:
    """In 1000 tasks, whose share has a standard error below 0.016. The rules' winning rates are measured: 0.64, 0.93, 0.93; told 0.93."""
    tasks = FAMILY.held_out_tasks(1000)
    tester = Commander(FAMILY)
    rivals = {"random": RandomActions(FAMILY), "tester": tester, "told": Oracle(FAMILY, tasks)}
    won = play_agents(FAMILY, rivals, tasks, score=FAMILY.won)
    assert won["random"].max() < 0.02
    assert 0.55 < won["tester"][0] < 0.73 and won["tester"][1:].min() > 0.87 and won["told"].min() > 0.87
    assert torch.equal(tester.possible.float(), tasks.heals), "after three battles it knows the medic, and is never wrong"


def test_won_is_told_by_the_reward() -> None:
    trial = play_trial(FAMILY, FAMILY.held_out_tasks(50), Oracle(FAMILY, FAMILY.held_out_tasks(50)), seeded(0))
    last = trial.mask.sum(-1).long() - 1
    states = FAMILY.state_of(trial.next_observation.gather(2, last[..., None, None].expand(-1, -1, 1, 22)).squeeze(2))
    assert torch.equal(FAMILY.won(trial, None), FAMILY.beaten(states).float())
    assert len(COLOURS) == 4
