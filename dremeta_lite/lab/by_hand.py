"""Be the agent: a button for each action, keys and a click on the picture that do the same, and a picture of what has happened."""

import html
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import ipywidgets as widgets
import numpy as np
import torch

from dremeta_lite.episodes import FamilyEpisodes
from dremeta_lite.hyper import HyperParameters
from dremeta_lite.lab.controls import button, row_of
from dremeta_lite.lab.explorer import Explorer
from dremeta_lite.lab.notebook import front_end
from dremeta_lite.lab.touch import Refused
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
        episode: the present one.
    """

    def __init__(self, family: TaskFamily[Any], seed: int = 0) -> None:
        self.family, self.rng = family, generator(seed)
        self.reset()

    def reset(self) -> None:
        """Begin a new trial, of another task."""
        self.episode = FamilyEpisodes(self.family, self.family.sample_tasks(1, self.rng), self.rng)
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
    def task(self) -> Any:
        """A batch of one."""
        return self.episode.tasks

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


ASIDE = ("Up", "Right", "Down", "Left")


class ByHand(Explorer):
    """Buttons to act with, and the picture.

    Where the picture has an agent, the arrow keys move it as soon as a button or the picture was clicked or reached with Tab, and so does
    a click on the side to which it is to go. Arms have numbers as keys, and are clicked. The buttons work with Tab and the space bar, and
    letters typed into the box act, too.

    Args:
        actions: the text of each action's button, with its tooltip.
        sample: the actions that are played where nobody can press a button.
        hyper, controls, below: as for `Explorer`.
    """

    again: tuple[str, str]
    """The text of the button that begins again, with its tooltip."""
    over: str
    """What is said when an action comes after the end."""
    letters = ""
    """A letter an action; without, there is no box to type into."""

    def __init__(
        self,
        name: str,
        game: Game,
        view: Any,
        actions: Mapping[str, str],
        *,
        sample: Sequence[int] = (),
        hyper: HyperParameters | None = None,
        controls: Sequence[str] = (),
        below: Sequence[widgets.Widget] = (),
    ) -> None:
        self.game, self.sample = game, sample
        self.buttons = {word: button(word, tip, partial(self._act, i)) for i, (word, tip) in enumerate(actions.items())}
        self.reset = button(*self.again, self._reset)
        for each in (*self.buttons.values(), self.reset):
            each.add_class("dremeta-go")
        row = row_of(*self.buttons.values(), self.reset, *([self._box()] if self.letters else []))
        super().__init__(name, hyper or HyperParameters(), view, controls, above=[row], below=below)
        self._listen(self.picture.parts[0])

    def _listen(self, part: Any) -> None:
        """Let the first part of the picture answer to keys and clicks."""
        numbers = {str(i): i - 1 for i in range(1, len(self.buttons) + 1)}
        arrows = {f"Arrow{word}": action for action, word in enumerate(self.buttons) if word in ASIDE}
        known = ({**arrows, **dict(zip(self.letters, range(len(self.buttons)), strict=False))}) if arrows else numbers
        words = list(self.buttons)
        part.keys = {key: words[action].lower() for key, action in known.items()}
        part.pressed = lambda key: self._play(known[key])
        part.clicked = lambda x, y: self._play(self._towards(part, x, y) if arrows else round(x) - 1)

    def _towards(self, part: Any, x: float, y: float) -> int | None:
        """The action that goes from the agent to the side of a place; None on the agent itself, where nothing stays."""
        words, (here_x, here_y) = list(self.buttons), np.ravel(part.drawn["agent"].get_data())
        right, up = (x - here_x) / part.grain[0], (y - here_y) / part.grain[1] * (-1 if part.axes.yaxis_inverted() else 1)
        if max(abs(right), abs(up)) < 0.5:
            return words.index("Stay") if "Stay" in words else None
        across, along = "Right" if right > 0 else "Left", "Up" if up > 0 else "Down"
        return words.index(across if abs(right) > abs(up) else along)

    def _play(self, action: int | None) -> None:
        """Act, as the picture was told. Raises Refused: the game is over."""
        if action is not None and 0 <= action < len(self.buttons) and not self.game.act(action):
            raise Refused(self.over)

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
