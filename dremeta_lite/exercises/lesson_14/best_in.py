"""Exercise 14.5 · the best return of a copied game · 12 minutes, ★★★

1. With no step left, every state is worth 0. What is a state worth with one step more?
2. `value[following]` is what the next states are worth [state, action]. Behind an end nothing is worth anything.
3. value ← 0;  repeat `steps` times: value ← max over actions of (reward + (0 if ended else value[following]));  return value

No learner can beat this number, so it is the yardstick for all of them, and it took some milliseconds.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def best_in(following: Tensor, reward: Tensor, ended: Tensor, steps: int) -> Tensor:
    value = torch.zeros(len(following))
    for _ in range(steps):
        value = (reward + torch.where(ended, 0.0, value[following])).amax(-1)
    return value


def tried(following: list, reward: list, ended: list, steps: int) -> list[float]:
    """Every plan, one after the other."""

    def best(state: int, left: int) -> float:
        if left == 0:
            return 0.0
        actions = range(len(following[state]))
        return max(reward[state][a] + (0.0 if ended[state][a] else best(following[state][a], left - 1)) for a in actions)

    return [best(state, steps) for state in range(len(following))]


def cases() -> Cases:
    no, yes = False, True
    corridor = [[0, 1], [0, 2], [1, 2]], [[-1.0, -1.0], [-1.0, -1.0], [-1.0, 10.0]], [[no, no], [no, no], [no, yes]]
    rewards = [[2.0, 0.5, -3.0], [0.0, 1.5, 7.0], [4.0, 0.25, -5.0]]
    pays = [[1, 0, 2], [2, 0, 1], [0, 2, 2]], rewards, [[no, no, no], [no, no, yes], [no, no, no]]
    square = [[1, 0], [0, 1]], [[0.0, 1.0], [3.0, 2.0]], [[no, no], [yes, no]]
    for words, game, steps in (
        ("as many states as actions, twelve steps", square, 12),
        ("a corridor, no step", corridor, 0),
        ("a corridor, two steps", corridor, 2),
        ("a corridor, nine steps", corridor, 9),
        ("an end that pays, and goes that pay more", pays, 3),
        ("the same for longer", pays, 6),
    ):
        yield case(words, *game, steps, by=tried)


MISTAKES = """
# After an end nothing more is earned: the next state counts only where the game goes on.
    torch.where(ended, 0.0, value[following]) → value[following]
torch.where(ended, 0.0, value[following]) → torch.where(ended, value[following], 0.0)  # It is the other way round: 0 where it *ended*.
.amax(-1) → .mean(-1)  # That is what random play earns. The best takes the best action: a maximum.
.amax(-1) → .amax(0)[: len(following)]  # Rows are states and columns are actions: the best action is a maximum over axis -1.
torch.where(ended, 0.0, value[following])) → 0.9 * torch.where(ended, 0.0, value[following]))  # Nothing is discounted here.
# An end pays as well: what follows counts 0, but the reward of the last action counts.
    reward + torch.where(ended, 0.0, value[following]) → torch.where(ended, 0.0, reward + value[following])
# That takes what pays most at once. The best action is that with the largest sum of reward and next value.
    .amax(-1) → .gather(-1, reward.argmax(-1, keepdim=True)).squeeze(-1)
range(steps) → range(steps - 1)  # That is one step too few.
# The reward of an action counts as well, and not only what the next state is worth.
    reward + torch.where(ended, 0.0, value[following]) → torch.where(ended, reward, value[following])
"""

SURVIVORS = {"gradient": "nothing differentiates the table", "amax(-1) → amax(+1)": "the last of two axes is axis 1"}
EXERCISE = exercise(best_in, cases, MISTAKES, survivors=SURVIVORS)
