"""Be the agent: a button for each action, letters that do the same, and a picture of what has happened."""

import html
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import ipywidgets as widgets
import torch

from dremeta_lite.episodes import FamilyEpisodes
from dremeta_lite.hyper import HyperParameters
from dremeta_lite.lab.explorer import Explorer
from dremeta_lite.lab.notebook import front_end
from dremeta_lite.learner import generator
from dremeta_lite.tasks.family import TaskFamily


class Game(Protocol):
    """What is played."""

    @property
    def begun(self) -> bool:
        """Whether anything has happened since the last reset."""
        ...

    def act(self, action: int, /) -> bool:
        """Do it; False if the game is over and nothing was done."""
        ...

    def reset(self) -> Any:
        """Begin again."""
        ...


class TrialByHand:
    """A trial that a person plays: a task that the person is not told, and all that has happened in it.

    Args:
        family: one whose actions are a choice.
        seed: draws the tasks, and what happens in them.

    Attributes:
        task: a batch of one.
    """

    def __init__(self, family: TaskFamily[Any], seed: int = 0) -> None:
        self.family, self.rng = family, generator(seed)
        self.reset()

    def reset(self) -> None:
        """Begin a new trial, of another task."""
        self.task = self.family.sample_tasks(1, self.rng)
        self.episode = FamilyEpisodes(self.family, self.task, self.rng)
        self.episode.reset()
        self.actions, self.rewards = list[int](), list[float]()

    def act(self, action: int, /) -> bool:
        """Take a step; False if the trial is over and nothing was done. After an episode's last step the next one begins at the start."""
        if self.over:
            return False
        if self.rewards and len(self.rewards) % self.family.horizon == 0:
            self.episode.reset()
        self.actions.append(action)
        self.rewards.append(self.episode.step(torch.tensor([action])).reward.item())
        return True

    @property
    def state(self) -> torch.Tensor:
        """The present one [1, …]; that of the last step when an episode is over."""
        return self.episode.state

    @property
    def begun(self) -> bool:
        """Whether a step has been taken."""
        return bool(self.rewards)

    @property
    def over(self) -> bool:
        """Whether no step is left."""
        return len(self.rewards) == self.family.horizon * self.family.episodes

    def returns(self) -> list[float]:
        """Of each episode so far."""
        return [sum(self.rewards[i : i + self.family.horizon]) for i in range(0, len(self.rewards), self.family.horizon)]


class ByHand(Explorer):
    """Buttons to act with, and the picture.

    The arrow keys of the keyboard do not reach a notebook's core widgets. The buttons work with Tab and the space bar, and letters typed
    into the box act, too.

    Args:
        actions: the text of each action's button, with its tooltip.
        again: the same for the button that begins again.
        over: what is said when an action comes after the end.
        keys: a letter an action; without, there is no box to type into.
        sample: the actions that are played where nobody can press a button.
        hyper, controls, below: as for `Explorer`.
    """

    def __init__(
        self,
        name: str,
        game: Game,
        view: Any,
        actions: Mapping[str, str],
        again: tuple[str, str],
        over: str,
        *,
        keys: str = "",
        sample: Sequence[int] = (),
        hyper: HyperParameters | None = None,
        controls: Sequence[str] = (),
        below: Sequence[widgets.Widget] = (),
    ) -> None:
        self.game, self.over, self.letters, self.sample = game, over, keys, sample
        self.buttons = {word: widgets.Button(description=word, tooltip=tip) for word, tip in actions.items()}
        for action, button in enumerate(self.buttons.values()):
            button.on_click(lambda _, action=action: self._act(action))
        self.reset = widgets.Button(description=again[0], tooltip=again[1])
        self.reset.on_click(lambda _: self._reset())
        row = widgets.HBox([*self.buttons.values(), self.reset])
        if keys:
            row.children = (*row.children, self._box())
        row.add_class("dremeta-buttons")
        super().__init__(name, hyper or HyperParameters(), view, controls, above=[row], below=below)

    def _box(self) -> widgets.Text:
        """Where letters are typed, in the order in which they lie on a keyboard."""
        what = {letter: word.lower() for letter, word in zip(self.letters, self.buttons, strict=True)}
        order = sorted(what, key="wasdx".index)
        self.keys = widgets.Text(
            description=f"or type {', '.join(order)}",
            continuous_update=True,
            style={"description_width": "initial"},
            tooltip=", ".join(f"{letter}: {what[letter]}" for letter in order) + ". Other letters do nothing.",
        )
        self.keys.observe(self._typed, "value")
        return self.keys

    def show(self) -> None:
        """Display it; where nobody can press a button, a short sample is played first."""
        if front_end() == "headless" and not self.game.begun:
            for action in self.sample:
                self.game.act(action)
        super().show()

    def paint(self) -> bytes:
        png = super().paint()
        self.summary.value = f'<p class="dremeta-summary" role="status">{html.escape(self.view.summary())}</p>'
        return png

    def _act(self, action: int) -> None:
        self._complain("" if self.game.act(action) else self.over)
        self.paint()

    def _typed(self, change: Mapping[str, Any]) -> None:
        """Only what was added at the end acts: taking letters away does nothing."""
        old, new = change["old"], change["new"]
        for letter in new[len(old) :].lower() if new.startswith(old) else "":
            if letter in self.letters:
                self._act(self.letters.index(letter))

    def _reset(self) -> None:
        self.game.reset()
        if self.letters:
            self.keys.value = ""
        self._complain("")
        self.paint()
