"""Exercise 15.1 · which languages are still possible · 10 minutes, ★★☆

1. In one language, what would have paid in each try? And what did pay?
2. `languages[:, words]` is what each language would have asked for, [language, try]. It agrees if (asked == actions) == paid, in all tries.
3. agrees ← ((languages[:, words] == actions) == paid) in all tries that count;  return agrees / (how many agree)

A try that does not pay is news as well. This is Bayes' rule where every likelihood is 0 or 1: what contradicts is struck out.
"""

import itertools

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def language_posterior(languages: Tensor, words: Tensor, actions: Tensor, paid: Tensor, counts: Tensor) -> Tensor:
    agrees = (languages[:, words] == actions) == paid
    possible = (agrees | ~counts).all(1)
    return possible / possible.sum()


def by_hand(languages: list[list[int]], tries: list[tuple[int, int, bool]]) -> list[float]:
    """Language by language, try by try."""
    left = [all((language[w] == a) == paid for w, a, paid in tries) for language in languages]
    return [x / sum(left) for x in left]


def cases() -> Cases:
    three = [list(x) for x in itertools.permutations(range(3))]
    for words, languages, tries, extra in (
        ("three words, one try that did not pay", three, [(0, 2, False)], []),
        ("one that paid", three, [(1, 0, True)], []),
        ("two that did not", three, [(0, 2, False), (2, 1, False)], []),
        ("paid and not paid", three, [(0, 1, False), (2, 1, True), (0, 1, False), (1, 0, False)], []),
        ("two tries that do not count", three, [(2, 0, False), (1, 2, False)], [(0, 0, True), (0, 1, True)]),
        ("five languages, in which words may mean the same", [[0, 0], [1, 0], [1, 1], [2, 1], [0, 2]], [(1, 0, False), (0, 1, False)], []),
        ("nothing has happened that counts", three, [], [(0, 0, True)]),
    ):
        seen = map(list, zip(*extra, *tries, strict=True))
        counts = [False] * len(extra) + [True] * len(tries)
        yield case(words, languages, *seen, counts, expected=by_hand(languages, tries))


MISTAKES = """
# A try that did not pay tells something, too: the word does not mean that. Only tries that paid have counted in your answer.
    (agrees | ~counts) → (agrees | ~counts | ~paid)
# `paid` is not used: you keep the languages in which every try would have paid.
    (languages[:, words] == actions) == paid → languages[:, words] == actions
(agrees | ~counts) → agrees  # A try whose `counts` is False did not happen: whatever stands there, it rules nothing out.
possible / possible.sum() → possible  # They do not add up to 1. All that are left are equally likely: divide by how many there are.
.all(1) → .any(1)  # A single contradiction rules a language out. You kept those that agree with any of the tries.
.all(1) → .float().mean(1)  # You weigh a language by how many tries it agrees with. One that contradicts a single try is impossible.
agrees | ~counts → agrees & counts  # A try that does not count must not rule out anything: there every language agrees.
"""

EXERCISE = exercise(language_posterior, cases, MISTAKES)
