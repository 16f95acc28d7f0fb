"""Exercise 03.4 · drawing from the replay buffer · 6 minutes, ★★☆

1. `count` goes on growing when the buffer is full. How many rows hold something?
2. `torch.rand(…) * filled`, cut off by `.long()`, gives places from 0 to filled - 1 (as does `torch.randint`); they index rows.
3. filled ← the smaller of count and the number of rows;  places ← batch random numbers below filled;  return memory[places]

Twice the same row in a batch does no harm. Rows of zeros would: the network would learn that nothing is ever worth anything.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.exercises.exercise import Wrong
from dremeta_lite.exercises.lesson_03.shared import frequencies, rng, same_seed_same_draw

NOTHING_YET = -999.0


def rows(result: Tensor, n: int, filled: int) -> str | None:
    """The rows of the memory are (i, 10 i, i + 0.5): each must come back whole, from a filled place, and equally often."""
    if (result == NOTHING_YET).any():
        return f"some rows come from places that nothing was written to: only {filled} are filled"
    i = result[:, 0]
    if not (torch.equal(result[:, 1], 10 * i) and torch.equal(result[:, 2], i + 0.5)):
        return "some rows are put together from several transitions: state, action and reward of a row belong together"
    found = frequencies(i.long(), n, [1 / filled] * filled)
    if found is None and n > 100 and bool((i.diff() % filled == 1).all()):
        return "the rows come in the order in which they lie: a batch of neighbours, not a random one"
    return found


def replay_sample(memory: Tensor, count: int, batch: int, rng: torch.Generator) -> Tensor:
    filled = min(count, len(memory))
    places = (torch.rand(batch, generator=rng) * filled).long()
    return memory[places]


def cases() -> Cases:
    for capacity, count, n, seed in ((8, 5, 4000, 0), (6, 20, 4000, 1), (4, 4, 4000, 2)):
        filled = min(count, capacity)
        i = torch.arange(capacity).float()
        memory = torch.stack([i, 10 * i, i + 0.5], 1)
        memory[filled:] = NOTHING_YET
        words = f"room for {capacity}, {count} ever added, a batch of {n}"
        yield case(words, memory, count, n, rng(seed), accept=lambda result, *_, n=n, filled=filled: rows(result, n, filled))


def small_batches_reach_every_place(answer: Callable[..., Tensor]) -> None:
    draw, memory = rng(5), torch.stack([torch.arange(20.0)] * 2, 1)
    drawn = torch.cat([answer(memory, 20, 4, draw)[:, 0] for _ in range(500)])
    if found := frequencies(drawn.long(), 2000, [1 / 20] * 20):
        raise Wrong(
            f"500 batches of 4 from 20 rows: {found}. Every place is to be equally likely in every draw, whatever the size of the batch."
        )
    if not any(len(set(four)) < 4 for four in drawn.view(500, 4).tolist()):
        raise Wrong("No batch of 4 from 20 rows ever held a row twice. With replacement, about one in four does.")


MISTAKES = """
# Rows are drawn that nothing was ever written to. How many are filled when few were added?
    memory[torch.randint(len(memory), (batch,), generator=rng)]
# These are the newest ones, in order. The point of replay is to mix old and new at random.
    memory[torch.arange(count - batch, count) % min(count, len(memory))]
# The last place is never drawn: `randint(n, …)` gives numbers below n.
    memory[torch.randint(min(count, len(memory)) - 1, (batch,), generator=rng)]
# Each column is drawn apart from the others. A transition must stay together: one draw a row.
    torch.stack([column[torch.randint(min(count, len(memory)), (batch,), generator=rng)] for column in memory.T], 1)
# One place is drawn, and its neighbours follow. Neighbours are alike: draw each row for itself.
    (torch.rand(batch, generator=rng) * filled).long() → (torch.randint(filled, (1,), generator=rng) + torch.arange(batch)) % filled
"""

SURVIVORS = {"the result in reverse along axis 0": "rows drawn at random have no order", "gradient": "rows are only looked up"}
REPEATABLE = same_seed_same_draw(torch.arange(60.0).reshape(30, 2), 30, 40)
EXERCISE = exercise(replay_sample, cases, MISTAKES, REPEATABLE, small_batches_reach_every_place, survivors=SURVIVORS)
