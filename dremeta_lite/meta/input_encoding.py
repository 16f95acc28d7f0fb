"""Input encodings: what the memory of RL² is told after a step, and how the observation is shown to the actor.

A network that has to multiply by itself learns far more slowly, and so does one whose inputs hardly differ from 0.
So there are several input encodings, and a family gets the one that suits its numbers:

    plain    [a·r, a·(1-r), time, s', r, ended, time]                   which action brought how much
    pairs    [(s,a)·r, (s,a)·(1-r), time, s', ended, time]              which action brought how much where: states and actions are counted
    moves    [d·r, s'·r, d, s', a, r, r², |s'|², ended]                 real numbers, counted in steps: d is what the step changed
    pushes   [s', a, a², d, a·d, sin θ·d, ended]                        a pendulum: d is what the step changed of the speed
    effects  [s', d, a, d·a, r]                                         real numbers: d is what the step changed, d·a what each motor did
    nothing  nothing                                                    a policy without a memory, which sees what is there now
"""

import math
from abc import ABC, abstractmethod
from typing import Any

import torch
from gymnasium.spaces import Box, Discrete
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.compatibility import need
from dremeta_lite.networks import Params
from dremeta_lite.tasks import Navigation2D, Pendulum, TaskFamily
from dremeta_lite.trials import Seen

KEPT = 6.0
"""Logit of what is kept in a step that is no business of a memory's: 99.75 %."""


class InputEncoding(ABC):
    """What happened in a step, in numbers. `size`: how many they are."""

    size: int
    tells = True
    """The memory is told anything at all."""

    def __init__(self, family: TaskFamily) -> None:
        self.family, self.discrete = family, isinstance(family.action_space, Discrete)
        self.sees = not isinstance(family.observation_space, Discrete) or family.observation_size > 1

    @abstractmethod
    def encode(self, step: Seen, clock: Float[Tensor, "2"]) -> Float[Tensor, "n size"]:
        """A step of n trials in numbers. `clock`: the fraction of the episode and of the trial that has passed."""

    def prepare(self, gru: Params, memory: int, steps: int) -> None:  # noqa: B027 (most need not)
        """Change the memory's first weights, in place, where this input encoding asks for it. `steps`: of a trial."""

    def show(self, observation: Tensor) -> Float[Tensor, "*n obs"]:
        """What is seen now, in numbers."""
        return self.family.features(observation)

    def code(self, action: Tensor) -> Float[Tensor, "*n action"]:
        """An action as numbers: a choice as a one-hot vector."""
        if not self.discrete:
            return action
        return torch.nn.functional.one_hot(action, self.family.action_size).to(torch.get_default_dtype())


class Plain(InputEncoding):
    """[a·r, a·(1-r), time in the trial, s', r, ended, time in the episode]

    The observation is the one that the step led to, before any new episode began: the reward belongs to it. What is the same in every step
    is left out, since it would only disturb: s' if there is nothing to see, `ended` and the time in the episode if episodes have one step,
    and r where the one-hot code of a makes it the sum of the products.
    """

    def __init__(self, family: TaskFamily) -> None:
        super().__init__(family)
        seen, acts = family.observation_size, family.action_size
        self.size = 2 * acts + 1 + seen * self.sees + (not self.discrete) + 2 * (family.horizon > 1)

    def encode(self, step: Seen, clock: Float[Tensor, "2"]) -> Float[Tensor, "n size"]:
        action, reward, clocks = self.act(step), step.reward[:, None], clock.expand(len(step.reward), 2)
        told = [action * reward, action * (1 - reward), clocks[:, 1:]]
        if self.sees:
            told.append(self.family.features(step.next_observation))
        if not self.discrete:
            told.append(reward)
        if self.family.horizon > 1:
            told += [step.ended[:, None], clocks[:, :1]]
        return torch.cat(told, -1)

    def act(self, step: Seen) -> Float[Tensor, "n act"]:
        """What was done, as numbers."""
        return self.code(step.action)


class Pairs(Plain):
    """[(s,a)·r, (s,a)·(1-r), time in the trial, s', ended, time in the episode], (s,a) being the one-hot code of the pair.
    Raises ValueError: states or actions cannot be counted."""

    def __init__(self, family: TaskFamily) -> None:
        super().__init__(family)
        counted = self.discrete and isinstance(family.observation_space, Discrete)
        need(counted, 'RL² that is told "pairs"', "states and actions to count", family, "real numbers among them")
        self.pairs = family.action_size * family.observation_size
        self.size += 2 * (self.pairs - family.action_size)

    def prepare(self, gru: Params, memory: int, steps: int) -> None:
        """Begin with a memory for each pair by itself."""
        remember_each(gru, memory, self.pairs, steps / self.pairs)

    def act(self, step: Seen) -> Float[Tensor, "n pair"]:
        return (self.show(step.observation)[:, :, None] * self.code(step.action)[:, None]).flatten(1)


def remember_each(gru: Params, memory: int, pairs: int, visits: float) -> None:
    """Let a GRU, in place, begin with a memory for each pair by itself: two numbers, as far as there is room, that change only when the
    pair comes up. Its first inputs are the pairs times r, and then the pairs times 1 - r.

    With v `visits` to be expected in a trial, one is the mean of the pair's rewards, the later ones counting more, and one grows with the
    visits:

        h ← (v h + 2 tanh(r/2)) / (v + 2)        h ← (3 v h + 2 tanh(1)) / (3 v + 2)

    All of that is a beginning: these weights are trained like the others.
    """
    visits = max(1.0, visits)
    odds = math.log(visits / 2), math.log(1.5 * visits)  # of keeping, when the pair comes up
    for unit in range(min(2 * pairs, memory)):
        pair, counts = unit % pairs, unit // pairs
        keep, new = memory + unit, 2 * memory + unit
        for name in ("see", "remember"):
            gru[name][:, [keep, new]] = 0
        gru["see_bias"][keep] = KEPT
        gru["see"][[pair, pairs + pair], keep] = odds[counts] - KEPT
        gru["see"][pair, new] = 1.0 if counts else 0.5
        gru["see"][pairs + pair, new] = 1.0 if counts else 0.0


class Moves(InputEncoding):
    """[d·r, s'·r, d, s', a, r, r², |s'|², ended], with d = s' - s, and all lengths counted in steps: a full step is 1 long.

    In plane units a step is 0.1 and shortens the distance by less: what tells where the goal is would be lost among inputs of every size.
    No clock: the way is found in the first steps, and what comes after them need not be trained.

    Raises:
        ValueError: the family is no walk in the plane.
    """

    def __init__(self, family: TaskFamily) -> None:
        super().__init__(family)
        need(isinstance(family, Navigation2D), 'RL² that is told "moves"', "a walk in the plane", family, "none")
        self.unit, self.size = Navigation2D.max_speed, 4 * family.observation_size + family.action_size + 4

    def encode(self, step: Seen, clock: Float[Tensor, "2"]) -> Float[Tensor, "n size"]:
        place, reward = self.show(step.next_observation), step.reward[:, None] / self.unit
        move, square = place - self.show(step.observation), place.square().sum(-1, keepdim=True)
        action = step.action.clamp(-1, 1)  # the world clips it
        told = [move * reward, place * reward, move, place, action, reward, reward.square(), square, step.ended[:, None]]
        return torch.cat(told, -1)

    def show(self, observation: Tensor) -> Float[Tensor, "*n obs"]:
        return self.family.features(observation) / self.unit


class Pushes(InputEncoding):
    """[s', a, a², d, a·d, sin θ·d, ended], with d = θ̇' - θ̇: the products say what the motor does, and what gravity does. No reward, which
    tells nothing of a pendulum that the state does not tell.

    Raises:
        ValueError: the family is no pendulum.
    """

    def __init__(self, family: TaskFamily) -> None:
        super().__init__(family)
        need(isinstance(family, Pendulum), 'RL² that is told "pushes"', "a pendulum", family, "none")
        space: Any = family.action_space
        self.strongest, self.size = float(space.high[0]), 9

    def encode(self, step: Seen, clock: Float[Tensor, "2"]) -> Float[Tensor, "n size"]:
        change = (step.next_observation - step.observation)[:, 2:]
        action, sine = step.action.clamp(-self.strongest, self.strongest) / self.strongest, step.observation[:, 1:2]
        told = [self.show(step.next_observation), action, action.square(), change, action * change, sine * change, step.ended[:, None]]
        return torch.cat(told, -1)

    def show(self, observation: Tensor) -> Float[Tensor, "*n obs"]:
        return observation / observation.new_tensor([1.0, 1.0, Pendulum.max_velocity])


class Effects(InputEncoding):
    """[s', d, a, d ⊗ a, r], with d = s' - s: the products say which way each motor moves each number. No clock, so that a trial may go on
    for longer than was practised.

    Raises:
        ValueError: observations or actions are no real numbers.
    """

    def __init__(self, family: TaskFamily) -> None:
        super().__init__(family)
        real = isinstance(family.observation_space, Box) and isinstance(family.action_space, Box)
        need(real, 'RL² that is told "effects"', "observations and actions that are real numbers", family, "choices among them")
        seen, acts = family.observation_size, family.action_size
        self.size = 2 * seen + acts + seen * acts + 1

    def encode(self, step: Seen, clock: Float[Tensor, "2"]) -> Float[Tensor, "n size"]:
        after, action = self.show(step.next_observation), step.action.clamp(-1, 1)
        change = after - self.show(step.observation)
        products = (change[:, :, None] * action[:, None]).flatten(1)
        return torch.cat([after, change, action, products, step.reward[:, None]], -1)


class Nothing(InputEncoding):
    """The memory stays as it was at the start of a trial: what acts is a policy without a memory, trained over all tasks."""

    tells, size = False, 1

    def encode(self, step: Seen, clock: Float[Tensor, "2"]) -> Float[Tensor, "n size"]:
        return torch.zeros(len(step.reward), 1, device=step.reward.device)


INPUT_ENCODINGS: dict[str, type[InputEncoding]] = {
    "plain": Plain,
    "pairs": Pairs,
    "moves": Moves,
    "pushes": Pushes,
    "effects": Effects,
    "nothing": Nothing,
}
