"""HiddenGrammar: two words ask for an object, by its colour and its shape; which word says which, is hidden, too."""

import itertools
from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium.spaces import Box, Discrete
from jaxtyping import Bool, Float, Int
from torch import Tensor

from dremeta_lite.tasks.family import Counted, Rewards, TaskFamily, whole

COLOURS, SHAPES = ("blue", "orange", "green", "pink", "amber"), ("circle", "square", "triangle", "star", "cross")
PAINTS = np.array([(0, 114, 178), (230, 159, 0), (0, 158, 115), (204, 121, 167), (240, 190, 60)], np.uint8)
FIRST, SECOND, COLOUR, OTHER_COLOUR, SHAPE, OTHER_SHAPE = range(6)
"""What a state and an observation consist of: two words, two colours and two shapes."""
PIXELS = 32


class GrammarTask(NamedTuple):
    """A task is a language. `first`, `second` [..., word]: what the words of the first and the second place mean, as the number of a colour
    or of a shape. `order` [...]: 0 if the first word names the colour and the second the shape, 1 if it is the other way round."""

    order: Tensor
    first: Tensor
    second: Tensor


class HiddenGrammar(TaskFamily[GrammarTask]):
    """Two words ask for an object, by its colour and its shape; which word says which, is hidden, too.

    ## Description
    There are K words that come first, and K others that come second. In some languages those that come first name a colour and the others
    a shape, in the others it is the other way round. What each word means differs from language to language as well, so that there are
    2 · K! · K! of them, 1,152 for K = 4. A scene has four objects: two colours, each in the same two shapes. An instruction asks for one
    of them, and taking it pays 1. Of the K² instructions only some have been heard by any time. One that was never heard can be obeyed
    all the same by an agent that has learned what *words* mean, and not what instructions mean.

    ## Action Space
    `Discrete(4)`

    | Num | Action |
    |-----|--------|
    | 0 | take the object of the first colour and the first shape |
    | 1 | the first colour and the second shape |
    | 2 | the second colour and the first shape |
    | 3 | the second colour and the second shape |

    ## Observation Space
    `Box(0, 1, (6 K,))`: six one-hot codes

    | Num | Observation | Min | Max |
    |-----|-------------|-----|-----|
    | 0 to K - 1 | the first word | 0 | 1 |
    | K to 2K - 1 | the second word | 0 | 1 |
    | 2K to 3K - 1 | the first colour, which has the lower number | 0 | 1 |
    | 3K to 4K - 1 | the second colour | 0 | 1 |
    | 4K to 5K - 1 | the first shape, which has the lower number | 0 | 1 |
    | 5K to 6K - 1 | the second shape | 0 | 1 |

    ## Rewards
    1 if the object is the one that is asked for, else 0.

    ## Starting State
    A colour and a shape are asked for, each equally likely; the other colour and the other shape of the scene are drawn from the rest.

    ## Episode End
    1. Termination: after the action.
    2. Truncation: one step has passed, which is then the same one.

    ## Task Parameters
    `order` (0 or 1), `first` and `second` (orders of K numbers), each equally likely.

    ## Arguments
    `words`: K, from 3 to 5, by default 4. `tries`: the episodes of a trial, at least 1, by default 24.

    ## Source
    Our own. That a network should understand new combinations of words that it knows: Lake and Baroni: Generalization without
    Systematicity. ICML 2018, arXiv 1711.00350.
    """

    name = "HiddenGrammar"
    horizon = 1

    def __init__(self, words: int = 4, tries: int = 24) -> None:
        self.words, self.episodes = whole("words of a HiddenGrammar", words, 3, len(COLOURS)), whole("tries in a language", tries)
        self.action_space, self.observation_space = Discrete(4), Box(0, 1, (6 * self.words,), np.float32)
        self.task_limits = {"order": (0, 1), "first": (0, self.words - 1), "second": (0, self.words - 1)}
        super().__init__()

    def get_default_params(self, **kwargs: Any) -> GrammarTask:
        """The first word names the colour; word by word in the order of the colours and of the shapes."""
        each = torch.arange(self.words, device="cpu")
        return GrammarTask(torch.tensor(0, device="cpu"), each, each.clone())

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> GrammarTask:
        """Draw `n` languages."""
        order = torch.randint(2, (n,), generator=rng, device=rng.device)
        first, second = torch.rand(2, n, self.words, generator=rng, device=rng.device).argsort(-1)
        return GrammarTask(*(x.to(device) for x in (order, first, second)))

    def languages(self) -> GrammarTask:
        """Every language once."""
        orders = torch.tensor([*itertools.permutations(range(self.words))], device="cpu")
        which = torch.cartesian_prod(*(torch.arange(n, device="cpu") for n in (2, len(orders), len(orders))))
        return GrammarTask(which[:, 0], orders[which[:, 1]], orders[which[:, 2]])

    def initial(self, rng: torch.Generator | None = None, params: GrammarTask | None = None) -> Int[Tensor, "*batch 7"]:
        """Two words, the colours and the shapes of the scene, and 0: nothing was taken yet. Raises ValueError: there is no `rng`."""
        if rng is None:
            raise ValueError("what is asked for is random: initial needs a torch.Generator as rng, got None")
        task = params or self.default_params
        shape, k = task.order.shape, self.words
        asked = torch.randint(k, (2, *shape), generator=rng, device=rng.device).to(task.order.device)  # colour, shape
        apart = torch.randint(1, k, (2, *shape), generator=rng, device=rng.device).to(task.order.device)
        words = torch.stack([self._word(task.first, asked, task.order), self._word(task.second, asked, 1 - task.order)], -1)
        pairs = torch.stack([asked, (asked + apart) % k], -1).sort(-1).values  # [colour or shape, ..., 2]
        return torch.cat([words, pairs[0], pairs[1], torch.zeros_like(words[..., :1])], -1)

    def _word(self, meaning: Tensor, asked: Tensor, kind: Tensor) -> Tensor:
        """The word that names the colour (kind 0) or the shape (kind 1) that is asked for."""
        wanted = torch.where(kind == 0, asked[0], asked[1])
        return (meaning == wanted.unsqueeze(-1)).long().argmax(-1)

    def transition(
        self, state: Int[Tensor, "*#batch 7"], action: Counted, rng: Any = None, params: GrammarTask | None = None
    ) -> Int[Tensor, "*batch 7"]:
        """The same scene; the last number says that the try is over."""
        state = state.expand(*torch.broadcast_shapes(state.shape[:-1], action.shape), 7)
        return torch.cat([state[..., :-1], torch.ones_like(state[..., -1:])], -1)

    def reward(
        self, state: Int[Tensor, "*#batch 7"], action: Counted, next_state: Tensor, rng: Any = None, params: GrammarTask | None = None
    ) -> Rewards:
        """1 for the object that is asked for; 0 after the try."""
        meant = self._asked(state[..., :-1], params or self.default_params)
        return ((meant == action) & (state[..., -1] == 0)).to(torch.get_default_dtype())

    def best_action(self, observation: Float[Tensor, "*#batch obs"], task: GrammarTask) -> Int[Tensor, "*batch"]:
        """What is asked for, to one who knows the language; -1 if the scene has no such object."""
        return self._asked(self._numbers(observation), task)

    def _asked(self, scene: Int[Tensor, "*#batch 6"], task: GrammarTask) -> Int[Tensor, "*batch"]:
        said = [look_up(task.first, scene[..., FIRST]), look_up(task.second, scene[..., SECOND])]
        colour, shape = torch.where(task.order == 0, said[0], said[1]), torch.where(task.order == 0, said[1], said[0])
        near, far = colour == scene[..., COLOUR], colour == scene[..., OTHER_COLOUR]
        this, that = shape == scene[..., SHAPE], shape == scene[..., OTHER_SHAPE]
        return torch.where((near | far) & (this | that), 2 * far.long() + that, -1)

    def terminal(self, state: Int[Tensor, "*batch 7"], rng: Any = None, params: GrammarTask | None = None) -> Bool[Tensor, "*batch"]:
        """After the action."""
        return state[..., -1] == 1

    def observation(
        self, state: Int[Tensor, "*batch 7"], rng: Any = None, params: GrammarTask | None = None
    ) -> Float[Tensor, "*batch obs"]:
        """The words and the scene, in one-hot codes."""
        return torch.nn.functional.one_hot(state[..., :-1], self.words).flatten(-2).to(torch.get_default_dtype())

    def _numbers(self, observation: Float[Tensor, "*n obs"]) -> Int[Tensor, "*n 6"]:
        return observation.unflatten(-1, (6, self.words)).argmax(-1)

    def heard(self, observation: Float[Tensor, "*n obs"]) -> Int[Tensor, "*n position"]:
        """The numbers of the two words."""
        return self._numbers(observation)[..., : SECOND + 1]

    def meanings(self, observation: Float[Tensor, "*n obs"]) -> Float[Tensor, "*n action meaning"]:
        """What each object is, in the meanings that words can have: the one-hot codes of its colour and of its shape."""
        colours, shapes = observation[..., 2 * self.words : 4 * self.words], observation[..., 4 * self.words :]
        colour = colours.unflatten(-1, (2, self.words)).repeat_interleave(2, -2)
        return torch.cat([colour, shapes.unflatten(-1, (2, self.words)).repeat((1,) * (shapes.dim() - 1) + (2, 1))], -1)

    def render_image(self, state: Tensor, render_state: None, params: GrammarTask | None = None) -> tuple[None, np.ndarray]:
        """An RGB picture of the four objects: their colours, with as many black bars as the number of the shape; a blue line below the one
        that is asked for."""
        scene, meant = state[:-1].tolist(), int(self._asked(state[:-1], params or self.default_params))
        image = np.full((PIXELS + 4, 4 * PIXELS, 3), 255, np.uint8)
        for i in range(4):
            cell = image[2 : PIXELS - 2, i * PIXELS + 2 : (i + 1) * PIXELS - 2]
            cell[:] = PAINTS[scene[COLOUR + i // 2]]
            for bar in range(scene[SHAPE + i % 2]):
                cell[4 + 5 * bar : 6 + 5 * bar, 4:-4] = 0
        image[PIXELS:, meant * PIXELS + 2 : (meant + 1) * PIXELS - 2] = (0, 114, 178)
        return None, image


def look_up(table: Int[Tensor, "*#batch word"], word: Int[Tensor, "*#batch"]) -> Int[Tensor, "*batch"]:
    """table[..., word], where both have leading axes that broadcast."""
    word, _ = torch.broadcast_tensors(word, table[..., 0])
    return table.expand(*word.shape, table.shape[-1]).gather(-1, word.unsqueeze(-1)).squeeze(-1)


def never_heard(words: Int[Tensor, "task try position"]) -> Bool[Tensor, "task try"]:
    """Whether all words of an instruction were heard before in the trial, but never together in one instruction."""
    same = words[:, :, None] == words[:, None]  # [task, try, earlier try, position]
    before = torch.ones(words.shape[1], words.shape[1], dtype=torch.bool, device=words.device).tril(-1)[..., None]
    each, together = (same & before).any(2).all(-1), (same.all(-1) & before[..., 0]).any(-1)
    return each & ~together
