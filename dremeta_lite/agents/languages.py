"""Agents that learn a hidden language by ruling out: what each of them takes for granted, and nothing else, tells them apart.

    Elimination            what did not pay is not what this word means
    MutualExclusivity      and what another word is known to mean, this one does not mean either
    BayesGreedy            every language that contradicts anything heard so far is ruled out, and the likeliest meaning is taken
    Walking                one of these, for a family in which what is meant has to be walked to

A family of languages has `languages()`, all that there are, and `best_action(observation, task)`, what is asked for in a language.
"""

import itertools
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from dremeta_lite.policies import draw_option
from dremeta_lite.tasks.grammar_walk import GrammarWalk
from dremeta_lite.tasks.language import HiddenLanguage, LanguageTask
from dremeta_lite.trials import Agent, Seen


class BayesGreedy(Agent):
    """Keeps every language that agrees with what was heard and paid, all equally likely, and does what most of them ask for.

    Args:
        family: a family of languages.
        languages: those that it holds to be possible before the first try; all of the family's if None.

    Attributes:
        possible: which languages are still possible [task, language].

    Raises (in a trial):
        ValueError: something happened that is impossible in all of its languages.
    """

    def __init__(self, family: Any, languages: Any = None) -> None:
        self.family, self.languages = family, family.languages() if languages is None else languages

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.possible = torch.ones(n, len(self.languages[0]), dtype=torch.bool, device=self.languages[0].device)

    def asked(self, observation: Tensor) -> Int[Tensor, "task language"]:
        """The action that is asked for in each language; -1 where what is asked for is not there."""
        self.languages = type(self.languages)(*(x.to(observation.device) for x in self.languages))
        self.possible = self.possible.to(observation.device)
        return self.family.best_action(observation.unsqueeze(1), type(self.languages)(*(x[None] for x in self.languages)))

    def probabilities_right(self, observation: Tensor) -> Float[Tensor, "task action"]:
        """The chance that each action is the right one: the share of the possible languages that ask for it."""
        asked, actions = self.asked(observation), torch.arange(self.family.action_size, device=observation.device)
        votes = ((asked.unsqueeze(-1) == actions) & self.possible.unsqueeze(-1)).sum(1)
        return votes / votes.sum(-1, keepdim=True)

    def act(self, observation: Tensor) -> Int[Tensor, " task"]:
        return self.probabilities_right(observation).argmax(-1)

    def see(self, step: Seen) -> None:
        asked, action, paid = self.asked(step.observation), step.action.unsqueeze(-1), step.reward.unsqueeze(-1) > 0
        agrees = (asked >= 0) & ((asked == action) == paid)
        self.possible = self.possible & (agrees | ~step.counts.unsqueeze(-1))
        if not self.possible.any(-1).all():
            raise ValueError(f"what happened is impossible in all of the {len(self.languages[0])} languages that this agent knows of")


class Elimination(BayesGreedy):
    """Takes words to have nothing to do with each other: any of the K^K ways to give a meaning to each is possible."""

    def __init__(self, family: HiddenLanguage) -> None:
        k = family.words
        super().__init__(family, LanguageTask(torch.tensor([*itertools.product(range(k), repeat=k)], device="cpu")))


class Walking(Agent):
    """Lets a listener of `HiddenGrammar` choose an object at the beginning of each episode, and walks there by a shortest way."""

    def __init__(self, family: GrammarWalk, listener: Agent) -> None:
        self.family, self.listener = family, listener

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.listener.begin(n, rng)

        self.last: Seen | None = None

    def begin_episode(self) -> None:
        """The listener hears what came of its choice: the object was reached in any case."""
        if self.last is not None:
            self.listener.see(self.last)
        self.last = None

    def act(self, observation: Tensor) -> Int[Tensor, " task"]:
        if self.last is None:
            scene, yes = self.family.scene(observation), torch.ones(len(observation), dtype=torch.bool, device=observation.device)
            self.last = Seen(scene, self.listener.act(scene), yes * 0.0, scene, yes, yes)
        return self.family.towards(observation, self.last.action)

    def see(self, step: Seen) -> None:
        assert self.last is not None
        self.last = self.last._replace(reward=self.last.reward + step.reward)


class MutualExclusivity(Agent):
    """Does what has paid for this word; else an action, drawn at random, that has neither failed for it nor paid for another word.

    It draws no further conclusion: that an action which failed for *other* words is the likelier to be this one's, it does not notice.
    """

    def __init__(self, family: HiddenLanguage) -> None:
        self.words = family.words

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.rng = rng
        self.paid = torch.zeros(n, self.words, self.words, dtype=torch.bool, device="cpu")  # [task, word, action]
        self.failed = torch.zeros_like(self.paid)

    def act(self, observation: Int[Tensor, " task"]) -> Int[Tensor, " task"]:
        self.paid, self.failed = self.paid.to(observation.device), self.failed.to(observation.device)
        row = torch.arange(len(observation), device=observation.device)
        known, failed, taken = self.paid[row, observation], self.failed[row, observation], self.paid.any(1)
        chance = torch.where(known.any(-1, keepdim=True), known, ~(failed | taken)).float()
        return draw_option(chance, self.rng)

    def see(self, step: Seen) -> None:
        here = self._mark(step.observation, step.action) & step.counts[:, None, None]
        paid = (step.reward > 0)[:, None, None]
        self.paid, self.failed = self.paid | (here & paid), self.failed | (here & ~paid)

    def _mark(self, word: Tensor, action: Tensor) -> Bool[Tensor, "task word action"]:
        each = torch.arange(self.words, device=word.device)
        return (word[:, None, None] == each[:, None]) & (action[:, None, None] == each)
