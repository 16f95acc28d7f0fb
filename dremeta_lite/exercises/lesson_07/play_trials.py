"""Exercise 07.6 · a trial with a memory · 12 minutes, ★★☆

1. What is known before the first pull, and what is new before each later one? When does the memory begin with nothing?
2. Before each pull: h ← step(h, told), then the logits, then an arm is drawn, then what it pays. `told` is [one-hot(arm), reward].
3. h ← blank; told ← zeros;  repeat: h ← step(h, told); logits of h; draw arm; draw reward; note all three; told ← [one_hot(arm), reward]

The memory lasts for a whole trial, and the gradient runs back through it: so the first pulls learn to ask what later ones can use.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.exercises.lesson_07.probes import WinStay, drawn, won_and_stayed


def play_trials(net: Any, params: dict[str, Tensor], chances: Tensor, pulls: int, rng: torch.Generator) -> tuple[Tensor, ...]:
    n, arms = chances.shape
    memory, told, rows = net.blank(n), torch.zeros(n, arms + 1), []
    for _ in range(pulls):
        memory = net.step(params, memory, told)
        logits = net.logits(params, memory)
        arm = torch.multinomial(logits.softmax(-1), 1, generator=rng)[:, 0]
        reward = torch.bernoulli(chances.gather(1, arm[:, None])[:, 0], generator=rng)
        told = torch.cat([one_hot(arm, arms), reward[:, None]], 1)
        rows.append((logits, arm, reward))
    stacked = lambda *column: torch.stack(column, 1)
    return tuple(map(stacked, *rows))


def cases() -> Cases:
    """Arms that pay always or never, and a net that stays with what has paid: everything that comes back is known."""
    params = {"gain": torch.tensor([1.25]), "order": torch.tensor([0.1, 0.2, 0.3])}
    for sure, pulls in (([[0, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]], 12), ([[1, 1, 0]], 1)):
        chances = torch.tensor(sure).to(params["gain"].dtype)
        words = f"a net that stays with what has paid, and arms that pay always or never: {len(sure)} trials of {pulls} pulls"
        given = (WinStay(), params, chances, pulls, torch.Generator().manual_seed(0))
        yield case(words, *given, expected=won_and_stayed(params, chances, pulls))


MISTAKES = """
net.step(params, memory, told) → net.step(params, net.blank(n), told)  # The memory is wiped at every pull: it begins blank once a trial.
net.step(params, memory, told) → net.step(params, memory, told) if rows else memory  # Before the first pull the memory is told zeros.
torch.cat([one_hot(arm, arms), reward[:, None]], 1) → told  # The memory is never told anything. After each pull, tell it arm and reward.
arm[:, None])[:, 0], generator=rng) → arm[:, None])[:, 0])  # must bring the same trials again
reward[:, None]], 1) → 0 * reward[:, None]], 1)  # The memory never hears of the reward. Without it nobody could find out which arm pays.
reward[:, None]], 1) → chances.gather(1, arm[:, None])], 1)  # told of something else than the reward
one_hot(arm, arms), reward[:, None] → reward[:, None], one_hot(arm, arms)  # The arm comes first in `told`, and then the reward.
[one_hot(arm, arms), → [one_hot(arm, arms) * reward[:, None],  # The memory hears of an arm only if it has paid. Tell it the arm always.
told = torch.cat → told = told + torch.cat  # What the memory is told adds up. Tell it of the last pull alone: remembering is its job.
memory = net.step( → net.step(  # `net.step` returns the memory from then on, and changes nothing in place: keep what it returns.
rows.append((logits, → rows.append((logits.softmax(-1),  # You note the chances of the arms. Note the logits themselves.
logits.softmax(-1), 1 → logits.softmax(0), 1  # Your softmax runs over the trials: in each trial, the chances of its arms add up to 1.
# The policy looks at a memory that has not heard of the last pull yet: first the step, then the logits.
    memory = net.step(params, memory, told) → logits, memory = net.logits(params, memory), net.step(params, memory, told)
    logits = net.logits(params, memory) → pass
# What the memory is told of is the reward of the pull before: arm and reward belong to the same pull.
    reward[:, None]], 1) → (rows[-1][2] if rows else 0 * reward)[:, None]], 1)
one_hot(arm, arms), → torch.zeros(n, arms - 1), arm[:, None],  # An arm is a choice, not a quantity. Tell the memory a one-hot vector.
torch.multinomial(logits.softmax(-1), 1, generator=rng)[:, 0] → logits.argmax(-1)  # is to be drawn from softmax(logits)
# drawn with the chance of its arm
    torch.bernoulli(chances.gather(1, arm[:, None])[:, 0], generator=rng) → chances.gather(1, arm[:, None])[:, 0]
net.step(params, memory, told) → net.step(params, memory.detach(), told)  # their gradient by `params` is cut off
logits.softmax(-1), 1, generator=rng) → logits.softmax(-1), 1, generator=torch.Generator())  # Another `rng` must bring other trials
torch.stack(column, 1) → torch.stack(column, 0)  # Trial first, then pull: the pulls stand along the second axis, `torch.stack(…, 1)`.
"""

SURVIVORS = {
    "softmax(-1) → softmax(+1)": "there are two axes",
    "softmax(-1), 1 → softmax(-1), 2": "the first of two draws is taken",
    "logits.softmax(-1) → cut(logits.softmax(-1))": "no gradient passes a draw",
    "logits.softmax(-1) → cut(logits).softmax(-1)": "no gradient passes a draw",
}
EXERCISE = exercise(play_trials, cases, MISTAKES, drawn, flows="params", survivors=SURVIVORS)
