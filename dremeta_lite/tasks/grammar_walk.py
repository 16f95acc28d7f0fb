"""GrammarWalk: "go to the zup dax". Two words of a hidden language ask for one of four objects on a grid, and it has to be walked to."""

from functools import cache
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box, Discrete
from jaxtyping import Bool, Float, Int
from torch import Tensor

from dremeta_lite.tasks import cells
from dremeta_lite.tasks.family import Counted, Rewards
from dremeta_lite.tasks.grammar import PAINTS, GrammarTask, HiddenGrammar

SIDE, OBJECTS, FAR = 5, 4, 99
MIDDLE = SIDE**2 // 2
HORIZON = 6


class GrammarWalk(HiddenGrammar):
    """Two words of a hidden language ask for one of four objects on a grid, and it has to be walked to.

    ## Description
    The languages of `HiddenGrammar`, and its scenes: two colours, each in the same two shapes. Here the four objects lie on a 5×5 grid,
    and the agent stands in its middle. It walks, and the first object that it steps on is the one that it takes: the episode is over, and
    pays 1 if that is the one which was asked for. So an agent has to learn two things from one reward: to walk, which is the same in all
    languages, and what the words mean, which differs. There is always a way to each object, of at most six steps, that touches no other.

    ## Action Space
    `Discrete(4)`: 0 up, 1 right, 2 down, 3 left. At the edge nothing happens.

    ## Observation Space
    `Box(-1, 1, (6 K + 10,))`

    | Num | Observation | Min | Max | Unit |
    |-----|-------------|-----|-----|------|
    | 0 to 6K - 1 | words, colours and shapes, as in `HiddenGrammar` | 0 | 1 | |
    | 6K, 6K + 1 | row and column of the agent | 0 | 1 | 4 cells |
    | 6K + 2 to 6K + 9 | rows below and columns right of the agent, object by object | -1 | 1 | 4 cells |

    Objects are in the order of `HiddenGrammar`'s actions: of the first colour and the first shape, the first and the second, and so on.

    ## Rewards
    1 for stepping on the object that is asked for, else 0.

    ## Starting State
    A scene of `HiddenGrammar`. The four cells are drawn from all in which there is a way to each object, each equally likely.

    ## Episode End
    1. Termination: the agent has stepped on an object.
    2. Truncation: after six steps.

    ## Task Parameters and Arguments
    As of `HiddenGrammar`.

    ## Source
    Our own. Instructions in invented words that send an agent to an object, learned from reward: Hill, Tieleman, von Glehn, Wong, Merzic
    and Clark: Grounded Language Learning Fast and Slow. ICLR 2021, arXiv 2009.01719.
    """

    name = "GrammarWalk"
    horizon = HORIZON

    def __init__(self, words: int = 4, tries: int = 24) -> None:
        super().__init__(words, tries)
        low = np.zeros(6 * self.words + 2 + 2 * OBJECTS, np.float32)
        low[-2 * OBJECTS :] = -1
        self.action_space, self.observation_space = Discrete(4), Box(low, np.ones_like(low), dtype=np.float32)

    def initial(self, rng: torch.Generator | None = None, params: GrammarTask | None = None) -> Int[Tensor, "*batch 11"]:
        """Two words, the colours and shapes of the scene, the cells of the four objects and of the agent. Raises ValueError: no `rng`."""
        scene = super().initial(rng, params)[..., :-1]
        assert rng is not None
        which = torch.randint(len(placements()), scene.shape[:-1], generator=rng, device=rng.device).to(scene.device)
        order = torch.rand(*scene.shape[:-1], OBJECTS, generator=rng, device=rng.device).argsort(-1).to(scene.device)
        places = placements().to(scene.device)[which].gather(-1, order)
        return torch.cat([scene, places, torch.full_like(scene[..., :1], MIDDLE)], -1)

    def transition(
        self, state: Int[Tensor, "*#batch 11"], action: Counted, rng: Any = None, params: GrammarTask | None = None
    ) -> Int[Tensor, "*batch 11"]:
        """A step to the neighbour, and none once an object was taken."""
        here, action = torch.broadcast_tensors(state[..., -1], action)
        there = torch.where(self.terminal(state), here, neighbours().to(state.device)[here, action])
        return torch.cat([state[..., :-1].expand(*here.shape, 10), there.unsqueeze(-1)], -1)

    def reward(
        self, state: Int[Tensor, "*#batch 11"], action: Counted, next_state: Tensor, rng: Any = None, params: GrammarTask | None = None
    ) -> Rewards:
        """1 for the object that is asked for, when it is stepped on."""
        meant = self._asked(state[..., :6], params or self.default_params)
        on = next_state[..., 6:10] == next_state[..., 10:]
        right = (on & (meant.unsqueeze(-1) == torch.arange(OBJECTS, device=state.device))).any(-1)
        return (right & ~self.terminal(state)).to(torch.get_default_dtype())

    def terminal(self, state: Int[Tensor, "*batch 11"], rng: Any = None, params: GrammarTask | None = None) -> Bool[Tensor, "*batch"]:
        """An object was stepped on."""
        return (state[..., 6:10] == state[..., 10:]).any(-1)

    def observation(
        self, state: Int[Tensor, "*batch 11"], rng: Any = None, params: GrammarTask | None = None
    ) -> Float[Tensor, "*batch obs"]:
        """Words and scene in one-hot codes, and where things are."""
        scene = (state[..., :6, None] == torch.arange(self.words, device=state.device)).flatten(-2)
        here, places = (torch.stack([x // SIDE, x % SIDE], -1) for x in (state[..., 10:], state[..., 6:10]))
        numbers = torch.cat([here.flatten(-2), (places - here).flatten(-2)], -1) / (SIDE - 1)
        return torch.cat([scene, numbers], -1).to(torch.get_default_dtype())

    def scene(self, observation: Float[Tensor, "*n obs"]) -> Float[Tensor, "*n scene"]:
        """What `HiddenGrammar` would show: the words, the colours and the shapes."""
        return observation[..., : 6 * self.words]

    def _numbers(self, observation: Float[Tensor, "*n obs"]) -> Int[Tensor, "*n 6"]:
        return super()._numbers(self.scene(observation))

    def meanings(self, observation: Float[Tensor, "*n obs"]) -> Float[Tensor, "*n object meaning"]:
        """What each object is, as in `HiddenGrammar`."""
        return super().meanings(self.scene(observation))

    def seen_from_here(self, observation: Float[Tensor, "*n obs"]) -> Int[Tensor, "*n object 2"]:
        """How many rows below the agent and columns right of it each object lies."""
        return ((SIDE - 1) * observation[..., -2 * OBJECTS :]).round().long().unflatten(-1, (OBJECTS, 2))

    def taken(self, observation: Float[Tensor, "*n obs"]) -> Int[Tensor, "*n"]:
        """The object that the agent stands on; -1 if there is none."""
        on = (self.seen_from_here(observation) == 0).all(-1)
        return torch.where(on.any(-1), on.long().argmax(-1), -1)

    def best_action(self, observation: Float[Tensor, "*#batch obs"], task: GrammarTask) -> Int[Tensor, "*batch"]:
        """Towards what is asked for, to one who knows the language."""
        return self.towards(observation, self._asked(self._numbers(observation), task))

    def towards(self, observation: Float[Tensor, "*#batch obs"], goal: Int[Tensor, "*#batch"]) -> Int[Tensor, "*batch"]:
        """The first step of a shortest way to an object, by its number, that touches none of the others."""
        here = ((SIDE - 1) * observation[..., 6 * self.words : 6 * self.words + 2]).round().long()
        places = here.unsqueeze(-2) + self.seen_from_here(observation)
        here, places = here[..., 0] * SIDE + here[..., 1], places[..., 0] * SIDE + places[..., 1]
        there = places.gather(-1, goal.clamp(min=0).unsqueeze(-1))
        others = occupied(torch.where(places == there, FAR, places))
        after = neighbours().to(here.device)[here]  # [..., move]
        left = steps_from(there.squeeze(-1), others).masked_fill(others, FAR)
        return left.gather(-1, after).argmin(-1)

    def render_image(self, state: Tensor, render_state: None, params: GrammarTask | None = None) -> tuple[None, np.ndarray]:
        """An RGB picture, 32 pixels a cell: objects in their colours with as many black bars as the number of the shape, a blue line below
        the one that is asked for, and the agent as a blue disc."""
        scene, places, here = state[:6].tolist(), state[6:10].tolist(), int(state[10])
        meant = int(self._asked(state[:6], params or self.default_params))
        paints = [(255, 255, 255)] * SIDE**2
        for i, place in enumerate(places):
            paints[place] = tuple(PAINTS[scene[2 + i // 2]].tolist())
        image = cells.picture(paints, SIDE, here)
        for i, place in enumerate(places):
            corner = image[cells.PIXELS * (place // SIDE) :, cells.PIXELS * (place % SIDE) :]
            for bar in range(scene[4 + i % 2]):
                corner[4 + 5 * bar : 6 + 5 * bar, 4:28] = 0
            if i == meant:
                corner[28:31, 3:29] = cells.AGENT
        return None, image


@cache
def neighbours() -> Int[Tensor, "cell move"]:
    """The cell that each move leads to."""
    return cells.neighbours(np.full((SIDE, SIDE), "."))


def occupied(places: Int[Tensor, "*n place"]) -> Bool[Tensor, "*n cell"]:
    """Whether each cell is one of those named; a number that is no cell names none."""
    return (places.unsqueeze(-1) == torch.arange(SIDE**2, device=places.device)).any(-2)


def steps_from(start: Int[Tensor, "*n"], closed: Bool[Tensor, "*n cell"]) -> Int[Tensor, "*n cell"]:
    """How many steps it takes from a cell to each, where a closed one can be entered and not left; FAR if more than an episode has."""
    reached = start.unsqueeze(-1) == torch.arange(SIDE**2, device=start.device)
    steps = torch.where(reached, 0, FAR)
    leaves = reached
    for n in range(1, HORIZON + 1):
        reached = reached | leaves[..., neighbours().to(start.device)].any(-1)
        steps, leaves = torch.where(reached & (steps == FAR), n, steps), reached & ~closed
    return steps


@cache
def placements() -> Int[Tensor, "way object"]:
    """Every set of four cells, beside the middle, in which each can be reached in time without stepping on another."""
    others = torch.tensor([cell for cell in range(SIDE**2) if cell != MIDDLE], device="cpu")
    sets = torch.combinations(others, OBJECTS)
    steps = steps_from(torch.full((len(sets),), MIDDLE, device="cpu"), occupied(sets))
    return sets[(steps.gather(-1, sets) < FAR).all(-1)]
