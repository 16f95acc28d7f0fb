"""Exercise 15.3 · inputs that can be told apart · 8 minutes, ★★☆

1. "The second word was heard, and the third action paid": which single number of your row should be 1 for that, and for nothing else?
2. The table word × action: `one_hot(words)[:, :, None] * one_hot(actions)[:, None]`, laid flat. Then once for paid, once for not.
3. pair ← outer product of the one-hot codes, flattened;  return [pair · r, pair · (1 - r)]

A sum of one-hot codes says that word 2 was heard and that action 3 was taken. Only the product says that they came together.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def product_inputs(words: Tensor, actions: Tensor, rewards: Tensor, n_words: int, n_actions: int) -> Tensor:
    word = torch.nn.functional.one_hot(words, n_words)
    action = torch.nn.functional.one_hot(actions, n_actions)
    pair = (word[:, :, None] * action[:, None]).flatten(1)
    return torch.cat([pair * rewards[:, None], pair * (1 - rewards[:, None])], 1)


def by_hand(words: list[int], actions: list[int], rewards: list[float], n_words: int, n_actions: int) -> list[list[float]]:
    """Number by number."""
    pairs = [(w, a) for w in range(n_words) for a in range(n_actions)]
    rows = zip(zip(words, actions, strict=True), rewards, strict=True)
    return [[(pair == tried) * r for r in (paid, 1 - paid) for pair in pairs] for tried, paid in rows]


def cases() -> Cases:
    for text, *given in (
        ("one try that paid: word 1, action 2", [1], [2], [1.0], 2, 3),
        ("one that did not", [1], [2], [0.0], 2, 3),
        ("four tries, four words and three actions", [0, 2, 1, 2], [2, 0, 1, 1], [0.0, 1.0, 1.0, 0.0], 4, 3),
        ("five tries, two words and four actions", [0, 1, 1, 0, 0], [3, 1, 0, 2, 3], [1.0, 0.0, 0.0, 1.0, 0.0], 2, 4),
        ("three words and two actions", [2, 0, 2], [0, 1, 1], [0.0, 1.0, 1.0], 3, 2),
    ):
        yield case(text, *given, by=by_hand)


MISTAKES = """
# The codes of word and action stand side by side: nothing says that these two came together. Multiply them, each with each.
    word, action = torch.nn.functional.one_hot(words, n_words), torch.nn.functional.one_hot(actions, n_actions)
    pair = torch.cat([word, action], 1)
    return torch.cat([pair * rewards[:, None], pair * (1 - rewards[:, None])], 1)
# That is the *plain* input, which says what was heard, what was done and what it paid. Multiply word and action, each with each.
    word, action = torch.nn.functional.one_hot(words, n_words), torch.nn.functional.one_hot(actions, n_actions)
    return torch.cat([word, action, rewards[:, None]], 1)
# What did not pay is lost: a pair times 0 looks like nothing at all. It needs numbers of its own, times 1 - r.
    torch.cat([pair * rewards[:, None], pair * (1 - rewards[:, None])], 1) → pair * rewards[:, None]
pair * (1 - rewards[:, None]) → pair  # The second half is the pair whatever came of it. It has to be 0 where the try paid: times 1 - r.
# The table is the other way round: its rows are words, and its columns actions.
    word[:, :, None] * action[:, None] → word[:, None] * action[:, :, None]
# The halves are swapped: first what paid, then what did not.
    pair * rewards[:, None], pair * (1 - rewards[:, None]) → pair * (1 - rewards[:, None]), pair * rewards[:, None]
# A word that happens not to be heard has no column. Tell `one_hot` how many words there are.
    one_hot(words, n_words) → one_hot(words, int(words.max()) + 1)
"""

EXERCISE = exercise(product_inputs, cases, MISTAKES, survivors={"gradient": "what has happened is a constant"})
