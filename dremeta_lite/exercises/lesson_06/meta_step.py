"""Exercise 06.11 · the training loop · 12 minutes, ★★★

1. Two batches of trajectories are needed. With which parameters does the policy act in the first, and with which in the second?
2. `play(params, tasks)` wants one set of parameters for each task: `stack(theta, n)`, and later φ, which `vmap` of `inner_step` makes.
3. play with θ; prepare; a step in each task; play with φ; prepare; climb along the meta-gradient; return θ, and both mean returns

This is one iteration of MAML, whole. All the rest (Adam, the buttons, the sliders, the picture) is the same for every learner.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch.func import vmap

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.exercises.lesson_06 import probes
from dremeta_lite.exercises.lesson_06.inner_step import inner_step
from dremeta_lite.exercises.lesson_06.meta_gradient import meta_gradient
from dremeta_lite.inner.policy_gradient import prepare
from dremeta_lite.networks import Params, stack

Play = Callable[[Params, Any], Any]


def meta_step(policy: Any, theta: Params, tasks: Any, play: Play, climb: Callable[[Params], Params], alpha: float) -> tuple[Params, dict]:
    before = play(stack(theta, len(tasks[0])), tasks)
    support = prepare(before)
    phi = vmap(lambda one: inner_step(policy, theta, one, alpha))(support)
    after = play(phi, tasks)
    theta = climb(meta_gradient(policy, theta, support, prepare(after), alpha))
    return theta, {"return_before": before.returns().mean(), "return_after": after.returns().mean()}


def cases() -> Cases:
    """A world in which chance always does the same: the new θ follows from finite differences."""
    theta = probes.start()
    play = lambda params, tasks: probes.play(params, tasks[0])
    for goals, alpha in (([1.0, -2.0, 0.5], 0.5), ([1.5], 0.2)):
        tasks = (torch.tensor(goals),)
        before = play(stack(theta, len(goals)), tasks)
        support = prepare(before)
        after = play(probes.stepped_in_each(theta, support, alpha), tasks)
        slopes = probes.slopes(theta, support, prepare(after), alpha)
        climb = lambda gradient: {name: theta[name] + 0.1 * gradient[name] for name in theta}
        numbers = {"return_before": before.returns().mean().item(), "return_after": after.returns().mean().item()}
        words = f"goals at {', '.join(f'{goal:g}' for goal in goals)}, α = {alpha}"
        yield case(words, probes.LINEAR, theta, tasks, play, climb, alpha, expected=(climb(slopes), numbers), tolerance=1e-3)


MISTAKES = """
# Your query was played with θ. It has to be played with φ: only φ's own episodes show what φ does.
    play(phi, tasks) → play(stack(theta, len(tasks[0])), tasks)
prepare(after), alpha → support, alpha  # The step is judged on its own support. `meta_gradient` needs what was played with φ as the query.
# Play, adapt, play, and θ is where it was: `climb` gives the new θ, and that is what you return.
    theta = climb(meta_gradient(policy, theta, support, prepare(after), alpha)) → pass
# What came back is the gradient: θ follows from it by `climb`.
    climb(meta_gradient(policy, theta, support, prepare(after), alpha)) → meta_gradient(policy, theta, support, prepare(after), alpha)
# You walk downhill: `climb` goes uphill by itself, so give it the gradient as it is.
    theta = climb(meta → theta = climb({n: -g for n, g in meta
    prepare(after), alpha)) → prepare(after), alpha).items()})
# The two returns have changed places.
    (out := meta_step(policy, theta, tasks, play, climb, alpha))[0], dict(zip(out[1], reversed(out[1].values())))
return theta, → return phi,  # You return φ. The inner steps are forgotten after each iteration: what is kept is the new θ.
# θ goes to the mean of the φ. That is Reptile; MAML climbs along the meta-gradient.
    climb(meta_gradient(policy, theta, support, prepare(after), alpha)) → {name: p.mean(0) for name, p in phi.items()}
# Those are rewards of single steps. `returns()` of the trajectories has the sum of each episode: take their mean.
    before.returns().mean() → before.reward.mean()
    after.returns().mean() → after.reward.mean()
# "return_after" is what φ earns, in the episodes that judge it. Yours is what the new θ earns.
    after.returns().mean() → play(stack(theta, len(tasks[0])), tasks).returns().mean()
# `inner_step` takes the experience of one task. `vmap` runs it for all of them, each with its own φ.
    vmap(lambda one: inner_step(policy, theta, one, alpha))(support) → inner_step(policy, theta, support, alpha)
"""

EXERCISE = exercise(meta_step, cases, MISTAKES, survivors={"gradient": "training goes on from the numbers of θ"})
