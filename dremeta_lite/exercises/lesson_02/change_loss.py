"""Exercise 02.3 · the one-step loss · 6 minutes, ★★☆

1. The network says how the state will change, in units in which changes have mean 0 and spread 1. And the truth?
2. Target: (change - mean) / std, with change = next_state - state. Then the mean of the squared differences.
3. target ← (next_state - state - mean) / std;  return the mean of (prediction - target)²

Normalised, an angle that changes by 0.1 and a speed that changes by 1 weigh the same. Without it the network would learn the speed and
neglect the angle. Predicting the change, it need not learn that the world mostly stays as it is.
"""

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def change_loss(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    target = (next_state - state - mean) / std
    return (prediction - target).square().mean()


STATE, NEXT = [[1.0, 4.0], [-2.0, 0.5]], [[1.3, 2.0], [-2.1, 1.5]]
MEAN, STD = [0.1, -0.4], [0.2, 2.0]  # of the changes, so normalised: (0.3 - 0.1) / 0.2, (-2 + 0.4) / 2; (-0.1 - 0.1) / 0.2, (1 + 0.4) / 2


def cases() -> Cases:
    for words, prediction, expected in (
        ("a perfect prediction of two changes", [[1.0, -0.8], [-1.0, 0.7]], 0.0),
        ("a network that always says 0", [[0.0, 0.0], [0.0, 0.0]], (1 + 0.64 + 1 + 0.49) / 4),
        ("a prediction that is off by 2 and by -1", [[3.0, -0.8], [-1.0, -0.3]], 5 / 4),
    ):
        yield case(words, prediction, STATE, NEXT, MEAN, STD, expected=expected)
    yield case("one transition", [[0.5, 0.2]], STATE[:1], NEXT[:1], MEAN, STD, expected=0.625)


MISTAKES = """
- state - mean → - mean  # The target is the next state itself. Asked for is the *change* of the state.
(next_state - state - mean) / std → next_state - state  # The target is not normalised: subtract the mean change, then divide by its spread.
next_state - state → state - next_state  # The change goes from the state to the next one; you have it the other way round.
/ std → * std  # You multiply by the spread. To bring the spread to 1, divide by it.
square() → abs()  # That is the mean of the absolute errors. Squared they are asked for.
.mean() → .sum()  # That is the sum of the squares. Asked for is their mean, over all numbers of all transitions.
.mean() → .sum(-1).mean()  # You add up the squares of each transition. Asked for is the mean over all numbers of all transitions.
- mean) / std → - mean / std)  # Only the mean is divided by the spread. Mind the brackets: (change - mean) / std.
# You bring the prediction back to the units of the state. Compare normalised changes: that is how they weigh the same.
    prediction - target → prediction * std + mean - (next_state - state)
# You take mean and spread of this batch. Those of all the data are handed in: `mean` and `std`.
    (next_state - state - mean) / std → (next_state - state - (next_state - state).mean(0)) / (next_state - state).std(0)
- mean →  # You divide by the spread, but the mean change is not subtracted first.
"""

SURVIVORS = {"`state` and `mean` swapped": "both are subtracted", "prediction - target → target - prediction": "the square is the same"}
EXERCISE = exercise(change_loss, cases, MISTAKES, flows="prediction", survivors=SURVIVORS)
