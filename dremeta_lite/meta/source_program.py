"""The source text's own program, line by line in torch, faults and all. Lesson 05 takes it apart; nothing else of the course uses it.

The text that this course answers to closes with a TensorFlow program called meta-learning. It is not: it fits every output of ONE network
to the rewards, one task after the other. To see that, one has to run it. So here it is, unmended, and it agrees with numbers that were
recorded under TensorFlow (`data/source_program/`). The repairs are in `repair.py`. What `train_meta_network` says, and what it does
(here and not in its docstring, because lesson 05 shows that function to readers who are to find out by themselves):

- `action` is unpacked, and never used: the weights are the same whatever was done.
- The loss compares *all* logits with the reward of one action: the network learns one number per state, once for each action.
- `task[i]` is a (state, action) pair and `task[i + 1]` its reward, so in the second iteration `task[1]`, a reward, would have to be a
  pair: only tasks `[(state, action), reward]` with `num_iterations=1` run. With 2 it fails, after one update has been applied.
- Three rewards are broadcast against three logits without a word, whatever they belong to.
- The inner tape takes the name of the outer one, and the outer one is never asked. There is no gradient through the training.
- There is one set of weights. Nothing belongs to a task, nothing is judged after adaptation: no inner loop, so no outer loop either.
  What remains is to train on one task after the other, and the last one counts most.

TensorFlow's words stay, so that the lines can be compared: a tape that is asked for gradients, an optimizer that applies them.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

Pairs = Iterable[tuple[Tensor, nn.Parameter]]


class MetaNetwork(nn.Module):
    """Two hidden layers of 1024 rectified units, and one logit an action.

    Args:
        state_size: numbers in a state. (Keras finds that out by itself at the first call; torch has to be told.)
        rng: where the first weights are drawn: uniform in ±√(6 / (in + out)), Keras' default (Glorot and Bengio 2010, eq. 16).
            Biases are 0.
    """

    def __init__(
        self, state_size: int, num_actions: int, rng: torch.Generator, width: int = 1024, device: torch.device | str = "cpu"
    ) -> None:
        super().__init__()
        self.fc1 = nn.Linear(state_size, width)
        self.fc2 = nn.Linear(width, width)
        self.fc3 = nn.Linear(width, num_actions)
        for layer in (self.fc1, self.fc2, self.fc3):
            nn.init.xavier_uniform_(layer.weight, generator=rng)
            nn.init.zeros_(layer.bias)
        self.to(device)  # drawn on the CPU, so that a seed means the same weights on every device

    def forward(self, inputs: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch action"]:
        x = torch.relu(self.fc1(inputs))
        x = torch.relu(self.fc2(x))
        return self.fc3(x)


class GradientTape:
    """Stands for TensorFlow's tape: `gradient` differentiates. (Torch records always, so there is nothing to switch on here.)

    Attributes:
        asked: how often it was asked for a gradient.
    """

    def __init__(self) -> None:
        self.asked = 0

    def __enter__(self) -> "GradientTape":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def gradient(self, target: Tensor, sources: Sequence[nn.Parameter]) -> tuple[Tensor, ...]:
        """The gradient of the *sum* of `target`, which is what TensorFlow means by the gradient of several numbers."""
        self.asked += 1
        return torch.autograd.grad(target.sum(), sources)


@runtime_checkable
class Optimizer(Protocol):
    """Whatever changes variables by their gradients, in place."""

    def apply_gradients(self, gradients_and_variables: Pairs) -> None: ...


class SGD:
    """w ← w - rate · gradient, in place."""

    def __init__(self, learning_rate: float = 0.01) -> None:
        self.learning_rate, self.iterations = learning_rate, 0

    @torch.no_grad()
    def apply_gradients(self, gradients_and_variables: Pairs) -> None:
        for gradient, w in gradients_and_variables:
            w -= self.learning_rate * gradient
        self.iterations += 1


def mean_squared_error(y_true: Tensor, y_pred: Any) -> Tensor:
    """Keras' loss: the mean over the last axis, after broadcasting; the first argument takes the type of the second."""
    y_pred = torch.as_tensor(y_pred)
    y_true = y_true.to(y_pred.dtype)
    return (y_true - y_pred).square().mean(-1)


def train_meta_network(meta_network: MetaNetwork, tasks: Iterable[Any], optimizer: Optimizer, num_iterations: int) -> MetaNetwork:
    """Train, as the text says."""
    with GradientTape() as tape:
        for task in tasks:
            for i in range(num_iterations):
                state, action = task[i]
                reward = task[i + 1]
                with GradientTape() as tape:
                    logits = meta_network(state)
                    loss = mean_squared_error(logits, reward)
                gradients = tape.gradient(loss, list(meta_network.parameters()))
                optimizer.apply_gradients(zip(gradients, meta_network.parameters(), strict=True))
    return meta_network
