"""Exercise 02.best_first_action: random shooting."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake

Model = Callable[[Tensor, Tensor], Tensor]


def best_first_action(model: Model, reward: Callable[..., Tensor], state: Tensor, plans: Tensor, discount: float) -> tuple[Tensor, Tensor]:
    states, total = state.expand(len(plans), len(state)), torch.zeros(len(plans))
    for t in range(plans.shape[1]):
        next_states = model(states, plans[:, t])
        total = total + discount**t * reward(states, plans[:, t], next_states)
        states = next_states
    best = total.argmax()
    return plans[best, 0], total[best]


def follow(model: Model, reward: Callable[..., Tensor], state: Tensor, plans: Tensor) -> Tensor:
    """The rewards [plan, time] of every plan."""
    rewards = []
    for plan in plans:
        s, earned = state, []
        for action in plan:
            s2 = model(s[None], action[None])[0]
            earned.append(reward(s[None], action[None], s2[None])[0])
            s = s2
        rewards.append(torch.stack(earned))
    return torch.stack(rewards)


def discounted(rewards: Tensor, discount: float) -> Tensor:
    return torch.tensor([sum(r * discount**t for t, r in enumerate(row)) for row in rewards.tolist()])


def last_action(model: Model, reward: Callable[..., Tensor], state: Tensor, plans: Tensor, discount: float) -> tuple[Tensor, Tensor]:
    total = discounted(follow(model, reward, state, plans), discount)
    return plans[total.argmax(), -1], total.max()


def whole_plan(model: Model, reward: Callable[..., Tensor], state: Tensor, plans: Tensor, discount: float) -> tuple[Tensor, Tensor]:
    total = discounted(follow(model, reward, state, plans), discount)
    return plans[total.argmax()], total.max()


def near_sighted(model: Model, reward: Callable[..., Tensor], state: Tensor, plans: Tensor, discount: float) -> tuple[Tensor, Tensor]:
    first = follow(model, reward, state, plans)[:, 0]
    return plans[first.argmax(), 0], first.max()


def no_discount(model: Model, reward: Callable[..., Tensor], state: Tensor, plans: Tensor, discount: float) -> tuple[Tensor, Tensor]:
    total = follow(model, reward, state, plans).sum(1)
    return plans[total.argmax(), 0], total.max()


def discounted_too_much(
    model: Model, reward: Callable[..., Tensor], state: Tensor, plans: Tensor, discount: float
) -> tuple[Tensor, Tensor]:
    total = discount * discounted(follow(model, reward, state, plans), discount)
    return plans[total.argmax(), 0], total.max()


def the_worst_plan(model: Model, reward: Callable[..., Tensor], state: Tensor, plans: Tensor, discount: float) -> tuple[Tensor, Tensor]:
    total = discounted(follow(model, reward, state, plans), discount)
    return plans[total.argmin(), 0], total.min()


def never_moves(model: Model, reward: Callable[..., Tensor], state: Tensor, plans: Tensor, discount: float) -> tuple[Tensor, Tensor]:
    states = state.expand(len(plans), len(state))
    rewards = torch.stack([reward(states, a, model(states, a)) for a in plans.unbind(1)], 1)
    total = discounted(rewards, discount)
    return plans[total.argmax(), 0], total.max()


def cart(state: Tensor, action: Tensor) -> Tensor:
    """A position that its speed moves, and a speed that the action changes."""
    position, speed = state[..., 0], state[..., 1]
    return torch.stack([position + 0.5 * speed, 0.8 * speed + action[..., 0]], -1)


def near_one(state: Tensor, action: Tensor, next_state: Tensor) -> Tensor:
    return -((next_state[..., 0] - 1) ** 2) - 0.1 * action[..., 0] ** 2 + 0.2 * action[..., 1] + 0.3 * state[..., 1]


def planning_cases() -> Iterator[Case]:
    pushes = torch.tensor([[0.1, 0.2, -0.3], [1.0, 0.6, -0.9], [-0.4, 1.5, 2.0], [0.8, -0.2, 0.4], [0.0, 0.0, 0.5]])
    plans = torch.stack([pushes, pushes.flip(0) - 0.3], -1)
    for state, discount in ((torch.tensor([0.2, -0.3]), 0.9), (torch.tensor([-1.0, 0.7]), 1.0), (torch.tensor([0.9, 0.1]), 0.5)):
        total = discounted(follow(cart, near_one, state, plans), discount)
        tried = f"5 plans of 3 steps from {[round(x, 1) for x in state.tolist()]}, γ = {discount}"
        yield Case(tried, (cart, near_one, state, plans, discount), expected=(plans[total.argmax(), 0], total.max()))
    state, long = torch.tensor([0.4, -0.2]), plans.repeat(1, 4, 1)
    total = discounted(follow(cart, near_one, state, long), 0.95)
    yield Case("5 plans of 12 steps, γ = 0.95", (cart, near_one, state, long, 0.95), expected=(long[total.argmax(), 0], total.max()))
    one = plans[2:3, :1]
    yield Case("a single plan of one step", (cart, near_one, torch.tensor([0.5, 2.0]), one, 0.3), expected=(one[0, 0], torch.tensor(0.194)))


EXERCISE = Exercise(
    id="02.best_first_action",
    title="random shooting",
    minutes=12,
    stars=3,
    reference=best_first_action,
    cases=planning_cases,
    mistakes=(
        Mistake(last_action, "That is the last action of the best plan. The one to do now is its first."),
        Mistake(whole_plan, "That is the whole plan. Only its first action is done; then one looks, and plans again."),
        Mistake(near_sighted, "You look at the first reward only. A plan is worth the sum of all its rewards, discounted."),
        Mistake(no_discount, "The rewards are not discounted: the reward of step t counts γ^t times."),
        Mistake(discounted_too_much, "Your γ starts at γ¹; the first reward counts fully: γ⁰ = 1."),
        Mistake(the_worst_plan, "That is the worst plan. A return is to be large."),
        Mistake(never_moves, "Every step begins in the first state. Go on from the state that the model has imagined."),
    ),
    hints=(
        "How do you follow one plan in the model? And all of them at once?",
        "Begin with `state.expand(len(plans), len(state))`. In step t all plans do `plans[:, t]`. Add γ^t times the reward.",
        "states ← the state, once a plan;  total ← 0;  for t: next ← model(states, plans[:, t]);  total += γ^t · reward(states, "
        "plans[:, t], next);  states ← next.  best ← argmax of total;  return plans[best, 0], total[best]",
    ),
    why=(
        "This is a planner: it needs a model and a reward, and no learning. All plans move together, as one batch. Doing only the "
        "first action and planning again (MPC) forgives much of what the model gets wrong."
    ),
    survivors={
        "`plans` is quiet where it does not count": "what a plan is worth that is not the best",
        "`plans` in reverse along axis 0": "it does not matter which plan comes first",
        "gradient": "the plans are compared, not trained",
    },
)
