"""Exercise 02.imagined_states: imagine k steps."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake

Model = Callable[[Tensor, Tensor], Tensor]


def imagined_states(model: Model, state: Tensor, actions: Tensor) -> Tensor:
    states = [state]
    for action in actions:
        states.append(model(states[-1], action))
    return torch.stack(states)


def always_from_the_first(model: Model, state: Tensor, actions: Tensor) -> Tensor:
    return torch.stack([state, *(model(state, action) for action in actions)])


def without_the_start(model: Model, state: Tensor, actions: Tensor) -> Tensor:
    states = always = [state]
    for action in actions:
        states = [*states, model(states[-1], action)]
    return torch.stack(states[1:] or always)


def only_the_end(model: Model, state: Tensor, actions: Tensor) -> Tensor:
    for action in actions:
        state = model(state, action)
    return state


def added_to_the_state(model: Model, state: Tensor, actions: Tensor) -> Tensor:
    states = [state]
    for action in actions:
        states.append(states[-1] + model(states[-1], action))
    return torch.stack(states)


def first_action_forever(model: Model, state: Tensor, actions: Tensor) -> Tensor:
    states = [state]
    for _ in actions:
        states.append(model(states[-1], actions[0]))
    return torch.stack(states)


def half_way(state: Tensor, action: Tensor) -> Tensor:
    """s' = s / 2 + a, whose rollout has a closed form."""
    return 0.5 * state + action


def closed_form(state: Tensor, actions: Tensor) -> Tensor:
    """s_t = s_0 / 2^t + Σ_{i<t} a_i / 2^(t-1-i)"""
    reached = [state * 0.5**t + sum(actions[i] * 0.5 ** (t - 1 - i) for i in range(t)) for t in range(len(actions) + 1)]
    return torch.stack(reached)


def imagined_cases() -> Iterator[Case]:
    state, actions = torch.tensor([1.0, -2.0]), torch.tensor([[0.3, 1.0], [-0.7, 0.2], [0.5, 0.0], [2.0, -1.0]])
    yield Case("4 actions in a model s' = s/2 + a", (half_way, state, actions), expected=closed_form(state, actions))
    yield Case("no action: only the start", (half_way, state, actions[:0]), expected=state[None])
    yield Case("12 actions", (half_way, state, actions.repeat(3, 1)), expected=closed_form(state, actions.repeat(3, 1)))
    states = torch.tensor([[1.0, 0.3], [2.0, -0.6], [-4.0, 0.2]])
    many = torch.tensor([[[0.1, 1.0], [0.2, 2.0], [0.3, 3.0]], [[-1.0, 0.0], [0.5, 0.4], [0.0, 0.7]]])
    yield Case("3 states at once, 2 actions each", (half_way, states, many), expected=closed_form(states, many))


EXERCISE = Exercise(
    id="02.imagined_states",
    title="imagine k steps",
    minutes=6,
    stars=1,
    reference=imagined_states,
    cases=imagined_cases,
    mistakes=(
        Mistake(always_from_the_first, "Every step begins in the first state. Open loop, it begins where the step before has ended."),
        Mistake(without_the_start, "The first state is missing: with T actions there are T + 1 states."),
        Mistake(only_the_end, "That is the last state alone. All of them are asked for, the first one too."),
        Mistake(added_to_the_state, "You add the model's answer to the state. This model returns the next state itself, not the change."),
        Mistake(first_action_forever, "You use the first action at every step."),
    ),
    hints=(
        "Where does the second step begin: in the real world, or in what the model has said?",
        "Keep a list of states; its last element and the next action give the next element. `torch.stack` makes a tensor of it.",
        "states ← [state];  for each action: append model(last of states, action);  return the stacked states",
    ),
    why=(
        "Nothing in the loop looks at the world, so the error of each step goes into the next. That is why a small one-step error can "
        "be a large one after k steps."
    ),
    survivors={
        "gradient": "the cells below imagine, and train nothing",
    },
)
