"""Notebook 14: what it says was measured, from the recorded runs."""

import json
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
import torch
from torch import Tensor

from dremeta_lite import store
from dremeta_lite.agents import RandomActions
from dremeta_lite.compare import show_battles, show_catches, skirmish_run
from dremeta_lite.compare.game_tables import ROWS
from dremeta_lite.compare.scores import PLAYING_SEED
from dremeta_lite.compare.tables import recorded
from dremeta_lite.exercises import find
from dremeta_lite.learner import generator
from dremeta_lite.recording.tuning import SURELY
from dremeta_lite.tasks import Colours, Skirmish
from dremeta_lite.tasks.skirmish import units
from dremeta_lite.trials import play_trial


def wins(row: str, table: str = "battles") -> list[tuple[float, ...]]:
    """The share of each battle that was won at the end, by battle and seed."""
    runs = recorded(table)["rows"][row]
    seeds = recorded(table)["origin"]["seeds"]
    assert len(runs) == (seeds[row] if isinstance(seeds, dict) else seeds)
    return [*zip(*(run["won"][-1] for run in runs), strict=True)]


def test_the_first_battle_is_lost_and_the_third_is_won() -> None:
    """In each of three seeds; and neither with the memory wiped, nor by one policy for all colours."""
    first, second, third = wins("rl2")
    assert (
        min(first) >= 0.43
        and max(first) <= 0.48
        and min(second) >= 0.94
        and max(second) <= 0.96
        and min(third) >= 0.95
        and max(third) <= 0.97
    )
    wiped = [share for run in recorded("battles")["rows"]["rl2"] for share in run["wiped"]]
    assert min(wiped) >= 0.36 and max(wiped) <= 0.48
    assert all(min(each) >= 0.33 and max(each) <= 0.36 for each in wins("pooled"))
    assert all(min(each) >= 0.96 and max(each) < 0.975 for each in wins("told"))


def test_from_pictures_the_third_battle_is_won_as_well() -> None:
    first, second, third = wins("eyes", "pixels")
    assert min(first) >= 0.385 and max(first) <= 0.445 and min(second) >= 0.925 and max(second) < 0.955
    assert len(third) == 5 and min(third) >= 0.95 and max(third) <= 0.97
    wiped = [share for run in recorded("pixels")["rows"]["eyes"] for share in run["wiped"]]
    assert min(wiped) >= 0.36 and max(wiped) <= 0.44
    heat = store.read_figures(store.DATA / "lesson14" / "tuning.json", "compare --tune")["benchmarks"]["battles"]["rl2"]["heat"]
    best = max(heat, key=lambda each: each["score"])
    assert best["settings"] == {"entropy_weight": recorded("pixels")["origin"]["settings"]["entropy_weight"]}
    assert all(0.14 <= share <= 0.185 for each in wins("places", "pixels") for share in each)
    assert "0 of 3" in show_battles("pixels")
    assert "5 of 5" in show_battles("pixels")


def test_the_rule_is_ahead_in_first_battles_alone() -> None:
    yardsticks = recorded("battles")["yardsticks"]
    assert round(yardsticks["tests by rule"]["won"][0], 2) == 0.64 > max(wins("rl2")[0])
    assert all(round(share, 2) in (0.92, 0.93) for share in (*yardsticks["oracle"]["won"], *yardsticks["tests by rule"]["won"][1:]))
    assert min(wins("rl2")[2]) > yardsticks["oracle"]["won"][2]


def test_no_setting_that_was_tried_brings_one_policy_for_all_near_to_rl2() -> None:
    """What three battles return, in the tries of the tuning; the oracle has 7.3."""
    tries = store.read_figures(store.DATA / "lesson14" / "tuning.json", "compare --tune")["benchmarks"]["battles"]
    best = {row: max(each["score"] for each in (*found["heat"], *found["final"])) for row, found in tries.items()}
    assert best["pooled"] < 2 < 4.5 < best["rl2"] < 7 < best["told"]


def test_later_battles_leave_the_first_behind_between_50_and_100_iterations() -> None:
    data = recorded("battles")
    stops = data["origin"]["stops"]
    for run in data["rows"]["rl2"]:
        apart = {n: won[2] - won[0] for n, won in zip(stops, run["won"], strict=True)}
        assert apart[25] < 0.2 < 0.3 < apart[100]


def test_the_table_has_a_row_for_everybody() -> None:
    table = show_battles()
    assert all(f"| {title} |" in table for title in ROWS.values()) and "memory wiped between battles" in table and "oracle" in table


def test_stride_takes_the_multiplications_that_the_notebook_says() -> None:
    cost = find("14.conv_cost").reference
    same, strided = cost(12, 6, 16, 3, 1, 1) + cost(12, 16, 32, 3, 1, 1), cost(12, 6, 16, 3, 2, 1) + cost(6, 16, 32, 3, 2, 1)
    assert round(same / strided) == 11


def test_the_rule_of_the_exercise_is_that_of_the_family() -> None:
    family = Skirmish()
    for health in ([30.0, 12.0, 30.0, 4.0], [25.0, 28.0, 3.0, 29.0], [10.0, 22.0, 0.0, 30.0], [30.0, 0.0, 25.0, 30.0]):
        for medic, row in enumerate(torch.eye(4, dtype=torch.bool)):
            expected = family.healed(torch.tensor(health), row)
            found = find("14.after_healing").reference(torch.tensor(health), medic, 30.0, 20.0)
            assert found.tolist() == pytest.approx(expected.tolist())


def test_it_asks_in_the_first_battle_and_knows_in_the_others() -> None:
    """The recorded commander, seed 0: how many colours it fires at in the first seven steps, and how often the medic falls."""
    family, (*_, last) = Skirmish(), skirmish_run().checkpoints
    tasks = family.held_out_tasks(1000)
    trial = play_trial(family, tasks, last.agents["RL²"], generator(PLAYING_SEED))
    colours = torch.stack([(trial.action[..., :7] == k).any(-1) for k in range(4)], -1).sum(-1).float().mean(0)
    assert [round(x, 1) for x in colours.tolist()] == pytest.approx([2.8, 1.0, 1.0], abs=0.11)
    fallen = (units(family.state_of(trial.next_observation)).foes[:, 0] <= 0) & (trial.mask[:, 0] > 0).unsqueeze(-1)
    when = torch.where(fallen.any(1), fallen.int().argmax(1), 99)
    first = when.argmin(-1) == tasks.heals.argmax(-1)
    assert (first & (when.amin(-1) < 99)).float().mean().item() == pytest.approx(0.97, abs=0.015)


def caught(row: str) -> list[tuple[float, ...]]:
    """The share that is caught at the end, by episode of a trial, or before and after the step; over seeds."""
    return [*zip(*(run["caught"][-1] for run in recorded("colours")["rows"][row]), strict=True)]


def by_seed(row: str, name: str) -> list[tuple[float, ...]]:
    return [*zip(*(run[name] for run in recorded("colours")["rows"][row]), strict=True)]


def test_one_step_finds_out_which_colour_pays() -> None:
    """From 32 episodes as in training, and from 8, with half the β. Shares of 6400 objects: their standard error is 0.006."""
    before, after = caught("half")
    assert len(before) == 5 and min(before) >= 0.345 and max(before) < 0.505 and min(after) >= 0.685 and max(after) < 0.875
    assert all(run["caught"][-1][1] > run["caught"][-2][1] for run in recorded("colours")["rows"]["half"]), "and it is still learning"
    two, eight = by_seed("half", "by_episodes")
    assert min(two) >= 0.455 and max(two) < 0.625 and min(eight) >= 0.625 and max(eight) < 0.755


def test_the_step_size_that_its_tuning_took_lets_maml_down_in_two_seeds_of_five() -> None:
    """They were better on the way; and in its two finalists twice the β was ahead by more than it needed."""
    before, after = caught("maml")
    good, bad = [each for each in after if each > 0.5], [each for each in after if each < 0.5]
    assert min(before) >= 0.335 and max(before) < 0.505 and len(good) == 3 and min(good) >= 0.755 and max(good) < 0.835
    assert len(bad) == 2 and min(bad) >= 0.415 and max(bad) < 0.445
    best = [max(after for _, after in run["caught"]) for run in recorded("colours")["rows"]["maml"] if run["caught"][-1][1] < 0.5]
    assert all(0.56 < each < 0.58 for each in best)
    tries = store.read_figures(store.DATA / "lesson14" / "tuning.json", "compare --tune")["benchmarks"]["colours_steps"]
    old, new = (each["score"] for each in tries["maml"]["final"])
    assert [round(old), round(new)] == [71, 76] and (new - old) / tries["maml"]["way"] == pytest.approx(0.045, abs=0.0005)
    for row in ("maml", "half"):
        scores = [64 * sum(shares) for shares in zip(*caught(row), strict=True)]
        assert max(scores) - min(scores) > 1.5 * SURELY * tries["maml"]["way"], "so far apart that two of them are too few"
    old, new = (each["score"] for each in tries["pooled"]["final"])
    assert 0 < (new - old) / tries["pooled"]["way"] < 0.01


def test_no_step_leads_on_from_the_pooled_start_and_a_memory_makes_more_of_little() -> None:
    first, _ = caught("pooled")
    assert min(first) >= 0.415 and max(first) <= 0.485 and max(map(max, by_seed("pooled", "by_rate"))) <= 0.5
    first, _, third = caught("rl2")
    assert min(first) >= 0.535 and max(first) <= 0.585 and min(third) >= 0.595 and max(third) <= 0.685
    assert all(memory > step for row in ("maml", "half") for memory, step in zip(third, by_seed(row, "by_episodes")[0], strict=True))
    assert all(run["caught"][-1][2] > run["caught"][-2][2] for run in recorded("colours")["rows"]["rl2"]), "and it is still learning"
    yardsticks = recorded("colours")["yardsticks"]
    assert yardsticks["oracle"] == 1 and yardsticks["any colour"] == pytest.approx(0.5, abs=0.02)
    assert all(
        f"| {title} |" in show_catches() for title in ("MAML", "MAML with half the β", "pooled", "RL²", "RL² with eyes", "any colour")
    )


def test_eyes_bring_the_memory_nothing_where_a_picture_is_plain() -> None:
    """In as many seconds as without them; and the sums of this picture's channels tell nothing."""
    *_, third = caught("eyes")
    assert len(third) == 5 and min(third) >= 0.435 and max(third) < 0.505 and max(third) < min(caught("rl2")[2])
    seconds = [mean(run["cpu_seconds"][-1] for run in recorded("colours")["rows"][row]) for row in ("maml", "half", "rl2", "eyes")]
    assert max(seconds) < 1.15 * min(seconds)
    tries = store.read_figures(store.DATA / "lesson14" / "tuning.json", "compare --tune")["benchmarks"]["colours"]["eyes"]
    own, slow, fast, half, twice = (each["score"] for each in tries["heat"])
    assert max(slow, fast, half) < own < twice < own + 0.02 * tries["way"] and tries["taken"]["settings"] == {}
    family = Colours()
    trial = play_trial(family, family.held_out_tasks(20), RandomActions(family), generator(0))
    assert (trial.observation.sum((-2, -1)) == 1).all()


def test_a_rule_without_a_memory_needs_no_secret_of_reversed_controls() -> None:
    """What the notebook's search finds, and what going straight to the object makes of it."""
    place, moves, rule_of = torch.arange(8), torch.tensor([-1, 0, 1]), find("14.caught_by_one").reference
    follows = torch.stack([(place[:, None] + sign * moves).clamp(0, 7) for sign in (1, -1)])
    naive = torch.stack([rule_of(((target - place).sign() + 1).expand(7, 8), follows, place == target) for target in place]).mean(0)
    assert naive.tolist() == [1, 0.125]
    found = []
    for target in place:
        rule = torch.zeros(7, 8, dtype=torch.long)
        best = rule_of(rule, follows, place == target)
        for row, here, action in torch.cartesian_prod(torch.arange(7), place, torch.arange(3)).repeat(2, 1).tolist():
            other = rule.clone()
            other[row, here] = action
            if (now := rule_of(other, follows, place == target)).sum() >= best.sum():
                rule, best = other, now
        found.append(best)
    assert torch.stack(found).mean().item() == pytest.approx(0.95, abs=0.005)


def test_the_exact_search_finds_what_trying_all_rules_finds() -> None:
    """The notebook's own cell, on 2 rows of 3 places, beside each of the 729 rules; and on the field of the exercise."""
    names: dict[str, Any] = {"follows": torch.stack([controls(sign, 8) for sign in (1, -1)])}
    exec(source_of("14-exact-rule"), names)
    assert sum(names["exact"]) / 8 == 0.96875 and names["exact"] == [0.875, 1, 1, 1, 1, 1, 1, 0.875]
    follows, rule_of = torch.stack([controls(sign, 3) for sign in (1, -1)]), find("14.caught_by_one").reference
    rules = torch.cartesian_prod(*[torch.arange(3)] * 6).view(-1, 2, 3)
    for target in (0, 1):
        best = max(rule_of(rule, follows, torch.arange(3) == target).mean().item() for rule in rules)
        assert names["best_of_all"](target, follows.tolist(), 2) == pytest.approx(best)


def controls(sign: int, places: int) -> Tensor:
    """Where each action leads from each place, walls included."""
    return (torch.arange(places)[:, None] + sign * torch.tensor([-1, 0, 1])).clamp(0, places - 1)


def source_of(cell: str) -> str:
    """The code of a cell of the notebook."""
    cells = json.loads((Path(__file__).parents[2] / "notebooks" / "14_games.ipynb").read_text(encoding="utf-8"))["cells"]
    return "".join(next(each["source"] for each in cells if each["id"] == cell))
