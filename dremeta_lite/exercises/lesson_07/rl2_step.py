"""Exercise 07.9 · the training loop of RL² · 10 minutes, ★★★

1. Which of your parts comes first, and what does each hand to the next? By what is differentiated?
2. Write the objective as a function of θ that plays inside. `torch.func.grad(f)(theta)` is a dict; with `has_aux=True` f may return more.
3. value(θ): logits, arm, reward ← play(θ); return objective(logits, arm, credit(reward)), mean of what a trial paid;  climb its gradient

Nothing in here knows about tasks. What a task is, and how to find out, ends up in θ, because each trial met another one.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.func import grad

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.exercises.lesson_07.credit import credit
from dremeta_lite.exercises.lesson_07.probes import replay, turned
from dremeta_lite.exercises.lesson_07.trial_objective import trial_objective
from dremeta_lite.exercises.properties import central_differences
from dremeta_lite.networks import Params


def rl2_step(theta: Params, play: Callable[..., Any], climb: Callable[..., Params], discount: float, eta: float) -> tuple[Params, dict]:
    def value(theta: Params) -> tuple[Tensor, Tensor]:
        logits, arm, reward = play(theta)
        return trial_objective(logits, arm, credit(reward, discount), eta), reward.sum(1).mean()

    gradient, earned = grad(value, has_aux=True)(theta)
    return climb(gradient), {"return": earned}


def worth(theta: Params, discount: float, eta: float) -> Tensor:
    """What is climbed in `replay`."""
    logits, arm, reward = replay(theta)
    return trial_objective(logits, arm, credit(reward, discount), eta)


def cases() -> Cases:
    """Trials in which chance does the same every time, but for their order: the new θ follows from finite differences."""
    for words, bias, discount, eta in (("γ = 0.5, η = 0.3", [0.2, -0.4, 0.1], 0.5, 0.3), ("γ = 1, η = 0", [0.0, 0.9, 0.5], 1.0, 0.0)):
        theta = {"weight": torch.tensor([0.8, 1.3, -0.6]), "bias": torch.tensor(bias)}
        climb = lambda gradient, theta=theta: {name: theta[name] + 0.1 * gradient[name] for name in theta}
        expected = climb(central_differences(partial(worth, discount=discount, eta=eta), theta)), {"return": 4 / 3}
        yield case(f"three trials of two pulls, {words}", theta, turned, climb, discount, eta, expected=expected)


MISTAKES = """
# You walk downhill: `climb` goes uphill by itself, so give it the gradient as it is.
    climb(gradient), → climb({name: -g for name, g in gradient.items()}),
climb(gradient), → gradient,  # What came back is the gradient: θ follows from it by `climb`.
# θ has not moved. Either you return the old one, or the gradient is 0: is `play` called inside the function that `grad` differentiates?
    climb(gradient), → theta,
reward.sum(1).mean() → reward.mean()  # That is the mean reward of a pull. The return of a trial is the sum over its pulls.
credit(reward, discount) → reward  # The rewards themselves are the weights here. `credit` says what each pull is to be praised for.
# You play twice, and put the logits of one play together with the arms of another. Play once, inside what `grad` differentiates.
    logits, arm, reward = play(theta) → logits, (_, arm, reward) = play(theta)[0], play(theta)
# You play twice, and praise the arms of one play for the rewards of another. Play once, inside what `grad` differentiates.
    logits, arm, reward = play(theta) → (logits, arm, _), (_, _, reward) = play(theta), play(theta)
# That is the discounted sum. The return that is reported is the plain one, whatever γ is.
    reward.sum(1).mean() → (reward * discount ** torch.arange(reward.shape[1])).sum(1).mean()
grad(value, has_aux=True)(theta) → grad(value)(theta)  # What `grad` differentiates returns one number; with `has_aux=True`, more.
credit(reward, discount) → credit(reward, 0.99)  # γ is not passed on: you use 0.99.
credit(reward, discount) → credit(reward, 1.0)  # γ is not passed on: you use 1.
credit(reward, discount), eta → credit(reward, discount), 0.0  # η is not passed on.
credit(reward, discount), eta → credit(reward, eta), discount  # γ and η have changed places.
rl2_step(theta, play, climb, discount, -eta)  # The entropy bonus has the wrong sign: it is added to what is climbed.
"""

EXERCISE = exercise(rl2_step, cases, MISTAKES, survivors={"gradient": "training goes on from the numbers of θ"})
