"""HiddenLanguage: somebody says a word, and what it asks for must be found out from rewards alone."""

import itertools
from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium.spaces import Discrete
from jaxtyping import Bool, Float, Int
from torch import Tensor

from dremeta_lite.tasks.family import Counted, Rewards, TaskFamily, whole

LEXICON = ("zup", "dax", "wif", "lug", "toma", "blick")
"""What the words are called in pictures and texts. Nobody who learns them is told."""
PIXELS = 24  # a cell's side in the rendered picture


class LanguageTask(NamedTuple):
    """A task is a language: `meaning` [..., word], the number of the action that each word asks for. No two words mean the same."""

    meaning: Tensor


class HiddenLanguage(TaskFamily[LanguageTask]):
    """Somebody says a word, and what it asks for must be found out from rewards alone.

    ## Description
    There are K words, and each of them asks for one of K actions. Which one, differs from language to language, and nobody says so. In
    every try a word is heard and an action is taken, which pays 1 if it is what the word means. A try is an episode of one step, and the
    tries in one language are one trial. An agent that listens well learns from both answers: what paid is the meaning of this word, and
    of no other; what did not pay is the meaning of another word. That two words do not mean the same is what Markman and Wachtel (1988)
    found children to assume, and call mutual exclusivity.

    ## Action Space
    `Discrete(K)`

    | Num | Action |
    |-----|--------|
    | a | do what meaning number a is |

    ## Observation Space
    `Discrete(K)`

    | Num | Observation | Min | Max |
    |-----|-------------|-----|-----|
    | 0 | number of the word that is heard | 0 | K - 1 |

    ## Rewards
    1 if the action is what the word means in this language, else 0.

    ## Starting State
    One of the K words, each equally likely, in every try.

    ## Episode End
    1. Termination: after the action.
    2. Truncation: one step has passed, which is then the same one.

    ## Task Parameters
    `meaning`: an order of the K actions, each of the K! equally likely.

    ## Arguments
    `words`: K, from 2 to 6, by default 4. `tries`: the episodes of a trial, at least 1, by default 20.

    ## Source
    Our own. Learning words from reward, across many languages: compare Hill, Tieleman, von Glehn, Wong, Merzic and Clark: Grounded
    Language Learning Fast and Slow. ICLR 2021, arXiv 2009.01719.
    """

    name = "HiddenLanguage"
    horizon = 1

    def __init__(self, words: int = 4, tries: int = 20) -> None:
        self.words, self.episodes = whole("words of a HiddenLanguage", words, 2, len(LEXICON)), whole("tries in a language", tries)
        self.action_space = self.observation_space = Discrete(self.words)
        self.task_limits = {"meaning": (0, self.words - 1)}
        super().__init__()

    def get_default_params(self, **kwargs: Any) -> LanguageTask:
        """The last action for the first word, and so on."""
        return LanguageTask(torch.arange(self.words, device="cpu").flip(0))

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> LanguageTask:
        """Draw `n` languages; `meaning` has shape [task, word]."""
        return LanguageTask(torch.rand(n, self.words, generator=rng, device=rng.device).argsort(-1).to(device))

    def languages(self) -> LanguageTask:
        """Every language once: K! of them."""
        return LanguageTask(torch.tensor([*itertools.permutations(range(self.words))], device="cpu"))

    def initial(self, rng: torch.Generator | None = None, params: LanguageTask | None = None) -> Int[Tensor, "*batch"]:
        """A word. Raises ValueError: there is no `rng` to draw it from."""
        if rng is None:
            raise ValueError("which word is heard is random: initial needs a torch.Generator as rng, got None")
        meaning = (params or self.default_params).meaning
        return torch.randint(self.words, meaning.shape[:-1], generator=rng, device=rng.device).to(meaning.device)

    def transition(self, state: Counted, action: Counted, rng: Any = None, params: LanguageTask | None = None) -> Int[Tensor, "*batch"]:
        """The same word, with K added to it: the try is over."""
        state, _ = torch.broadcast_tensors(state, action)
        return torch.where(state < self.words, state + self.words, state)

    def reward(self, state: Counted, action: Counted, next_state: Counted, rng: Any = None, params: LanguageTask | None = None) -> Rewards:
        """1 if the action is what the word means; 0 after the try."""
        meant = self.best_action(state % self.words, params or self.default_params)
        return ((meant == action) & (state < self.words)).to(torch.get_default_dtype())

    def best_action(self, word: Int[Tensor, "*#batch"], task: LanguageTask) -> Int[Tensor, "*batch"]:
        """What a word means to one who knows the language."""
        shape = torch.broadcast_shapes(word.shape, task.meaning.shape[:-1])
        return task.meaning.expand(*shape, self.words).gather(-1, word.expand(shape).unsqueeze(-1)).squeeze(-1)

    def terminal(self, state: Int[Tensor, "*batch"], rng: Any = None, params: LanguageTask | None = None) -> Bool[Tensor, "*batch"]:
        """After the action."""
        return state >= self.words

    def observation(self, state: Int[Tensor, "*batch"], rng: Any = None, params: LanguageTask | None = None) -> Int[Tensor, "*batch"]:
        """The number of the word."""
        return state % self.words

    def heard(self, observation: Int[Tensor, "*n"]) -> Int[Tensor, "*n position"]:
        """The numbers of the words of an instruction: here one."""
        return observation.unsqueeze(-1)

    def meanings(self, observation: Int[Tensor, "*n"]) -> Float[Tensor, "*n action meaning"]:
        """What each action is, in the meanings that words can have: here each is one of them."""
        return torch.eye(self.words, device=observation.device).expand(*observation.shape, self.words, self.words)

    def render_image(self, state: Tensor, render_state: None, params: LanguageTask | None = None) -> tuple[None, np.ndarray]:
        """An RGB picture of the language: a row a word, a column an action, orange where they belong together; the word that is heard has
        a blue frame."""
        meaning, word = (params or self.default_params).meaning.tolist(), int(state) % self.words
        image = np.full((PIXELS * self.words, PIXELS * self.words, 3), 255, np.uint8)
        for row, column in enumerate(meaning):
            image[row * PIXELS : (row + 1) * PIXELS, column * PIXELS : (column + 1) * PIXELS] = (230, 159, 0)
        frame, blue = image[word * PIXELS : (word + 1) * PIXELS], (0, 114, 178)
        frame[:3] = frame[-3:] = blue
        frame[:, :3] = frame[:, -3:] = blue
        return None, image
