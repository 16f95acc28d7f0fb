"""Exercise 02.change_loss: the one-step loss."""

from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake
from dremeta_lite.exercises.properties import gradient_flows


def change_loss(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    target = (next_state - state - mean) / std
    return (prediction - target).square().mean()


def whole_state(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (prediction - (next_state - mean) / std).square().mean()


def not_normalised(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (prediction - (next_state - state)).square().mean()


def backwards(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (prediction - (state - next_state - mean) / std).square().mean()


def times_std(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (prediction - (next_state - state - mean) * std).square().mean()


def not_squared(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (prediction - (next_state - state - mean) / std).abs().mean()


def added_up(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (prediction - (next_state - state - mean) / std).square().sum()


def added_up_in_each(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (prediction - (next_state - state - mean) / std).square().sum(-1).mean()


def only_the_mean_divided(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (prediction - (next_state - state - mean / std)).square().mean()


def brought_back(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (prediction * std + mean - (next_state - state)).square().mean()


def own_mean_and_std(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    change = next_state - state
    return (prediction - (change - change.mean(0)) / change.std(0)).square().mean()


def only_the_mean_left_out(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (prediction - (next_state - state) / std).square().mean()


STATE, NEXT = torch.tensor([[1.0, 4.0], [-2.0, 0.5]]), torch.tensor([[1.3, 2.0], [-2.1, 1.5]])


MEAN, STD = torch.tensor([0.1, -0.4]), torch.tensor([0.2, 2.0])


CHANGES = torch.tensor([[1.0, -0.8], [-1.0, 0.7]])  # ((0.3 - 0.1) / 0.2, (-2 + 0.4) / 2), ((-0.1 - 0.1) / 0.2, (1 + 0.4) / 2)


def change_cases() -> Iterator[Case]:
    arguments = (STATE, NEXT, MEAN, STD)
    yield Case("a perfect prediction of two changes", (CHANGES, *arguments), expected=torch.tensor(0.0))
    yield Case("a network that always says 0", (torch.zeros(2, 2), *arguments), expected=torch.tensor((1 + 0.64 + 1 + 0.49) / 4))
    off = CHANGES + torch.tensor([[2.0, 0.0], [0.0, -1.0]])
    yield Case("a prediction that is off by 2 and by -1", (off, *arguments), expected=torch.tensor(5 / 4))
    yield Case("one transition", (torch.tensor([[0.5, 0.2]]), *(x[:1] for x in arguments[:2]), MEAN, STD), expected=torch.tensor(0.625))


EXERCISE = Exercise(
    id="02.change_loss",
    title="the one-step loss",
    minutes=6,
    stars=2,
    reference=change_loss,
    cases=change_cases,
    properties=(gradient_flows(change_loss, change_cases, "prediction"),),
    mistakes=(
        Mistake(whole_state, "The target is the next state itself. Asked for is the *change* of the state."),
        Mistake(not_normalised, "The target is not normalised: subtract the mean change, then divide by its spread."),
        Mistake(backwards, "The change goes from the state to the next one; you have it the other way round."),
        Mistake(times_std, "You multiply by the spread. To bring the spread to 1, divide by it."),
        Mistake(not_squared, "That is the mean of the absolute errors. Squared they are asked for."),
        Mistake(added_up, "That is the sum of the squares. Asked for is their mean, over all numbers of all transitions."),
        Mistake(added_up_in_each, "You add up the squares of each transition. Asked for is the mean over all numbers of all transitions."),
        Mistake(only_the_mean_divided, "Only the mean is divided by the spread. Mind the brackets: (change - mean) / std."),
        Mistake(
            brought_back,
            "You bring the prediction back to the units of the state. Compare normalised changes: that is how they weigh the same.",
        ),
        Mistake(own_mean_and_std, "You take mean and spread of this batch. Those of all the data are handed in: `mean` and `std`."),
        Mistake(only_the_mean_left_out, "You divide by the spread, but the mean change is not subtracted first."),
    ),
    hints=(
        "The network says how the state will change, in units in which changes have mean 0 and spread 1. And the truth?",
        "Target: (change - mean) / std, with change = next_state - state. Then the mean of the squared differences.",
        "target ← (next_state - state - mean) / std;  return the mean of (prediction - target)²",
    ),
    why=(
        "Normalised, an angle that changes by 0.1 and a speed that changes by 1 weigh the same. Without it the network would learn the "
        "speed and neglect the angle. Predicting the change, it need not learn that the world mostly stays as it is."
    ),
    survivors={
        "`state` and `mean` swapped": "both are subtracted",
        "return (prediction - target).square().mean() → return (target - prediction).square().mean()": "the square is the same",
    },
)
