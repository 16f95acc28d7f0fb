"""Exercise 04.10 · the training loop of A2C · 10 minutes, ★★★

1. Which of your parts comes first, and what does each hand to the next? What belongs inside the function that is differentiated?
2. Play and targets come before: they are numbers. Inside: `look` and `value` at θ, and your objective. `grad(f)(theta)` is a dict.
3. play(θ); target ← targets(…, value(θ, s'), …);  J(θ) ← objective of look(θ, s, a), value(θ, s), target;  climb the gradient of J at θ

Collect, judge, improve, begin again: every learner of this course is this loop, with other parts.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.func import grad

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.exercises.lesson_04 import probes
from dremeta_lite.exercises.lesson_04.actor_critic_objective import actor_critic_objective
from dremeta_lite.exercises.lesson_04.targets import targets
from dremeta_lite.networks import Params

Of = Callable[..., Any]


def a2c_step(theta: Params, play: Of, look: Of, value: Of, climb: Of, discount: float, eta: float) -> tuple[Params, dict]:
    observation, action, reward, terminated, ended, following = play(theta)
    target = targets(reward, value(theta, following), terminated, ended, discount)

    def objective(theta: Params) -> Tensor:
        log_prob, entropy = look(theta, observation, action)
        return actor_critic_objective(log_prob, entropy, value(theta, observation), target, eta)

    return climb(grad(objective)(theta)), {"target": target.mean()}


def cases() -> Cases:
    """A stretch in which chance does the same every time, but for the order of the episodes: the new θ follows from finite differences."""
    for critic, discount, eta in (([0.6, -0.2], 0.9, 0.3), ([-1.1, 2.0], 0.5, 0.0)):
        theta = {"actor": torch.tensor([0.8, -0.5]), "critic": torch.tensor(critic)}
        climb = lambda gradient, theta=theta: {name: theta[name] + 0.1 * gradient[name] for name in theta}
        found, target = probes.slopes(theta, discount, eta)
        given, expected = (theta, probes.turned, probes.look, probes.value, climb, discount, eta), (climb(found), {"target": target})
        yield case(f"two stretches of three steps, γ = {discount}, η = {eta:g}", *given, expected=expected, tolerance=1e-4)


MISTAKES = """
# The targets are made of what was seen before the steps. What a step leads to is judged by the critic's value of `next_observation`.
    value(theta, following) → value(theta, observation)
climb(grad(objective)(theta)) → grad(objective)(theta)  # What came back is the gradient: θ follows from it by `climb`.
# θ has not moved. Either you return the old one, or the gradient is 0: are `look` and `value` called inside what `grad` differentiates?
    climb(grad(objective)(theta)) → theta
# You walk downhill: `climb` goes uphill by itself, so give it the gradient as it is.
    climb(grad(objective)(theta)) → climb({name: -g for name, g in grad(objective)(theta).items()})
# What was cut off counts as terminated. `targets` takes first what terminated, and then what has ended for whatever reason.
    terminated, ended, discount → ended, terminated, discount
# What was cut off does not count as ended, and the sum runs on into the next episode. `targets` needs both flags, and you give it one.
    terminated, ended, discount → terminated, terminated, discount
# An episode that was cut off, or has ended, is not told from one that goes on: `targets` needs both flags.
    terminated, ended, discount → 0 * terminated > 0, 0 * ended > 0, discount
# The actor has not moved: call `look` inside what `grad` differentiates, at the θ that it is given.
    look(theta, → look({name: p.detach() for name, p in theta.items()},
# The critic has not moved: call `value` of what was seen inside what `grad` differentiates, at the θ that it is given.
    entropy, value(theta, observation) → entropy, value({name: p.detach() for name, p in theta.items()}, observation)
# You play twice, and put the targets of one stretch together with the steps of another. Play once, before what `grad` differentiates.
    log_prob, entropy = look(theta → observation, action = play(theta)[:2]; log_prob, entropy = look(theta
# The action was chosen for `observation`: `look` at that, and not at what the step led to.
    look(theta, observation, action) → look(theta, following, action)
# The baseline is the critic's value of what was seen before the step: `value` of `observation`.
    entropy, value(theta, observation) → entropy, value(theta, following)
# The rewards alone are not the targets: the critic should say what comes later, too. `targets` has it.
    targets(reward, value(theta, following), terminated, ended, discount) → reward
terminated, ended, discount → terminated, ended, 0.99  # γ is not passed on to `targets`.
target, eta) → target, 0.01)  # η is not passed on to your objective.
log_prob, entropy, value(theta → entropy, log_prob, value(theta  # log π and entropy have changed places.
"""

EXERCISE = exercise(a2c_step, cases, MISTAKES, survivors={"gradient": "training goes on from the numbers of θ"})
