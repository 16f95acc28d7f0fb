"""Exercise 03.2 · ε-greedy · 8 minutes, ★★☆

1. How many random decisions does one row need, and how do you tell which actions tie for the best?
2. `Q.amax(1, keepdim=True) > Q` marks the worse ones. Among the others, the largest of random numbers is a fair choice.
3. greedy ← argmax of random numbers, with -∞ where Q is below its row's maximum;  anything ← randint;  explore ← rand < ε;  return
   anything where explore, else greedy

At the start all values are equal. With a plain argmax the agent then walks in one direction only: ties matter most when nothing is known.
And every draw goes through `rng`, so that a run can be repeated.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Case, Cases, case, exercise
from dremeta_lite.exercises.lesson_03.shared import Known, frequencies, rng, same_seed_same_draw


def choose_action(Q: Tensor, epsilon: float, rng: torch.Generator) -> Tensor:
    n, actions = Q.shape
    highest = Q.amax(1, keepdim=True)
    greedy = torch.rand(Q.shape, generator=rng).masked_fill(highest > Q, -torch.inf).argmax(1)
    anything = torch.randint(actions, (n,), generator=rng)
    explore = torch.rand(n, generator=rng) < epsilon
    return torch.where(explore, anything, greedy)


ONE_OF_TIES = "When several actions tie, all rows take the same one. All of the best ones must be equally likely, in each row."
TURNED_ROUND = "ε is the chance of exploring, and here it seems to be that of being greedy."
ONE_COIN = "All rows explore together or not at all. Each row needs a coin of its own."
NEVER_THE_BEST = "A random action is any action, the best one included: it has 1 - ε + ε / (number of actions)."


def cases() -> Cases:
    def drawn(words: str, row: list[float], epsilon: float, expected: list[float], seed: int, known: Known = ()) -> Case:
        return case(words, [row] * 6000, epsilon, rng(seed), accept=lambda result, *_: frequencies(result, 6000, expected, known))

    one_best = [
        ([0.15, 0.55, 0.15, 0.15], TURNED_ROUND),
        ([0.4 / 3, 0.6, 0.4 / 3, 0.4 / 3], NEVER_THE_BEST),
        ([0.0, 1.0, 0.0, 0.0], ONE_COIN),
        ([0.25, 0.25, 0.25, 0.25], ONE_COIN),
    ]
    three_best = [([0.84 if action == best else 0.04 for action in range(5)], ONE_OF_TIES) for best in (0, 2, 3)]
    row, tied, thirds = [0.3, 2.0, -1.0, 0.7], [1.5, -0.5, 1.5, 1.5, 0.0], [0.92 / 3, 0.04, 0.92 / 3, 0.92 / 3, 0.04]
    yield drawn("ε = 0.4, four actions of which the second is best, 6000 times", row, 0.4, [0.1, 0.7, 0.1, 0.1], 0, one_best)
    yield drawn("ε = 0.2, five actions of which the first, third and fourth tie", tied, 0.2, thirds, 1, three_best)
    rows = [[1.0, 2.0, 0.0], [5.0001, -1.0, 5.0], [0.0, 0.0, 0.1], [-3.0, -2.0, -4.0]]
    yield case("ε = 0, four different states", rows, 0.0, rng(2), expected=[1, 0, 2, 1])
    yield drawn("ε = 1, which ignores Q", row, 1.0, [0.25, 0.25, 0.25, 0.25], 3)


MISTAKES = f"""
torch.rand(Q.shape, generator=rng).masked_fill(highest > Q, -torch.inf).argmax(1) → Q.argmax(1)  # {ONE_OF_TIES}
choose_action(Q, 1 - epsilon, rng)  # {TURNED_ROUND}
choose_action(Q, float(torch.rand(1, generator=rng) < epsilon), rng)  # {ONE_COIN}
torch.randint(actions, (n,), generator=rng) → (greedy + torch.randint(1, actions, (n,), generator=rng)) % actions  # {NEVER_THE_BEST}
Q.amax(1)  # These are the values of the best actions; asked for are the actions themselves, as whole numbers.
"""

SURVIVORS = {
    "rand(Q.shape → randn(Q.shape": "whichever is the largest: independent draws from any one distribution are equally likely to be it",
    "< epsilon → <= epsilon": "a uniform number equals ε with probability 0",
}
REPEATABLE = same_seed_same_draw(torch.tensor([[0.0, 1.0, 1.0]]).expand(50, 3), 0.5)
EXERCISE = exercise(choose_action, cases, MISTAKES, REPEATABLE, survivors=SURVIVORS)
