"""Exercise 06.8 · collect · 10 minutes, ★★☆

1. In which order do observation, action and reward come? And which episodes still count in a step?
2. Keep `live`, True where no episode has ended yet. A step in which an episode ends still counts; the next one does not.
3. reset; repeat: s ← what is seen; a, log π ← the policy; act; note s, a, log π, r · live, terminated & live, live; live ← live & ~ended

All episodes of all tasks take each step together, so the loop runs over time alone. Those that have ended go on, and the mask says that
they do not count.
"""

from typing import Any

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.exercises.lesson_06.probes import Counting, Naming, noise
from dremeta_lite.rollout import Trajectories


def gather(episodes: Any, policy: Any, params: dict[str, Tensor], steps: int, rng: torch.Generator) -> Trajectories:
    episodes.reset()
    live, rows = torch.ones(episodes.shape, dtype=torch.bool), []
    for _ in range(steps):
        observation = episodes.observation
        action, log_prob = policy.sample(params, observation, rng)
        step = episodes.step(action)
        rows.append((observation, action, log_prob, step.reward * live, step.terminated & live, live.float()))
        live = live & ~step.ended
    stacked = lambda *column: torch.stack(column, 2)
    return Trajectories(*map(stacked, *rows))


def cases() -> Cases:
    """A world that counts its steps: everything that comes back is known."""
    for words, ends, steps in (("no episode ends", [[12, 12]], 10), ("episodes end after 1 to 4 steps", [[1, 4], [3, 2]], 5)):
        last, t = torch.tensor(ends).float(), torch.arange(float(steps))
        rng, seen = torch.Generator(), (t + torch.zeros(*last.shape, 1))[..., None]
        mask, gain = (t < last[..., None]).float(), torch.arange(1.0, len(ends) + 1) / 4
        action = 10 * seen + gain[:, None, None, None] + torch.stack([noise(rng) for _ in t])[:, None].to(t)
        cut = last == 3
        reward, over = (action[..., 0] + 100 * (t + 1)) * mask, (t + 1 == last[..., None]) & ~cut[..., None]
        expected = Trajectories(seen, action, -seen[..., 0] - 1, reward, over, mask)
        given = (Counting(last, cut), Naming(), {"gain": gain}, steps, torch.Generator())
        yield case(f"a world that counts its steps, where {words}", *given, expected=expected, changes=("episodes",))


MISTAKES = """
# What was noted is what is seen after the step. The policy acted on what it saw before it.
    rows.append((observation → rows.append((episodes.observation
step.reward * live → step.reward  # Rewards after the end of an episode are in it. They did not happen: multiply by the mask.
step.terminated & live → step.terminated  # An episode can end once: after its end nothing is terminated any more.
# The step that ends an episode still counts, with its reward. Note the step first, and change the mask after it.
    rows.append( → live = live & ~step.ended; rows.append(
# An episode that was cut off has ended as well, and the next step does not count: `ended` is for whatever reason.
    live & ~step.ended → live & ~step.terminated
live & ~step.ended → live  # The mask is 1 throughout: it has to become 0 where an episode has ended.
live & ~step.ended → ~step.ended  # An episode whose last step is over seems to live again: once it has ended, it stays so.
torch.stack(column, 2) → torch.stack(column, 0)  # Task, trajectory, time: the steps stand along the third axis, `torch.stack(…, 2)`.
episodes.reset() → pass  # You go on from wherever the episodes stood. A batch of new episodes begins with `episodes.reset()`.
# The mask is 0 already in the step that ends an episode. That step still counts: the mask changes after it.
    live.float() → (live & ~step.ended).float()
step.terminated & live → step.ended & live  # What was cut off is noted as terminated. The task itself has not ended there.
# The policy always acts on what it saw first. Look at `episodes.observation` before each step.
    observation = episodes.observation → observation = rows[0][0] if rows else episodes.observation
observation, rng) → observation, torch.Generator())  # A new generator draws the same noise in every step. Hand on `rng`.
# You stop when all episodes have ended. Play all `steps` steps: the mask says which of them count.
    observation = episodes.observation → if not live.any(): break
    action, log_prob = → observation = episodes.observation; action, log_prob =
"""

SURVIVORS = {"live.float() → (lambda x: x)(live)": "it is brought into the form that the cells below expect"}
EXERCISE = exercise(gather, cases, MISTAKES, survivors=SURVIVORS)
