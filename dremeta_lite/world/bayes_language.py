"""The best that anybody can do in a hidden language, exactly: dynamic programming over what can still be the case.

What is known after some tries is which of the K! languages are still possible: a set S, and all in it are equally likely. A word w is
heard, each with chance 1/K; the action a is right in the languages S(w, a) of S. With n tries left:

    V(S, n) = 1/K Σ_w max_a  p [1 + V(S(w, a), n - 1)] + (1 - p) V(S \\ S(w, a), n - 1),        p = |S(w, a)| / |S|

Few of the 2^(K!) sets can be met: for four words 7,443. Source: Bellman, A Problem in the Sequential Design of Experiments, 1956.
"""

import itertools
from functools import cache

MOST_WORDS = 4
"""With five there are too many sets."""


class BayesLanguage:
    """Values of what is known of a language, for agents that listen as well as possible.

    Args:
        words: K.
        greedy: the value of taking the likeliest meaning always (the first of those that tie), instead of the best plan's.

    Raises:
        ValueError: there are fewer than two words, or more than four.
    """

    def __init__(self, words: int, greedy: bool = False) -> None:
        if not 2 <= words <= MOST_WORDS:
            raise ValueError(f"exact values are known for 2 to {MOST_WORDS} words, got words={words}: with more there are too many sets")
        self.words, self.greedy = words, greedy
        languages = [*itertools.permutations(range(words))]
        self.all = (1 << len(languages)) - 1  # a set is a number, with a bit for each language
        self.right = [[sum(1 << i for i, x in enumerate(languages) if x[w] == a) for a in range(words)] for w in range(words)]
        self.value = cache(self._value)

    def __call__(self, tries: int) -> float:
        """What is earned on average in so many tries, by an agent that knows nothing yet. Raises ValueError: fewer than none."""
        if tries < 0:
            raise ValueError(f"there are at least 0 tries, got {tries}")
        return self.value(self.all, tries)

    def _value(self, possible: int, tries: int) -> float:
        """V(S, n)."""
        if possible.bit_count() == 1 or tries == 0:
            return float(tries)
        return sum(self._choice(possible, right, tries) for right in self.right) / self.words

    def _choice(self, possible: int, right: list[int], tries: int) -> float:
        """The value of hearing a word, and of the action that is then taken."""
        actions = [possible & x for x in right if possible & x]
        if self.greedy:
            actions = [max(actions, key=int.bit_count)]
        return max(self._action(possible, x, tries) for x in actions)

    def _action(self, possible: int, right: int, tries: int) -> float:
        p, rest = right.bit_count() / possible.bit_count(), possible & ~right
        return p * (1 + self.value(right, tries - 1)) + ((1 - p) * self.value(rest, tries - 1) if rest else 0.0)
