"""Exercise 01.6 · the exact value of a policy · 10 minutes, ★★☆

1. If the policy is fixed, how likely is the next state, and how large is the expected reward, from each state?
2. P_π[s, s'] = Σ_a π(a|s) P[s, a, s'] and R_π[s] = Σ_a π(a|s) R[s, a]. Then bring V = R_π + γ P_π V to the form A V = b, for
   `torch.linalg.solve(A, b)`.
3. P_pi ← einsum("sa,san->sn");  R_pi ← sum over a of policy · R;  solve (I - γ P_pi) V = R_pi

The Bellman equation (Sutton and Barto, eq. 4.4) is as many linear equations as there are states. Solving them needs P and R: a model of
the world. Monte Carlo needs neither, and pays with noise.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def policy_value(P: Tensor, R: Tensor, policy: Tensor, discount: float) -> Tensor:
    P_pi = torch.einsum("sa,san->sn", policy, P)
    R_pi = (policy * R).sum(dim=1)
    identity = torch.eye(len(R_pi), dtype=P.dtype)
    return torch.linalg.solve(identity - discount * P_pi, R_pi)


def small_world() -> tuple[Tensor, Tensor, Tensor]:
    """Three states, two actions; the last state is terminal."""
    P = torch.tensor([[[0.2, 0.5, 0.3], [0.0, 0.9, 0.1]], [[0.6, 0.3, 0.1], [0.1, 0.2, 0.7]], [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]])
    R = torch.tensor([[1.0, -2.0], [0.5, 3.0], [0.0, 0.0]])
    policy = torch.tensor([[0.7, 0.3], [0.1, 0.9], [0.5, 0.5]])
    return P.double(), R.double(), policy.double()


def summed_rewards(P: Tensor, R: Tensor, policy: Tensor, discount: float, steps: int) -> list[float]:
    """The definition itself, in plain Python: follow the probabilities of being in each state, and add up discounted expected rewards."""
    p, r, pi = P.tolist(), R.tolist(), policy.tolist()
    n, values = len(p), []
    for start in range(n):
        where, value = [float(s == start) for s in range(n)], 0.0
        for t in range(steps):
            value += discount**t * sum(where[s] * pi[s][a] * r[s][a] for s in range(n) for a in range(2))
            where = [sum(where[s] * pi[s][a] * p[s][a][k] for s in range(n) for a in range(2)) for k in range(n)]
        values.append(value)
    return values


def cases() -> Cases:
    P, R, policy = small_world()
    for discount in (0.9, 0.4, 0.0):
        expected = torch.tensor(summed_rewards(P, R, policy, discount, 200), dtype=torch.float64)
        yield case(f"three states, two actions, γ = {discount}", P, R, policy, discount, expected=expected)
    one = torch.ones(1, 1, 1, dtype=torch.float64)
    for discount, forever in ((0.9, -20.0), (0.99, -200.0)):
        words = f"a reward of -2 for ever, γ = {discount}: -2 / (1 - γ)"
        yield case(words, one, -2 * one[0], one[0], discount, expected=torch.tensor([forever], dtype=torch.float64))


MISTAKES = """
# Your policy takes every action equally often. Weigh the actions with the `policy` that is given.
    policy_value(P, R, torch.full_like(policy, 1 / policy.shape[1]), discount)
"sa,san->sn" → "sa,san->ns"  # P_π is transposed: row s must hold where one gets to *from* s.
(policy * R).sum(dim=1)  # That is the expected reward of one step. The value also has γ V of the state that follows.
identity - → identity +  # Look at the sign: V = R_π + γ P_π V. What is it when all V are on one side?
(policy * R) → R  # R is only summed. Weigh the reward of each action with its probability, as you did with P.
policy_value(P, R, policy, 1.0)  # γ is missing, and without it these equations have no single solution: (I - γ P_π) V = R_π.
# That is what the best actions are worth. Here the policy is given: average over it, no max.
    V = torch.zeros_like(R[:, 0])
    for _ in range(300):
        V = (R + discount * P @ V).amax(dim=1)
    return V
"""

SURVIVORS = {"`policy` is quiet where it does not count": "at the end all actions are alike", "gradient": "tables are not trained"}
EXERCISE = exercise(policy_value, cases, MISTAKES, survivors=SURVIVORS)
