"""Probe worlds of capstone 04c: so small that everything that must come out of them is known."""

from collections.abc import Callable

import torch
from torch import Tensor

from dremeta_lite.episodes import Episodes, Step
from dremeta_lite.exercises.comparing import show
from dremeta_lite.exercises.exercise import Wrong
from dremeta_lite.exercises.properties import central_differences, turned_round
from dremeta_lite.networks import Params

LAST = torch.tensor([2.0, 3.0, 99.0])
"""After how many steps an episode of each row ends."""


class CountingStream(Episodes):
    """Three episodes side by side that count their steps; where one ends, the next begins at once. The first terminates after two steps,
    the second is cut off after three, the third goes on and on. What is seen is the count and its square, the reward is the action and 100
    for each step. When it is met, each episode has taken one step already.
    """

    shape, device = (3,), torch.device("cpu")

    def __init__(self) -> None:
        self.count = torch.ones(3)

    @property
    def observation(self) -> Tensor:
        return squared(self.count)

    def step(self, action: Tensor) -> Step:
        count = self.count + 1
        ended, row = count == LAST, torch.arange(3)
        self.count = count.masked_fill(ended, 0)
        return Step(action + 100 * count, ended & (row == 0), ended & (row == 1), squared(count), row >= 0)

    def reset(self) -> None:
        self.count = torch.zeros(3)

    def restart(self, ended: Tensor) -> None:
        """It has done so by itself."""


def squared(count: Tensor) -> Tensor:
    return torch.stack([count, count.square()], -1)


def act(observation: Tensor) -> Tensor:
    """A choice that says what it was made for."""
    return (10 * observation[:, 0] + 1).long()


def counted(steps: int) -> tuple[Tensor, ...]:
    """What a stretch of the counting stream must hold, by the formula: the count is 1 at first, and begins again after each end."""
    t = torch.arange(1.0, steps + 1).expand(3, steps)
    seen = t % LAST[:, None]
    ended = seen + 1 == LAST[:, None]
    action = (10 * seen + 1).long()
    terminated = ended & torch.tensor([[True], [False], [False]])
    return squared(seen), action, action + 100 * (seen + 1), terminated, ended, squared(seen + 1)


def summed(reward: list, value: list, terminated: list, ended: list, discount: float) -> list:
    """Each target as a sum written out, up to the end of the episode or of the stretch."""
    found = []
    for t in range(len(reward)):
        stop = next((u for u in range(t, len(reward)) if ended[u]), len(reward) - 1)
        total = sum(discount ** (u - t) * reward[u] for u in range(t, stop + 1))
        found.append(total + discount ** (stop + 1 - t) * (0.0 if terminated[stop] else value[stop]))
    return found


SEEN = torch.tensor([[[0.5], [-1.0], [0.8]], [[1.2], [0.4], [-0.3]]])
ACTION, NEXT = torch.tensor([[0, 1, 1], [1, 0, 1]]), torch.tensor([[[-1.0], [0.9], [0.1]], [[0.4], [-0.3], [0.7]]])
REWARD, END = torch.tensor([[1.0, -0.5, 2.0], [0.3, 1.5, -1.0]]), torch.tensor([[False, True, False], [False, False, False]])
CUT = torch.tensor([[False, False, False], [True, False, False]])


def replay(theta: Params) -> tuple[Tensor, ...]:
    """A stretch in which chance always does the same. One episode terminates in it, and one is cut off."""
    x = theta["actor"]
    return SEEN.to(x), ACTION, REWARD.to(x), END, END | CUT, NEXT.to(x)


turned = turned_round(replay)


def look(theta: Params, observation: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
    """log π and entropy of a policy of two numbers, for two actions."""
    logits = torch.cat([observation * theta["actor"][0], observation * theta["actor"][1] + 0.2], -1)
    log_p = logits.log_softmax(-1)
    return log_p.gather(-1, action[..., None])[..., 0], -(log_p.exp() * log_p).sum(-1)


def value(theta: Params, observation: Tensor) -> Tensor:
    """A critic of two numbers."""
    return theta["critic"][0] * observation[..., 0] + theta["critic"][1]


def slopes(theta: Params, discount: float, eta: float) -> tuple[Params, float]:
    """The gradient of all terms, each by what it may move, by central differences; and the mean target."""
    start = {name: p.double() for name, p in theta.items()}
    s, a, *rest, following = replay(start)
    reward, terminated, ended, after = (x.tolist() for x in (*rest, value(start, following)))
    target = torch.tensor([summed(*row, discount) for row in zip(reward, after, terminated, ended, strict=True)]).double()
    said = value(start, s)

    def worth(theta: Params) -> Tensor:
        log_prob, entropy = look(theta, s, a)
        return (log_prob * (target - said) - 0.5 * (value(theta, s) - target).square() + eta * entropy).mean()

    return central_differences(worth, theta), target.mean().item()


LEAK = "The actor's term moves the critic: `detach` the advantage."
VALUE = "The critic's error, and nothing else, has to move the value."
TARGET = "The target moves as well: `detach` it, since the critic should come to it, and not it to the critic."


def moves(answer: Callable[..., Tensor]) -> None:
    """A property of an actor-critic objective: each term moves what it should, and nothing else. All four gradients have closed forms."""
    log_prob, entropy, said, target = torch.tensor([[[-0.5, -1.2]], [[0.6, 0.2]], [[1.0, -0.4]], [[2.2, 0.7]]])
    wanted = {"log_prob": target - said, "entropy": 0 * said + 0.3, "value": target - said, "target": 0 * target}
    given = [x.clone().requires_grad_() for x in (log_prob, entropy, said, target)]
    if not isinstance(result := answer(*given, 0.3), Tensor) or not result.requires_grad:
        raise Wrong(
            "The number is right, but no gradient flows through this function: stay in torch, without NumPy, `.item()` or `detach`."
        )
    found = torch.autograd.grad(result, given, allow_unused=True)
    for (name, expected), slope in zip(wanted.items(), found, strict=True):
        got = torch.zeros_like(expected) if slope is None else slope
        if not torch.allclose(got, expected / 2, atol=1e-5):
            why = {"value": VALUE, "target": TARGET}.get(name, "Is something `detach`ed that should not be?")
            if name == "value" and torch.allclose(got, (expected - log_prob) / 2, atol=1e-5):
                why = LEAK
            raise Wrong(f"The number is right, but its gradient by `{name}` is {show(got)} and should be {show(expected / 2)}. {why}")
