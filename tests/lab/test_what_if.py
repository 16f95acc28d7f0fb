"""What if the agent, or the goal, were elsewhere? Up to then all is as recorded; from then on the agent plays with what it knows."""

from typing import Any

import pytest
import torch
from toy import words

from dremeta_lite.agents.exact_belief import PosteriorSampling, belief_along
from dremeta_lite.compare.checkpoints import Checkpoint, RecordedRun
from dremeta_lite.lab.reels import SEED, watch_grid
from dremeta_lite.lab.scrubber import Scrubber
from dremeta_lite.lab.what_if import Moved, WhatIf
from dremeta_lite.learner import generator
from dremeta_lite.meta import MAML, RL2
from dremeta_lite.tasks import HiddenGoal, Navigation2D
from dremeta_lite.trials import play_trial

GRID, PLANE = HiddenGoal(), Navigation2D()
LOW = {"random": torch.full((4,), -60.0)}
TASK = 8


def test_up_to_then_all_is_as_it_was_and_from_then_on_it_is_there() -> None:
    agent, tasks = PosteriorSampling(GRID), GRID.all_tasks()
    plain = play_trial(GRID, tasks, agent, generator(SEED))
    moved = play_trial(GRID, tasks, agent, generator(SEED), disturb=WhatIf(TASK, {20: Moved(agent=4, goal=9), 31: Moved(agent=24)}))
    for before, after in zip(plain, moved, strict=True):
        assert torch.equal(before.flatten(1, 2)[:, :20], after.flatten(1, 2)[:, :20]), "what has been stays"
    cells = moved.observation[TASK].flatten()
    assert cells[20] == 4 and cells[31] == 24 and cells[30] == cells[45] == GRID.start
    pays = moved.reward[TASK].flatten() > 0
    assert torch.equal(pays[20:], (moved.next_observation[TASK].flatten() == 9)[20:]), "and it pays where the goal now is"
    assert torch.equal(tasks.goal, GRID.all_tasks().goal), "the tasks that were given are not touched"


def test_another_change_replaces_what_came_later() -> None:
    what_if = WhatIf(0).and_then(5, goal=9).and_then(12, agent=3).and_then(12, goal=4)
    assert what_if.moves == {5: Moved(goal=9), 12: Moved(3, 4)}
    assert [what_if.goal(step) for step in (0, 5, 11, 12, 60)] == [None, 9, 9, 4, 4]
    assert what_if.and_then(8, agent=1).moves == {5: Moved(goal=9), 8: Moved(agent=1)}
    assert "from step 12 on the agent in cell 3 and the goal in cell 4" in what_if.words("step {}".format, lambda cell: f"in cell {cell}")


def scrubbed(step: int) -> Any:
    torch.manual_seed(0)
    agents: dict[str, Any] = {"RL²": RL2(GRID, memory=6, hidden=(8,)).agent(), "sampling": PosteriorSampling(GRID)}
    scrubber = Scrubber(RecordedRun(GRID, 4, [Checkpoint(0, agents, {})]), yardsticks=LOW, step=step)
    scrubber.task_menu.value = TASK
    scrubber.paint()
    return scrubber


def drag(scrubber: Scrubber, handle: int, cell: int) -> str:
    """Drag goal (0) or agent (1) on the right map; returns what was refused."""
    (region,) = [i for i, part in enumerate(scrubber.picture.parts) if part is scrubber.view.policy]  # type: ignore[attr-defined]
    scrubber._touched({"kind": "move", "region": region, "handle": handle, "path": [[cell % 5 + 0.3, cell // 5 - 0.2]]})
    return words(scrubber.trouble)


def test_the_agent_is_dragged_and_plays_on_with_what_it_remembers() -> None:
    scrubber = scrubbed(20)
    recorded, told = scrubber.reel(), scrubber.view.summary()
    assert scrubber.back_button.disabled and drag(scrubber, 1, 2) == ""
    reel = scrubber.reel()
    agent: Any = scrubber.agent
    expected = watch_grid(GRID, agent, GRID.all_tasks(), 4, WhatIf(TASK, {20: Moved(agent=2)}))
    assert torch.equal(reel.trial.observation, expected.trial.observation) and reel.trial.observation[TASK].flatten()[20] == 2
    assert torch.equal(reel.memory[:, :21], recorded.memory[:, :21]) and not torch.equal(reel.memory[TASK, 22], recorded.memory[TASK, 22])
    assert "What if: from step 20 on the agent in row 1, column 3? It is not told" in scrubber.view.summary()
    assert "From row 1, column 3 it would most likely go next" in scrubber.view.summary()
    assert scrubber.view.policy.handles[1].at == (2, 0) and scrubber.view.known.series["agent"].shape == (2, 1)
    scrubber.controls["step"].box.value = 23
    assert scrubber.view.trial.series["earned"][1][-1] == pytest.approx(reel.trial.reward[TASK].flatten()[:23].sum().item(), abs=1e-4)
    scrubber.learner_menu.value = "sampling"
    assert scrubber.reel().trial.observation[TASK].flatten()[20] == 2, "the other learner is put there, too"
    scrubber.learner_menu.value = "RL²"
    scrubber.controls["step"].box.value = 20
    scrubber.back_button.click()
    assert scrubber.view.summary() == told and scrubber.reel() is recorded and scrubber.back_button.disabled
    drag(scrubber, 1, 2)
    scrubber.task_menu.value = 3
    assert scrubber.what_if is None and "What if" not in scrubber.view.summary()


def test_in_the_plane_start_and_goal_are_dragged_from_an_episode_on() -> None:
    torch.manual_seed(0)
    agent = MAML(PLANE, hidden=(8,)).agent(support=1, steps=1)
    scrubber: Any = Scrubber(RecordedRun(PLANE, 3, [Checkpoint(0, {"MAML": agent}, {})]), yardsticks=LOW, step=2)
    scrubber.paint()
    recorded, view = scrubber.reel(), scrubber.view
    for handle, place in ((1, [0.2, -0.3]), (0, [-0.4, 0.1])):
        scrubber._touched({"kind": "move", "region": 0, "handle": handle, "path": [place]})
    reel = scrubber.reel()
    assert torch.equal(reel.trial.reward[:, 0], recorded.trial.reward[:, 0]), "the first episode is as it was"
    for start in (reel.trial.observation[0, 1, 0], reel.way[0, 1, 0]):
        torch.testing.assert_close(start, torch.tensor([0.2, -0.3]))
    away = (reel.trial.next_observation[0, 1:, 0] - torch.tensor([-0.4, 0.1])).norm(dim=-1)
    torch.testing.assert_close(reel.trial.reward[0, 1:, 0], -away)
    assert view.plane.series["goal"].tolist() == [[-0.4], [0.1]] and view.plane.series["start"][:, 0].tolist() == pytest.approx([0.2, -0.3])
    assert "What if: from episode 2 on the agent at (0.20, -0.30) and the goal at (-0.40, 0.10)?" in view.summary()
    assert "the goal is at (-0.40, 0.10)" in view.summary()
    scrubber.controls["episode"].box.value = 1
    assert view.plane.series["start"][:, 0].tolist() == [0, 0] and view.plane.series["goal"][0, 0] != -0.4
    scrubber.back_button.click()
    assert scrubber.reel() is recorded and "What if" not in view.summary()


def test_the_goal_goes_where_it_can_still_be_and_nowhere_else() -> None:
    scrubber = scrubbed(6)
    reel = scrubber.reel()
    open_cells, own = (reel.exact[TASK, 6] > 0).nonzero().flatten().tolist(), int(GRID.goal_cells[TASK])
    seen = next(cell for cell in GRID.goal_cells.tolist() if cell not in open_cells) if len(open_cells) < 21 else GRID.start
    assert "The goal cannot be in" in drag(scrubber, 0, seen) and scrubber.what_if is None
    there = next(cell for cell in reversed(open_cells) if cell != own)
    assert drag(scrubber, 0, there) == "" and "What if: from step 6 on the goal in" in scrubber.view.summary()
    after = scrubber.reel()
    along = belief_along(GRID, after.trial)[TASK].flatten(0, 1)
    assert torch.equal(after.exact[TASK, 1:], along) and after.exact[TASK, -1, there] > 0, "what can be known fits the goal as it is"
    assert scrubber.view.policy.series["goal"].tolist() == [[there % 5], [there // 5]] == scrubber.view.known.series["goal"].tolist()
    scrubber.controls["step"].box.value = 60
    assert scrubber.view.policy.handles == [], "when the trial is over nothing comes any more"
    assert scrubber.places.widget.children == ()


def test_boxes_say_where_agent_and_goal_are_and_move_them() -> None:
    """What a hand can drag, a person without a pointer can type."""
    scrubber = scrubbed(20)
    boxes = {box.description: box for box in scrubber.places.widget.children}
    assert [*boxes] == ["goal, column", "goal, row", "agent, column", "agent, row"]
    assert [(box.min, box.max, box.step) for box in boxes.values()] == [(1, 5, 1)] * 4
    row, column = divmod(int(GRID.goal_cells[TASK]), 5)
    assert (boxes["goal, row"].value, boxes["goal, column"].value) == (row + 1, column + 1)
    boxes["agent, row"].value, boxes["agent, column"].value = 1, 3
    assert "What if: from step 20 on the agent in row 1, column 3? It is not told" in scrubber.view.summary()
    dragged = scrubbed(20)
    drag(dragged, 1, 2)
    assert torch.equal(scrubber.reel().trial.observation, dragged.reel().trial.observation)
    scrubber.back_button.click()
    assert boxes["agent, row"].value != 1 or boxes["agent, column"].value != 3


def test_a_goal_that_cannot_be_is_refused_and_its_box_says_where_it_still_is() -> None:
    scrubber = scrubbed(20)
    row, column = divmod(int(GRID.goal_cells[TASK]), 5)
    gone = next(other for other in range(5) if scrubber.reel().exact[TASK, 20, 5 * row + other] == 0)
    box = scrubber.places.widget.children[0]
    box.value = gone + 1
    assert "The goal cannot be in" in scrubber.trouble.value and scrubber.what_if is None
    assert box.value == column + 1
