"""Exercise 15.2 · what a word can still mean · 10 minutes, ★★☆

1. The word has paid before: what can it mean? It has not: what rules an action out for it, and what do *other* words rule out?
2. `paid[word]` is a row. `paid.any(0)` says which actions have paid for any word; `failed[word]`, which have failed for this one.
3. return paid[word] if any of it is True, else not (failed[word] or paid by any word)

No two words mean the same: children seem to assume it as well (Markman and Wachtel 1988). It is worth two tries in twenty here.
"""

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def open_meanings(paid: Tensor, failed: Tensor, word: int) -> Tensor:
    if paid[word].any():
        return paid[word]
    return ~(failed[word] | paid.any(0))


def by_hand(paid: list[tuple[int, int]], failed: list[tuple[int, int]], word: int, actions: int) -> list[bool]:
    """Action by action."""
    known, taken = [a for w, a in paid if w == word], [a for _, a in paid]
    return [a in known if known else (word, a) not in failed and a not in taken for a in range(actions)]


def cases() -> Cases:
    for words, paid, failed, word, n in (
        ("nothing is known", [], [], 0, 3),
        ("one action has failed for the word", [], [(1, 2)], 1, 4),
        ("it has failed for another word", [], [(0, 2)], 1, 4),
        ("another word is known", [(2, 0)], [(2, 1), (1, 3)], 1, 4),
        ("the word itself is known", [(1, 3)], [(1, 0), (0, 3), (0, 1)], 1, 4),
        ("two others are known, and one action has failed", [(0, 2), (3, 1)], [(2, 0), (0, 0), (1, 3)], 2, 5),
        ("the last word, when all others are known", [(0, 1), (1, 2)], [], 2, 3),
    ):
        tables = ([[(w, a) in pairs for a in range(n)] for w in range(n)] for pairs in (paid, failed))
        yield case(words, *tables, word, expected=by_hand(paid, failed, word, n))


MISTAKES = """
# What another word is known to mean, this one does not mean: actions that have paid for others are taken.
    ~(failed[word] | paid.any(0)) → ~failed[word]
paid.any(0) → paid[:word].any(0)  # All other words count, those with larger numbers too, and not only those above this one in the table.
~(failed[word] | paid.any(0)) → ~paid.any(0)  # What has failed for this word is not its meaning.
failed[word] → failed.any(0)  # What failed for *another* word may well be the meaning of this one. Only this word's own failures count.
# Where the word has paid, its meaning is known: that action and no other is open.
    if paid[word].any():
        return paid[word] | ~(failed[word] | paid.any(0))
    return ~(failed[word] | paid.any(0))
~(failed[word] | paid.any(0))  # For a word that is known you rule out its own meaning, as if another word had taken it.
paid.any(0) → paid.any(1)  # Rows are words and columns are actions: over the words, axis 0, any(0) says which actions have paid.
# These are the numbers of the open actions. Asked for is True or False for every action.
    open_meanings(paid, failed, word).nonzero().flatten()
~open_meanings(paid, failed, word)  # These are the actions that are ruled out. Asked for are the others.
"""

EXERCISE = exercise(open_meanings, cases, MISTAKES)
