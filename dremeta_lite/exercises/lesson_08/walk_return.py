"""Exercise 08.walk_return: what a plan of search is worth, if the goal is here."""

from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake


def walk_return(cells: Tensor, goal: int, known: float) -> float:
    total = 0.0
    for e in range(len(cells)):
        if (cells[:e] == goal).any():
            total += known
        else:
            found = (cells[e] == goal).long().cumsum(0) > 0
            total += torch.where(found, 1.0, -0.1).sum().item()
    return total


def of_the_bare_walk(cells: Tensor, goal: int, known: float) -> float:
    return torch.where(cells == goal, 1.0, -0.1).sum().item()


def first_episode_alone(cells: Tensor, goal: int, known: float) -> float:
    return walk_return(cells[:1], goal, known)


def never_returns_to_it(cells: Tensor, goal: int, known: float) -> float:
    found = (cells == goal).long().cumsum(1) > 0
    return torch.where(found, 1.0, -0.1).sum().item()


def finds_it_one_step_late(cells: Tensor, goal: int, known: float) -> float:
    total = 0.0
    for e in range(len(cells)):
        if (cells[:e] == goal).any():
            total += known
        else:
            hits = (cells[e] == goal).long()
            total += torch.where(hits.cumsum(0) - hits > 0, 1.0, -0.1).sum().item()
    return total


def search_is_free(cells: Tensor, goal: int, known: float) -> float:
    total = 0.0
    for e in range(len(cells)):
        if (cells[:e] == goal).any():
            total += known
        else:
            total += ((cells[e] == goal).long().cumsum(0) > 0).float().sum().item()
    return total


def stays_through_the_reset(cells: Tensor, goal: int, known: float) -> float:
    found = (cells.flatten() == goal).long().cumsum(0) > 0
    return torch.where(found, 1.0, -0.1).sum().item()


def known_at_once(cells: Tensor, goal: int, known: float) -> float:
    return sum(known if (cells[: e + 1] == goal).any() else -0.1 * cells.shape[1] for e in range(len(cells)))


def by_the_formula(
    cells: Tensor, goal: int, known: float, first: int = 1, later: bool = True, before: bool = True, off: tuple[int, int, int] = (0, 0, 0)
) -> float:
    """R(g) as the notebook writes it, its e and k counted from `first`; `off`: too many steps of searching, of staying, and episodes."""
    E, H = cells.shape
    where = (cells.flatten() == goal).nonzero().flatten()
    if not len(where):
        return -0.1 * E * H
    e, k = int(where[0]) // H + first, int(where[0]) % H + first
    return -0.1 * (H * (e - 1) * before + k - 1 + off[0]) + (H - k + 1 + off[1]) + (E - e + off[2]) * later * known


def counted_from_zero(cells: Tensor, goal: int, known: float) -> float:
    return by_the_formula(cells, goal, known, first=0)


def searched_too_long(cells: Tensor, goal: int, known: float) -> float:
    return by_the_formula(cells, goal, known, off=(1, 0, 0))


def stayed_too_short(cells: Tensor, goal: int, known: float) -> float:
    return by_the_formula(cells, goal, known, off=(0, -1, 0))


def stayed_too_long(cells: Tensor, goal: int, known: float) -> float:
    return by_the_formula(cells, goal, known, off=(0, 1, 0))


def an_episode_too_many(cells: Tensor, goal: int, known: float) -> float:
    return by_the_formula(cells, goal, known, off=(0, 0, 1))


def ends_with_the_episode(cells: Tensor, goal: int, known: float) -> float:
    return by_the_formula(cells, goal, known, later=False)


def searched_in_one_episode_alone(cells: Tensor, goal: int, known: float) -> float:
    return by_the_formula(cells, goal, known, before=False)


def in_vain_for_nothing(cells: Tensor, goal: int, known: float) -> float:
    return by_the_formula(cells, goal, known) if (cells == goal).any() else 0.0


def by_playing(cells: list[list[int]], goal: int, known: float) -> float:
    """Step by step, with a memory of one bit."""
    total, knows = 0.0, False
    for episode in cells:
        if knows:
            total += known
            continue
        for cell in episode:
            knows = knows or cell == goal
            total += 1.0 if knows else -0.1
    return total


def cases() -> Iterator[Case]:
    walk = [[5, 6, 7, 8], [1, 2, 3, 5], [9, 9, 4, 4]]
    for words, cells, goal in (
        ("the goal is met in the second step of the first episode", walk, 6),
        ("the goal is met in the first step of all", walk, 5),
        ("the goal is met at the end of the second episode, and not before", [[0, 6, 7, 8], *walk[1:]], 5),
        ("the goal is met in the last episode", walk, 9),
        ("the walk comes by twice in one episode", [[5, 7, 5, 8], [1, 2, 3, 6]], 5),
        ("the goal is never met", walk, 0),
        ("one episode", [[3, 1, 2]], 1),
        ("ten short episodes, the goal is met in the ninth", [[2, 3]] * 8 + [[4, 1], [2, 3]], 1),
    ):
        yield Case(f"{words}: walk {cells}, goal {goal}", (torch.tensor(cells), goal, 2.3), expected=by_playing(cells, goal, 2.3))


EXERCISE = Exercise(
    id="08.walk_return",
    title="what a walk of search is worth",
    minutes=10,
    stars=2,
    reference=walk_return,
    cases=cases,
    mistakes=(
        Mistake(of_the_bare_walk, "You follow the walk to its end. Who meets the goal stays, and earns 1 in every step that is left."),
        Mistake(first_episode_alone, "Only the first episode was counted. The trial has as many as `cells` has rows."),
        Mistake(
            never_returns_to_it,
            "In the episodes after the goal was met the agent goes straight back to it: each of them is worth `known`.",
        ),
        Mistake(finds_it_one_step_late, "The step that meets the goal pays 1 itself: the reward is for the cell that the step ends on."),
        Mistake(search_is_free, "Every step that does not end on the goal costs 0.1."),
        Mistake(stays_through_the_reset, "A new episode begins at the start: the agent has to walk there again, so it earns `known`."),
        Mistake(known_at_once, "The episode in which the goal is met is not worth `known`: that one began with searching."),
        Mistake(counted_from_zero, "The formula counts episodes and steps from 1, Python from 0: its e and k are your indices plus 1."),
        Mistake(searched_too_long, "One step of searching too many: the step that meets the goal pays 1, and costs nothing."),
        Mistake(stayed_too_short, "One step of staying too few: the step that meets the goal pays 1, too. With k from 0 there are H - k."),
        Mistake(stayed_too_long, "One step of staying too many: with k from 0 there are H - k, the step of the meeting included."),
        Mistake(an_episode_too_many, "One episode too many: with e from 0 there are E - e - 1 after that of the meeting."),
        Mistake(ends_with_the_episode, "The episodes after that of the meeting are missing: each of them is worth `known`."),
        Mistake(searched_in_one_episode_alone, "Episodes that were searched in vain cost, too: 0.1 for each of their steps."),
        Mistake(in_vain_for_nothing, "A walk that never meets the goal pays 0.1 in every step of every episode."),
    ),
    hints=(
        "Go through the episodes. What does one bring if the goal was met in an earlier one? And if not?",
        "`(cells[e] == goal).long().cumsum(0) > 0` says for each step of episode e whether the goal has been met in it by then.",
        "for each e: if the goal is in cells[:e]: total += known;  else: total += 1 a step from the meeting on, -0.1 a step before",
    ),
    why=(
        "The goal decides only *how long* the walk is followed. So a walk and a goal make a return, and the mean over all goals, weighted "
        "by the belief, is what the walk is worth before anything is known."
    ),
)
