"""What if the agent were somewhere else in the middle of a trial, or the goal? It is not told, and plays on with what it knows."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor


class Moved(NamedTuple):
    """What is changed before a step: where the agent is, and where the goal is. None: as it was."""

    agent: Any = None
    goal: Any = None


class WhatIf:
    """Changes in one of the trials that are played side by side: the `disturb` of `play_trial`.

    Args:
        task: the index of the trial.
        moves: what is changed, by the step of the trial before which it is.
    """

    def __init__(self, task: int, moves: Mapping[int, Moved] | None = None) -> None:
        self.task, self.moves = task, dict(moves or {})

    def and_then(self, step: int, **moved: Any) -> "WhatIf":
        """The same up to a step, and there one change more: of `agent` or `goal`."""
        before = {at: each for at, each in self.moves.items() if at <= step}
        return WhatIf(self.task, before | {step: before.get(step, Moved())._replace(**moved)})

    def goal(self, step: int) -> Any:
        """Where the goal was put by then; None if it was not."""
        goals = [moved.goal for at, moved in sorted(self.moves.items()) if at <= step and moved.goal is not None]
        return goals[-1] if goals else None

    def __call__(self, step: int, episodes: Any) -> None:
        """Put agent and goal where they are in this step."""
        episodes.state = self._put(episodes.state, self.moves.get(step, Moved()).agent)
        episodes.tasks = episodes.tasks._replace(goal=self._put(episodes.tasks.goal, self.goal(step)))

    def _put(self, rows: Tensor, value: Any) -> Tensor:
        if value is None:
            return rows
        rows = rows.clone()
        rows[self.task] = torch.as_tensor(value, dtype=rows.dtype, device=rows.device)
        return rows

    def words(self, when: Callable[[int], str], place: Callable[[Any], str]) -> str:
        """What was changed. `when` and `place` put a step of the trial and a place into words: `step 3`, `in row 2`."""
        told = []
        for step, moved in sorted(self.moves.items()):
            agent = "" if moved.agent is None else f"the agent {place(moved.agent)}"
            goal = "" if moved.goal is None else f"the goal {place(moved.goal)}"
            told.append(f"from {when(step)} on {' and '.join(filter(None, [agent, goal]))}")
        back = "The button above leads back to the recording."
        return f"What if: {'; '.join(told)}? It is not told, and plays on with what it knows. {back}"
