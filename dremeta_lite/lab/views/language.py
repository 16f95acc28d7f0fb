"""Hidden languages: the tries of a trial, and a language that a person finds out."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.patches import Rectangle

from dremeta_lite.lab.looks import Look, task_colour
from dremeta_lite.lab.parts import BELOW, Artist, Axes, Part, Row, legend
from dremeta_lite.lab.style import GREY, SKY
from dremeta_lite.lab.views.bandit import Rewards
from dremeta_lite.tasks.language import LEXICON, HiddenLanguage, LanguageTask
from dremeta_lite.titles import ORACLE
from dremeta_lite.trials import Trial

ACTIONS = ("jump", "turn", "clap", "wave", "sit", "bow")
"""What the actions are called. Their order says nothing."""
MARKERS = "os^Dv*"


def look(action: int) -> Look:
    """An action has a colour and a marker of its own."""
    return {"marker": MARKERS[action], "ls": "", "color": task_colour(action), "ms": 8}


class TriesSide(Part):
    """The tries of one trial, a row a word: what was done, filled where it paid. What `TrialsView` shows below its curves.

    Args:
        index: which one of the trial's languages is shown.
    """

    height = 2.3

    def __init__(self, family: HiddenLanguage, index: int = 0) -> None:
        self.family, self.index, self.known = family, index, list[int]()

    def setup(self, axes: Axes) -> list[Artist]:
        n, k = self.family.episodes, self.family.words
        axes.set(title="One trial: filled where it paid", xlabel="try", ylabel="word (its meaning)")
        axes.set(xlim=(0.2, n + 0.8), ylim=(k + 0.6, 0.4))
        axes.set(yticks=range(1, k + 1), xticks=range(1, n + 1, max(1, n // 10)))
        legend(axes, {ACTIONS[a]: look(a) for a in range(k)}, {**BELOW, "bbox_to_anchor": (0.5, -0.3)})
        filled = {f"{ACTIONS[a]} paid": look(a) for a in range(k)}
        return self.lines(axes, filled | {f"{ACTIONS[a]} did not": {**look(a), "mfc": "white", "mew": 1.5} for a in range(k)})

    def show(self, trial: Trial, task: LanguageTask, agent: Any = None) -> None:
        known = task.meaning[self.index].tolist()
        if known != self.known:  # the labels belong to the background
            self.known = known
            self.axes.set_yticklabels([f"{LEXICON[w]} ({ACTIONS[a]})" for w, a in enumerate(known)])
        rows = [x[self.index, :, 0].cpu().numpy() for x in (trial.observation, trial.action, trial.reward)]
        self.word, self.action, self.paid = rows[0], rows[1], rows[2] > 0
        number = np.arange(1, len(self.word) + 1)
        for a in range(self.family.words):
            for name, which in (("paid", self.paid), ("did not", ~self.paid)):
                here = (self.action == a) & which
                self.drawn[f"{ACTIONS[a]} {name}"].set_data(number[here], self.word[here] + 1)

    def words(self) -> str:
        last = {w: ACTIONS[a] for w, a in zip(self.word, self.action, strict=True)}
        right = sum(last[w] == ACTIONS[a] for w, a in enumerate(self.known) if w in last)
        n = len(self.paid)
        return (
            f"In one language {self.paid.sum()} of {n} tries pay, in the second half {self.paid[n // 2 :].sum()} of {n - n // 2}; "
            f"{right} of {len(self.known)} words are understood at the end."
        )


class Tried(Part):
    """A row a word, a column an action: what has paid, what has failed, and a band on the word that is heard."""

    grain = (1, 1)

    def __init__(self, words: int) -> None:
        self.n = words

    def setup(self, axes: Axes) -> list[Artist]:
        n = self.n
        axes.set(title="What you have tried", xlim=(0.5, n + 0.5), ylim=(n + 0.5, 0.5), xticks=range(1, n + 1), yticks=range(1, n + 1))
        axes.set(xticklabels=[f"{i}: {ACTIONS[i - 1]}" for i in range(1, n + 1)], yticklabels=LEXICON[:n], ylabel="word")
        self.band = axes.add_patch(Rectangle((0.5, 0.5), n, 1, facecolor=SKY, alpha=0.3, zorder=1))
        dot: Look = {"marker": "o", "ls": "", "ms": 14, "color": task_colour(0), "zorder": 3}
        cross: Look = {"marker": "x", "ls": "", "ms": 11, "mew": 2.5, "color": GREY, "zorder": 3}
        return [self.band, *self.lines(axes, {"paid": dot, "failed": cross})]

    def show(self, tries: Sequence[tuple[int, int, float]], heard: int | None) -> None:
        """Set what happened (word, action, reward), and which word is heard now."""
        for name, pays in (("paid", True), ("failed", False)):
            found = [(a + 1, w + 1) for w, a, r in tries if (r > 0) == pays]
            self.drawn[name].set_data(*np.reshape(found, (-1, 2)).T)
        self.band.set(visible=heard is not None, y=0.5 + (heard or 0))


class Understood(Rewards):
    """The rewards so far; when the last try is over, what knowing the language pays, and what guessing does, and what rivals got."""

    guides = (ORACLE, "guessing")

    def setup(self, axes: Axes) -> list[Artist]:
        moving = super().setup(axes)
        axes.set(xlabel="tries", yticks=axes.get_xticks())
        return moving


class WordsView(Row):
    """Left: what was tried for each word. Right: the rewards so far."""

    def __init__(self, trial: Any) -> None:
        self.trial = trial
        self.tried, self.rewards = Tried(trial.family.words), Understood(trial.family.episodes, list(trial.rivals))
        super().__init__(self.tried, self.rewards, widths=(1.2, 1), size=(9.6, 3.6))

    def update(self, now: Any = None) -> None:
        trial, n = self.trial, self.trial.family.episodes
        self.tried.show(trial.tries, None if trial.over else trial.word)
        self.rewards.reward(trial.rewards, (n, n / trial.family.words) if trial.over else (), trial.played)
        said = [f"{LEXICON[w]}: {ACTIONS[a]} {'paid' if r else 'did not pay'}" for w, a, r in trial.tries[-1:]]
        said.append(f"Rewards so far: {sum(trial.rewards):.0f} in {len(trial.tries)} tries" if trial.begun else "A new language")
        if not trial.over:
            said.append(f"You hear: {LEXICON[trial.word]}")
        else:
            said.append("The words meant " + ", ".join(f"{LEXICON[w]} {ACTIONS[a]}" for w, a in enumerate(trial.task.meaning[0].tolist())))
            said += [f"In the same language {name} got {sum(each):.0f}" for name, each in trial.played.items()]
        self._words = ". ".join(said) + "."
