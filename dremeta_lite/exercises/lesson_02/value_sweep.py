"""Exercise 02.2 · one sweep of value iteration · 8 minutes, ★★☆

1. For one state and one action: what comes now, and what may be expected from then on?
2. `P @ V` sums over s': it has the shape [state, action], like R. Equation 4.10.
3. Q ← R + γ · (P @ V);  return the largest of each row of Q

`P @ V` is the expectation over s', all states and actions at once. Repeat the sweep and V becomes the value of acting best, since each
sweep shrinks the difference to γ times what it was, or less.
"""

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def value_sweep(P: Tensor, R: Tensor, V: Tensor, discount: float) -> Tensor:
    Q = R + discount * (P @ V)
    return Q.amax(1)


def sweep_by_hand(P: list, R: list, V: list[float], discount: float) -> list[float]:
    """One number at a time."""
    worth = lambda row, reward: reward + discount * sum(p * v for p, v in zip(row, V, strict=True))
    return [max(map(worth, rows, rewards)) for rows, rewards in zip(P, R, strict=True)]


def cases() -> Cases:
    P = [[[0.2, 0.5, 0.3], [0.0, 0.1, 0.9]], [[0.7, 0.2, 0.1], [0.4, 0.6, 0.0]], [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]]
    R, V = [[1.0, -0.5], [0.2, 0.7], [0.0, 0.0]], [2.3, -1.0, 2.9]
    for discount in (0.9, 0.25):
        yield case(f"3 states, 2 actions, γ = {discount}", P, R, V, discount, by=sweep_by_hand)
    yield case("the first sweep, from V = 0: the best reward", P, R, [0.0] * 3, 0.9, expected=[1.0, 0.7, 0.0])
    stay, rewards = [[[1.0, 0.0]] * 4, [[0.0, 1.0]] * 4], [[0.1, 0.4, -3.0, 0.2], [-2.0, -5.0, -1.0, -9.0]]
    yield case("4 actions that all stay", stay, rewards, [1.0, -2.0], 0.5, expected=[0.9, -2.0])


MISTAKES = """
(R + discount * (P @ V)).mean(1)  # That is the average over the actions: the value of acting at random. Value iteration takes the best.
(R + P @ V).amax(1)  # Where is γ? What comes one step later counts γ times as much.
(discount * (R + P @ V)).amax(1)  # γ stands before the next state's value only: the reward of this step comes now.
R.amax(1) + discount * (P @ V).amax(1)  # The best reward and the best future may belong to two actions. Add first, then take the largest.
(R + discount * (P @ V)).argmax(1)  # That is *which* action is best. Asked for is what it is worth.
Q.amax(1) → tuple(Q.max(1))  # `max` over an axis returns two things: the values, and where they are. Asked for are the values.
# Later states use values that this very sweep has changed. Here every state is to use the V from before the sweep.
    V = V.clone()
    for s in range(len(V)):
        V[s] = (R[s] + discount * (P[s] @ V)).amax()
    return V
(R + discount * (P @ V)).amax(0)  # You take the best over the states. Which axis holds the actions?
"""

EXERCISE = exercise(value_sweep, cases, MISTAKES, survivors={"gradient": "a table is not trained by gradients"})
