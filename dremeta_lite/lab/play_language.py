"""Find out a hidden language yourself: a word is heard, a button an action, and rivals that then meet the same language."""

from collections.abc import Mapping, Sequence

import torch

from dremeta_lite.lab.by_hand import ByHand, TrialByHand
from dremeta_lite.lab.views.language import ACTIONS, WordsView
from dremeta_lite.learner import generator
from dremeta_lite.tasks.language import HiddenLanguage
from dremeta_lite.trials import Agent, play_trial


class LanguageByHand(TrialByHand):
    """A language that a person finds out. After the last try the rivals meet it, too: the same language, but other words are heard.

    Attributes:
        tries: word, action and reward of each.
        played: the rewards of each rival, once the trial is over.
    """

    def __init__(self, family: HiddenLanguage, seed: int, rivals: Mapping[str, Agent]) -> None:
        self.rivals, self.luck = rivals, generator(seed)
        super().__init__(family, seed)

    def reset(self) -> None:
        super().reset()
        self.tries, self.played = list[tuple[int, int, float]](), dict[str, list[float]]()

    @property
    def word(self) -> int:
        """The word that is heard."""
        return int(self.episode.observation)

    def act(self, action: int, /) -> bool:
        """Answer; the next word is heard at once. False if the trial is over and nothing was done."""
        if self.over:
            return False
        word, step = self.word, self.episode.step(torch.tensor([action]))
        self.actions.append(action)
        self.rewards.append(step.reward.item())
        self.tries.append((word, action, self.rewards[-1]))
        if self.over:
            each = {name: play_trial(self.family, self.task, agent, self.luck) for name, agent in self.rivals.items()}
            self.played = {name: trial.reward.flatten().tolist() for name, trial in each.items()}
        else:
            self.episode.reset()
        return True


class PlayLanguage(ByHand):
    """Buttons to answer with, and the picture.

    Args:
        seed: draws the languages.
        rivals: agents by name, which meet each language after the person has.
        sample: the actions that are taken where nobody can press a button.
    """

    view: WordsView
    again = ("New one", "another language: other meanings, which must be found out again")
    over = "No try is left. Press New one for another language."

    def __init__(
        self,
        family: HiddenLanguage,
        name: str = "play-language",
        seed: int = 0,
        rivals: Mapping[str, Agent] | None = None,
        sample: Sequence[int] = (0, 1, 2, 3, 0, 1),
    ) -> None:
        self.trial = LanguageByHand(family, seed, rivals or {})
        buttons = {ACTIONS[a].capitalize(): f"{ACTIONS[a]} (key {a + 1})" for a in range(family.words)}
        super().__init__(name, self.trial, WordsView(self.trial), buttons, sample=[a for a in sample if a < family.words])
