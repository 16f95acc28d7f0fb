"""Exercise 02.5 · random shooting · 12 minutes, ★★★

1. How do you follow one plan in the model? And all of them at once?
2. Begin with `state.expand(len(plans), len(state))`. In step t all plans do `plans[:, t]`. Add γ^t times the reward.
3. states ← the state, once a plan;  total ← 0;  for t: next ← model(states, plans[:, t]);  total += γ^t · reward(states, plans[:, t],
   next);  states ← next.  best ← argmax of total;  return plans[best, 0], total[best]

This is a planner: it needs a model and a reward, and no learning. All plans move together, as one batch. Doing only the first action and
planning again (MPC) forgives much of what the model gets wrong.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise

Model = Callable[[Tensor, Tensor], Tensor]


def best_first_action(model: Model, reward: Callable[..., Tensor], state: Tensor, plans: Tensor, discount: float) -> tuple[Tensor, Tensor]:
    states, total = state.expand(len(plans), len(state)), torch.zeros(len(plans))
    for t in range(plans.shape[1]):
        next_states = model(states, plans[:, t])
        total = total + discount**t * reward(states, plans[:, t], next_states)
        states = next_states
    best = total.argmax()
    return plans[best, 0], total[best]


def cart(state: Tensor, action: Tensor) -> Tensor:
    """A position that its speed moves, and a speed that the action changes; all else stays."""
    position, speed = state[..., 0], state[..., 1]
    return torch.cat([torch.stack([position + 0.5 * speed, 0.8 * speed + action[..., 0]], -1), state[..., 2:]], -1)


def near_one(state: Tensor, action: Tensor, next_state: Tensor) -> Tensor:
    return -((next_state[..., 0] - 1) ** 2) - 0.1 * action[..., 0] ** 2 + 0.2 * action[..., 1] + 0.3 * state[..., 1]


def plan_by_plan(state: Tensor, plans: Tensor, discount: float) -> tuple[Tensor, Tensor]:
    totals = []
    for plan in plans:
        s, total = state, 0.0
        for t, action in enumerate(plan):
            after = cart(s, action)
            total, s = total + discount**t * near_one(s, action, after).item(), after
        totals.append(total)
    return plans[totals.index(max(totals)), 0], torch.tensor(max(totals))


def cases() -> Cases:
    pushes = torch.tensor([[0.1, 0.2, -0.3], [1.0, 0.6, -0.9], [-0.4, 1.5, 2.0], [0.8, -0.2, 0.4], [0.0, 0.0, 0.5]])
    plans = torch.stack([pushes, pushes.flip(0) - 0.3], -1)
    for state, discount in ((torch.tensor([0.2, -0.3]), 0.9), (torch.tensor([-1.0, 0.7]), 1.0), (torch.tensor([0.9, 0.1]), 0.5)):
        tried = f"5 plans of 3 steps from {[round(x, 1) for x in state.tolist()]}, γ = {discount}"
        yield case(tried, cart, near_one, state, plans, discount, expected=plan_by_plan(state, plans, discount))
    state, long = torch.tensor([0.4, -0.2, 3.0]), torch.cat([plans, plans[:2] + 0.1]).repeat(1, 4, 1)
    yield case("7 plans of 12 steps, γ = 0.95", cart, near_one, state, long, 0.95, expected=plan_by_plan(state, long, 0.95))
    one = plans[2:3, :1]
    yield case("a single plan of one step", cart, near_one, torch.tensor([0.5, 2.0]), one, 0.3, expected=(one[0, 0], torch.tensor(0.194)))


MISTAKES = """
plans[best, 0] → plans[best, -1]  # That is the last action of the best plan. The one to do now is its first.
plans[best, 0] → plans[best]  # That is the whole plan. Only its first action is done; then one looks, and plans again.
range(plans.shape[1]) → range(1)  # You look at the first reward only. A plan is worth the sum of all its rewards, discounted.
discount**t * reward → reward  # The rewards are not discounted: the reward of step t counts γ^t times.
discount**t → discount ** (t + 1)  # Your γ starts at γ¹; the first reward counts fully: γ⁰ = 1.
argmax → argmin  # That is the worst plan. A return is to be large.
states = next_states →  # Every step begins in the first state. Go on from the state that the model has imagined.
"""

SURVIVORS = {
    "`plans` is quiet where it does not count": "what a plan is worth that is not the best",
    "`plans` in reverse along axis 0": "it does not matter which plan comes first",
    "gradient": "the plans are compared, not trained",
}
EXERCISE = exercise(best_first_action, cases, MISTAKES, survivors=SURVIVORS)
