"""Exercise 12.2 · the engineer's answer · 12 minutes, ★★★

1. With P the cost of what comes later, sᵀPs: which a makes aᵀRa + (As + Ba)ᵀP(As + Ba) smallest? Set its gradient by a to zero.
2. (R + BᵀPB) a = -BᵀPA s. So K = (R + BᵀPB)⁻¹ BᵀPA, by `torch.linalg.solve`, and then P ← Q + AᵀP(A - BK). Begin with P = Q.
3. P ← Q;  repeat `rounds` times: K ← solve(R + BᵀPB, BᵀPA);  P ← Q + AᵀP(A - BK);  return K

This is value iteration again, for a world that is linear and a cost that is quadratic: there the value is a matrix.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def regulator_gain(A: Tensor, B: Tensor, Q: Tensor, R: Tensor, rounds: int) -> Tensor:
    P = Q
    for _ in range(rounds):
        K = torch.linalg.solve(R + B.T @ P @ B, B.T @ P @ A)
        P = Q + A.T @ P @ (A - B @ K)
    return K


def planned(A: Tensor, B: Tensor, Q: Tensor, R: Tensor, steps: int) -> Tensor:
    """An oracle without any recursion: all actions of so many steps at once, by one large least-squares problem; K is that of the first."""
    A, B, Q, R = (x.double() for x in (A, B, Q, R))
    power = [torch.linalg.matrix_power(A, k) for k in range(steps + 1)]
    free = torch.cat(power[1:])  # where the states go by themselves, and below, where each action takes them
    rows = [[power[k - j] @ B if j <= k else 0 * B for j in range(steps)] for k in range(steps)]
    forced, cost = torch.cat([torch.cat(row, 1) for row in rows]), torch.kron(torch.eye(steps).double(), Q)
    hessian = torch.kron(torch.eye(steps).double(), R) + forced.T @ cost @ forced
    return torch.linalg.solve(hessian, forced.T @ cost @ free)[: B.shape[1]].float()


def cases() -> Cases:
    yield case("one number, two rounds", [[2.0]], [[1.0]], [[1.0]], [[1.0]], 2, expected=[[1.5]])  # P: 1, then 3
    t = torch.tensor
    A, B = t([[1.0, 0.3, -0.2], [0.1, 0.9, 0.4], [0.25, -0.35, 1.1]]), t([[0.2, 0.7], [1.3, -0.4], [0.6, 0.45]])
    Q, R = t([[1.2, 0.3, 0.1], [0.3, 0.8, -0.2], [0.1, -0.2, 1.7]]), t([[0.6, 0.15], [0.15, 0.9]])
    for rounds in (1, 2, 13):
        yield case(f"three numbers, two motors, {rounds} rounds", A, B, Q, R, rounds, by=planned)


MISTAKES = """
R + B.T @ P @ B → B.T @ P @ B  # The force itself costs something, too: R is missing in R + BᵀPB.
P = Q + A.T → P = P + A.T  # The next P is made from Q, P ← Q + AᵀP(A - BK). You add to the last P, and count what comes later twice.
A.T @ P @ (A - B @ K) → A @ P @ (A - B @ K)  # Aᵀ is missing: P ← Q + AᵀP(A - BK), with the transposed A.
A.T @ P @ (A - B @ K) → A.T @ P @ A  # That is the cost if nothing is done. With a = -Ks the next state is (A - BK) s.
A.T @ P @ (A - B @ K) → A.T @ P @ (A + B @ K)  # a = -Ks, so the next state is (A - BK) s: a sign is wrong.
Q + A.T → A.T  # Each step costs sᵀQs as well: Q is missing.
B.T @ P @ A) → B.T @ A)  # The cost of what comes later, P, stands between Bᵀ and A.
return K → return -K  # K is asked for, and a = -Ks. Yours has the other sign.
# That is one round too many, or P is brought up to date before the first K: in the first round K is made from P = Q.
    range(rounds) → range(rounds + 1)
range(rounds) → range(1)  # However many rounds are asked for, that is one.
# P begins as Q. From 0 the first K is 0, and you are a round behind.
    P = torch.zeros_like(Q)
    for _ in range(rounds):
        K = torch.linalg.solve(R + B.T @ P @ B, B.T @ P @ A)
        P = Q + A.T @ P @ (A - B @ K)
    return K
"""

SURVIVORS = {
    "gradient": "nothing differentiates the controller",
    "`Q` with axes 0 and 1 swapped": "costs are symmetric",
    "`R` with axes 0 and 1 swapped": "costs are symmetric",
}
EXERCISE = exercise(regulator_gain, cases, MISTAKES, survivors=SURVIVORS)
