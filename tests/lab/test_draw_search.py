"""A search is drawn, walked with keys or typed, and all three say the same."""

from typing import Any

import pytest
import torch
from toy import words

from dremeta_lite.lab.draw_search import DrawSearch
from dremeta_lite.tasks.hidden_goal import HiddenGoal, HiddenGoalTask
from dremeta_lite.trials import Agent, Seen, play_trial
from dremeta_lite.world.bayes_optimal import bayes_optimal_plan
from tests.conftest import seeded

FAMILY = HiddenGoal()


def walk_return(cells: torch.Tensor, goal: int, known: float) -> float:
    """By counting: along the walk until the goal is met, then staying, then `known` for each episode that is left."""
    total = 0.0
    for episode, row in enumerate(cells.tolist()):
        met = row.index(goal) if goal in row else None
        if met is not None:
            return total - 0.1 * met + (len(row) - met) + known * (len(cells) - episode - 1)
        total -= 0.1 * len(row)
    return total


def drawn(*own: str) -> Any:
    search = DrawSearch(FAMILY, walk_return, own)
    search.paint()
    return search


def touch(search: DrawSearch, episode: int, *cells: int) -> str:
    """Drag over cells; returns what was refused."""
    search._touched({"kind": "click", "region": episode, "path": [[cell % 5 + 0.2, cell // 5 - 0.3] for cell in cells]})
    return words(search.trouble)


def test_dragging_keys_and_letters_draw_the_same_search() -> None:
    by_hand, by_keys, typed = drawn("", ""), drawn("", ""), drawn("", "")
    assert touch(by_hand, 0, 20, 15, 10, 11, 12, 7) == ""
    for key in ("ArrowUp", "ArrowUp", "ArrowRight", "ArrowRight", "ArrowUp"):
        by_keys._touched({"kind": "key", "region": 0, "key": key})
    typed.boxes[0].value = " UU R\tru "
    assert by_hand.words == by_keys.words == typed.words == ["uurru", ""] == [box.value for box in typed.boxes]
    assert by_hand.view.summary() == by_keys.view.summary() == typed.view.summary()
    assert by_hand.view.summary().startswith("Episode 1: uurru, 5 of 15 steps, 4 of 21 possible goals. Episode 2: only staying, 0 of 15")
    assert by_hand.view.maps[0].read(2, 1) == "row 2, column 3\nstep 5"


def test_a_quick_hand_leaves_out_cells_and_the_start_begins_again() -> None:
    search = drawn("uuuu", "")
    touch(search, 0, 4)
    assert search.words[0] == "uuuurrrr" and search.path(0)[-1] == 4
    touch(search, 0, 20, 21, 16)
    assert search.words[0] == "ru"
    search._touched({"kind": "key", "region": 1, "key": "s"})
    assert search.words == ["ru", "s"] and search.path(1) == [20, 20]
    for expected in (["ru", ""], ["r", ""], ["", ""], ["uuuurrrr", ""]):
        search.undo_button.click()
        assert search.words == expected
    search._touched({"kind": "key", "region": 1, "key": "Backspace"})
    search.undo_button.click()
    assert search.words == ["uuuu", ""]
    search.clear_button.click()
    assert search.words == ["", ""] and not search.cells().ne(FAMILY.start).any()
    touch(search, 1, 99, -7)
    assert search.words == ["", ""]


def test_backspace_takes_back_a_step_of_its_own_map_whichever_was_drawn_last() -> None:
    search = drawn("ur", "")
    for region, key in ((1, "ArrowRight"), (1, "s"), (0, "ArrowUp"), (1, "Backspace")):
        search._touched({"kind": "key", "region": region, "key": key})
    assert search.words == ["uru", "r"]
    for _ in range(2):
        search._touched({"kind": "key", "region": 1, "key": "Backspace"})
    assert search.words == ["uru", ""]
    search.undo_button.click()
    assert search.words == ["uru", "r"], "what Backspace took can be had again"


def test_its_worth_is_the_mean_return_of_who_walks_so() -> None:
    search = drawn("uuuurrrr", "uuuurrrrdddd")
    cells, found = search.cells(), search.returns()

    class Walks(Agent):
        def begin(self, n: int, rng: torch.Generator) -> None:
            self.t, self.goal = 0, torch.full((n,), -1)

        def act(self, observation: torch.Tensor) -> torch.Tensor:
            letters = "".join(word.ljust(15, "s") for word in (*search.words, "", ""))
            walk, self.t = torch.full_like(observation, "surdl".index(letters[self.t])), self.t + 1
            return torch.where(self.goal < 0, walk, FAMILY.best_action(observation, HiddenGoalTask(self.goal.clamp(min=0))))

        def see(self, step: Seen) -> None:
            self.goal = torch.where(step.reward > 0, step.next_observation, self.goal)

    trial = play_trial(FAMILY, FAMILY.all_tasks(), Walks(), seeded(0))
    assert list(found.values()) == pytest.approx(trial.returns().sum(1).tolist(), abs=1e-4)
    mean = trial.returns().sum(1).mean().item()
    assert f"The search is worth {mean:.2f}, on average over all goals" in search.view.summary()
    assert search.view.returns.note.get_text() == f"this search is worth {mean:.2f}"
    assert cells.shape == (4, 15) and set(cells[0, 8:].tolist()) == {4} and set(cells[2:].flatten().tolist()) == {20}
    plan = bayes_optimal_plan(FAMILY)
    known = search.knowing
    assert sum(walk_return(plan.cells, g, known[g]) for g in known) / 21 == pytest.approx(plan.value)


def test_what_cannot_be_walked_is_refused() -> None:
    search = drawn("uuuurrrr", "")
    search.boxes[1].value = "up"
    assert words(search.trouble) == "a search is written with u, r, d, l and s, not with p" and search.boxes[1].value == ""
    search.boxes[0].value = "u" * 16
    assert "an episode has 15 steps" in words(search.trouble) and search.boxes[0].value == "uuuurrrr"
    assert "an episode has 15 steps" in touch(search, 0, 20, 0, 4, 24, 21, 22) and search.words[0] == "uuuurrrrddddlll"
    assert touch(search, 0, 20, 15) == "" and search.words == ["u", ""]
    search._touched({"kind": "click", "region": 2, "path": [[1, 1]]})
    assert "answers to clicked" in words(search.trouble)
    with pytest.raises(ValueError, match="15 steps"):
        drawn("u" * 16)


def test_without_a_hand_the_given_search_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    search = drawn("uuuurrrr", "uuuurrrrdddd")
    search.show()
    assert "Episode 1: uuuurrrr, 8 of 15 steps, 7 of 21 possible goals." in capsys.readouterr().out
