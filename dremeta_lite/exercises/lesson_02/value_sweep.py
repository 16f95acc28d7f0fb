"""Exercise 02.value_sweep: one sweep of value iteration."""

from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake


def value_sweep(P: Tensor, R: Tensor, V: Tensor, discount: float) -> Tensor:
    Q = R + discount * (P @ V)
    return Q.amax(1)


def average_action(P: Tensor, R: Tensor, V: Tensor, discount: float) -> Tensor:
    return (R + discount * (P @ V)).mean(1)


def undiscounted(P: Tensor, R: Tensor, V: Tensor, discount: float) -> Tensor:
    return (R + P @ V).amax(1)


def reward_discounted_too(P: Tensor, R: Tensor, V: Tensor, discount: float) -> Tensor:
    return (discount * (R + P @ V)).amax(1)


def each_at_its_best(P: Tensor, R: Tensor, V: Tensor, discount: float) -> Tensor:
    return R.amax(1) + discount * (P @ V).amax(1)


def name_of_the_best(P: Tensor, R: Tensor, V: Tensor, discount: float) -> Tensor:
    return (R + discount * (P @ V)).argmax(1)


def with_their_places(P: Tensor, R: Tensor, V: Tensor, discount: float) -> tuple[Tensor, Tensor]:
    values, places = (R + discount * (P @ V)).max(1)
    return values, places


def one_state_after_the_other(P: Tensor, R: Tensor, V: Tensor, discount: float) -> Tensor:
    V = V.clone()
    for s in range(len(V)):
        V[s] = (R[s] + discount * (P[s] @ V)).amax()
    return V


def best_state(P: Tensor, R: Tensor, V: Tensor, discount: float) -> Tensor:
    return (R + discount * (P @ V)).amax(0)


def sweep_by_hand(P: Tensor, R: Tensor, V: Tensor, discount: float) -> Tensor:
    """One number at a time."""
    best = []
    for rows, rewards in zip(P.tolist(), R.tolist(), strict=True):
        worth = [r + discount * sum(p * v for p, v in zip(row, V.tolist(), strict=True)) for row, r in zip(rows, rewards, strict=True)]
        best.append(max(worth))
    return torch.tensor(best)


def sweep_cases() -> Iterator[Case]:
    P = torch.tensor([[[0.2, 0.5, 0.3], [0.0, 0.1, 0.9]], [[0.7, 0.2, 0.1], [0.4, 0.6, 0.0]], [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]])
    R, V = torch.tensor([[1.0, -0.5], [0.2, 0.7], [0.0, 0.0]]), torch.tensor([2.3, -1.0, 2.9])
    for discount in (0.9, 0.25):
        yield Case(f"3 states, 2 actions, γ = {discount}", (P, R, V, discount), expected=sweep_by_hand(P, R, V, discount))
    yield Case("the first sweep, from V = 0: the best reward", (P, R, torch.zeros(3), 0.9), expected=torch.tensor([1.0, 0.7, 0.0]))
    P4 = torch.eye(2).expand(4, 2, 2).transpose(0, 1).contiguous()
    R4 = torch.tensor([[0.1, 0.4, -3.0, 0.2], [-2.0, -5.0, -1.0, -9.0]])
    yield Case("4 actions that all stay", (P4, R4, torch.tensor([1.0, -2.0]), 0.5), expected=torch.tensor([0.9, -2.0]))


EXERCISE = Exercise(
    id="02.value_sweep",
    title="one sweep of value iteration",
    minutes=8,
    stars=2,
    reference=value_sweep,
    cases=sweep_cases,
    mistakes=(
        Mistake(average_action, "That is the average over the actions: the value of acting at random. Value iteration takes the best."),
        Mistake(undiscounted, "Where is γ? What comes one step later counts γ times as much."),
        Mistake(reward_discounted_too, "γ stands before the next state's value only: the reward of this step comes now."),
        Mistake(each_at_its_best, "The best reward and the best future may belong to two actions. Add first, then take the largest."),
        Mistake(name_of_the_best, "That is *which* action is best. Asked for is what it is worth."),
        Mistake(with_their_places, "`max` over an axis returns two things: the values, and where they are. Asked for are the values."),
        Mistake(
            one_state_after_the_other,
            "Later states use values that this very sweep has changed. Here every state is to use the V from before the sweep.",
        ),
        Mistake(best_state, "You take the best over the states. Which axis holds the actions?"),
    ),
    hints=(
        "For one state and one action: what comes now, and what may be expected from then on?",
        "`P @ V` sums over s': it has the shape [state, action], like R. Equation 4.10.",
        "Q ← R + γ · (P @ V);  return the largest of each row of Q",
    ),
    why=(
        "`P @ V` is the expectation over s', all states and actions at once. Repeat the sweep and V becomes the value of acting best, "
        "since each sweep shrinks the difference to γ times what it was, or less."
    ),
    survivors={
        "gradient": "a table is not trained by gradients",
    },
)
