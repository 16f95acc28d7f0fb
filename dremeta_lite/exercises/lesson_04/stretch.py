"""Exercise 04.7 · a stretch of experience · 10 minutes, ★★☆

1. The stream begins the next episode by itself. Where is then what the last step of an episode led to?
2. Before the step: `observation`, and the action for it. After it: `step.reward`, `step.terminated`, `step.ended`, `step.next_observation`.
3. repeat: s ← stream.observation; a ← act(s); step ← stream.step(a); note s, a, r, terminated, ended, s';  stack along time, axis 1

`stream.observation` after the step is the start of a new episode where the last one has ended. To bootstrap from it is a mistake that
nobody sees in a learning curve: everything still learns, only worse.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.exercises.lesson_04.probes import CountingStream, act, counted


def stretch(stream: Any, act: Callable[[Tensor], Tensor], steps: int) -> tuple[Tensor, ...]:
    rows = []
    for _ in range(steps):
        observation = stream.observation
        action = act(observation)
        step = stream.step(action)
        rows.append((observation, action, step.reward, step.terminated, step.ended, step.next_observation))
    stacked = lambda *column: torch.stack(column, 1)
    return tuple(map(stacked, *rows))


def cases() -> Cases:
    """A world that counts its steps, so that the numbers say what stands where."""
    for steps in (10, 1):
        words = f"three episodes that count their steps, {steps} step{'s' * (steps > 1)}"
        yield case(words, CountingStream(), act, steps, expected=counted(steps), changes=("stream",))


MISTAKES = """
# What a step led to is looked for in the stream. Where the episode has ended, that is the start of the next one: `step.next_observation`.
    step.next_observation)) → stream.observation))
# What was noted is what is seen after the step. The action was chosen for what was seen before it.
    rows.append((observation, action → rows.append((step.next_observation, action
# An episode that was cut off counts as terminated. The task itself has not ended there: more could have been earned.
    step.reward, step.terminated → step.reward, step.ended
# An episode that was cut off does not count as ended. The next step belongs to another one: `ended` is for whatever reason.
    step.terminated, step.ended → step.terminated, step.terminated
# The episodes begin again, and a stretch never gets far into one. A stream goes on where the last stretch has left it.
    rows = [] → rows = [stream.reset()][:0]
torch.stack(column, 1) → torch.stack(column, 0)  # Episode first, then time: the steps stand along the second axis, `torch.stack(…, 1)`.
# What was seen is noted after the step, when the stream has moved on. Keep `stream.observation` before you call `stream.step`.
    rows.append((observation, → rows.append((stream.observation,
# You act on `next_observation`. Where an episode has ended, the stream has begun the next one: look at `stream.observation` each time.
    observation = stream.observation → observation = rows[-1][5] if rows else stream.observation
# The action is chosen once, for what was seen first. Choose one before each step, for what is seen then.
    action = act(observation) → action = rows[0][1] if rows else act(observation)
step.terminated, step.ended → step.ended, step.terminated  # `terminated` and `ended` have changed places.
# `ended` is for whatever reason: an episode that terminated has ended, too.
    step.terminated, step.ended → step.terminated, step.ended & ~step.terminated
# Rewards after an end are left out. In a stream they belong to the next episode, and count: there is nothing to mask.
    step.reward, → step.reward * ~sum((row[4] for row in rows), torch.zeros(()).bool()),
# You stop where an episode ends. The stream begins the next one by itself: go on for `steps` steps.
    observation = stream.observation → if rows and rows[-1][4].any(): break
    action = act(observation) → observation = stream.observation; action = act(observation)
# Where one episode ends, you begin all of them again. The stream has begun that one by itself, and the others go on.
    step = stream.step(action) → step = stream.step(action); step.ended.any() and stream.reset()
# `torch.cat` puts all steps into one long row. `torch.stack(…, 1)` gives time an axis of its own.
    torch.stack(column, 1) → torch.cat(column)
torch.stack(column, 1) → torch.stack(column, -1)  # Time is the second axis, also where an observation has numbers of its own behind it.
# Those are the steps one by one. Stack what is of one kind: six tensors [episode, time, …].
    return tuple(map(stacked, *rows)) → return rows
"""

EXERCISE = exercise(stretch, cases, MISTAKES)
