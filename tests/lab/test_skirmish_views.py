"""The pictures of Skirmish: battles fought by hand, by click, key and button, and an agent's, step by step."""

from typing import Any

import pytest
import torch

from dremeta_lite.agents import Commander
from dremeta_lite.compare.checkpoints import Checkpoint, RecordedRun
from dremeta_lite.lab import PlaySkirmish, Scrubber
from dremeta_lite.lab.parts import Row
from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.touch import Refused
from dremeta_lite.lab.views.skirmish import OURS, Battle, BattlesSide, Field, Wounds, battles_of
from dremeta_lite.tasks import COLOURS, Skirmish
from dremeta_lite.tasks.skirmish import units
from dremeta_lite.trials import play_trial
from tests.conftest import seeded

FAMILY = Skirmish()


def test_the_wounds_of_a_trial_are_those_of_its_states() -> None:
    tasks = FAMILY.sample_tasks(3, seeded(0))
    trial, side = play_trial(FAMILY, tasks, Commander(FAMILY), seeded(1)), BattlesSide(FAMILY, index=2)
    picture = Picture(Row(side, size=(9.6, 3.1)))
    side.show(trial, tasks)
    assert picture.draw(None)  # type: ignore[arg-type]
    for i, (part, battle) in enumerate(zip(side.wounds, battles_of(FAMILY, trial, 2), strict=True)):
        n = int(trial.mask[2, i].sum())
        assert len(battle.orders) == n == len(battle.states) - 1
        torch.testing.assert_close(torch.tensor(part.series["green"][1]).float(), units(battle.states).foes[:, 2] / 30)
        won = FAMILY.won(trial)[2, i] > 0
        assert battle.result(FAMILY) == ("won" if won else "lost") and f"battle {i + 1} is {battle.result(FAMILY)}" in side.words()


def test_a_person_fights_and_then_sees_a_rival_begin_from_the_same_places() -> None:
    play = PlaySkirmish(FAMILY, "test-skirmish", seed=1, rivals={"by rule": Commander(FAMILY)})
    game: Any = play.trial
    play.paint()
    play.menu.value = "by rule"
    assert "First fight all three" in play.trouble.value and play.menu.value == "you"
    x, y = units(game.episode.state[0]).foes_at[2].tolist()
    field = play.picture.parts[0]
    assert field.clicked is not None and field.pressed is not None
    field.clicked(x + 0.3, y)
    field.pressed("2")
    field.pressed("ArrowLeft")
    field.clicked(0.0, 6.0)
    assert play.view.field.series["fire"].shape == (2, 1), "nobody fires while all walk"
    assert game.actions == [2, 1, 7, 7]
    play.paint()
    assert "Last order: move left." in play.view.summary() and game.hyper.step == 4
    assert play.view.field.series[OURS].shape[1] == int((units(game.episode.state[0]).health > 0).sum())
    while not game.over:
        play.buttons["Blue"].click()
    assert [len(each) for each in game.fought.values()] == [3, 3]
    for mine, other in zip(*game.fought.values(), strict=True):
        torch.testing.assert_close(mine.states[0], other.states[0])
    assert "The medic wore" in play.view.summary() and "; by rule: " in play.view.summary()
    play.menu.value = "by rule"
    play.controls["battle"].submit(2)
    assert all(button.disabled for button in play.buttons.values())
    assert "By rule, battle 2" in play.view.summary()
    with pytest.raises(Refused, match="over"):
        field.pressed("1")
    play.reset.click()
    assert not game.begun and len(game.fought) == 1 and not play.buttons["Blue"].disabled
    play.controls["battle"].submit(3)
    assert game.hyper.battle == 1, "the only one so far"


def test_marks_and_lines_are_those_of_shots_that_were_fired() -> None:
    """At whom they really were: an order at blue, who has fallen, goes to the nearest; and in step 1 nobody is in range."""
    near, far = [(7.0, 6.0), (7.0, 5.0), (7.0, 7.0), (7.0, 8.0)], [(11.0, 6.0), (11.0, 5.0), (11.0, 7.0), (11.0, 8.0)]
    before = [torch.tensor([45.0] * 3 + [0.0, 30, 30, 30, 4, 6, 4, 5, 4, 7, *sum(at, ()), 0]) for at in (far, near)]
    battle = Battle(torch.stack([*before, FAMILY.transition(before[1], torch.tensor(0))]), [0, 0])
    assert battle.shots().tolist() == [[-1, -1, -1], [1, 1, 2]] and "fired at: orange, green." in battle.last()
    assert "fired at: nobody." in battle.until(1).last()
    wounds, field = Wounds(), Field()
    assert Picture(Row(wounds, field)).draw(None)  # type: ignore[arg-type]
    wounds.show_battle(battle, "")
    field.show(battle)
    marks = {colour: wounds.series[f"_fired at {colour}"][0].round().tolist() for colour in COLOURS}
    assert marks == {"blue": [], "orange": [2], "green": [2], "pink": []}
    assert field.series["fire"].shape == (2, 10) and field.series["fire"][1, [2, 5, 8]].tolist() == [5, 5, 7]


def test_any_order_after_a_battle_begins_the_next_one() -> None:
    game: Any = PlaySkirmish(FAMILY, "test-next", seed=2).trial
    while not game.decided:
        game.act(4)
    n = len(game.actions)
    assert "Any order begins the next" in game.said() and game.act(0)
    assert len(game.actions) == n and game.hyper.battle == 2 and game.hyper.step == 0 and not game.decided


def test_the_scrubber_shows_the_field_at_any_step() -> None:
    run = RecordedRun(FAMILY, 3)
    run.keep(Checkpoint(0, {"it": Commander(FAMILY)}, {}))
    scrubber = Scrubber(run, name="test-battles", step=3)
    assert scrubber.task == COLOURS.index("green"), "which RL² loses, and then wins"
    assert scrubber.paint() and "battle 1. Last order:" in scrubber.view.summary()
    view: Any = scrubber.view
    assert view.wounds.series["blue"].shape[1] == 4
    assert view.all_parts()[1].episode == "battle"
    scrubber.put("step", 42)
    scrubber.paint()
    battle = battles_of(FAMILY, scrubber.reel().trial, scrubber.task)[2]
    assert f"Battle 3: {battle.result(FAMILY)}" == view.wounds.note.get_text()
    assert view.wounds.series["pink"].shape[1] == len(battle.states)
