"""Exercise 02.4 · imagine k steps · 6 minutes, ★☆☆

1. Where does the second step begin: in the real world, or in what the model has said?
2. Keep a list of states; its last element and the next action give the next element. `torch.stack` makes a tensor of it.
3. states ← [state];  for each action: append model(last of states, action);  return the stacked states

Nothing in the loop looks at the world, so the error of each step goes into the next. That is why a small one-step error can be a large one
after k steps.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def imagined_states(model: Callable[[Tensor, Tensor], Tensor], state: Tensor, actions: Tensor) -> Tensor:
    states = [state]
    for action in actions:
        states.append(model(states[-1], action))
    return torch.stack(states)


def half_way(state: Tensor, action: Tensor) -> Tensor:
    """s' = s / 2 + a, whose rollout has a closed form."""
    return 0.5 * state + action


def closed_form(state: Tensor, actions: Tensor) -> Tensor:
    """s_t = s_0 / 2^t + Σ_{i<t} a_i / 2^(t-1-i)"""
    reached = [state * 0.5**t + sum(actions[i] * 0.5 ** (t - 1 - i) for i in range(t)) for t in range(len(actions) + 1)]
    return torch.stack(reached)


def cases() -> Cases:
    state, actions = torch.tensor([1.0, -2.0]), torch.tensor([[0.3, 1.0], [-0.7, 0.2], [0.5, 0.0], [2.0, -1.0]])
    yield case("4 actions in a model s' = s/2 + a", half_way, state, actions, expected=closed_form(state, actions))
    yield case("no action: only the start", half_way, state, actions[:0], expected=state[None])
    yield case("12 actions", half_way, state, actions.repeat(3, 1), expected=closed_form(state, actions.repeat(3, 1)))
    states = torch.tensor([[1.0, 0.3], [2.0, -0.6], [-4.0, 0.2]])
    many = torch.tensor([[[0.1, 1.0], [0.2, 2.0], [0.3, 3.0]], [[-1.0, 0.0], [0.5, 0.4], [0.0, 0.7]]])
    yield case("3 states at once, 2 actions each", half_way, states, many, expected=closed_form(states, many))


MISTAKES = """
states[-1] → states[0]  # Every step begins in the first state. Open loop, it begins where the step before has ended.
torch.stack(states) → torch.stack(states[1:] or states)  # The first state is missing: with T actions there are T + 1 states.
torch.stack(states) → states[-1]  # That is the last state alone. All of them are asked for, the first one too.
# You add the model's answer to the state. This model returns the next state itself, not the change.
    append(model → append(states[-1] + model
action) → actions[0])  # You use the first action at every step.
"""

EXERCISE = exercise(imagined_states, cases, MISTAKES, survivors={"gradient": "the cells below imagine, and train nothing"})
