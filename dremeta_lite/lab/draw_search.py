"""Draw a search for the hidden goal: drag over the cells, walk with the arrow keys, or type a word of moves; and see what it is worth."""

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets
import torch
from jaxtyping import Int
from torch import Tensor

from dremeta_lite.hyper import HyperParameters
from dremeta_lite.lab.controls import button, row_of
from dremeta_lite.lab.explorer import Explorer
from dremeta_lite.lab.touch import Refused
from dremeta_lite.lab.views.searching import LETTERS, SearchView
from dremeta_lite.tasks.hidden_goal import HiddenGoal
from dremeta_lite.world.bayes_optimal import known_goal_returns


class DrawSearch(Explorer):
    """A search that is drawn: a map for each of its first episodes, and what the trial returns for each cell that can be the goal.

    Args:
        family: the grid.
        walk_return: what a trial returns, of the cells that a search leads to [episode, time], a goal, and what an episode returns in
            which the goal is known.
        words: the search to begin with: a word of moves an episode (u, r, d, l, and s to stay). The rest of an episode, and all further
            episodes, are staying.

    Attributes:
        words: the search, as it stands now.
    """

    view: SearchView

    def __init__(
        self, family: HiddenGoal, walk_return: Callable[[Tensor, int, float], Any], words: Sequence[str], *, name: str = "draw-search"
    ) -> None:
        self.family, self.walk_return = family, walk_return
        self.knowing = dict(zip(family.goal_cells.tolist(), known_goal_returns(family).tolist(), strict=True))
        self.words = [self.checked(word) for word in words]
        self.earlier: list[list[str]] = []
        self.boxes = [self._box(episode) for episode in range(len(words))]
        self.undo_button = button("Undo", "Take back the last change", lambda: self._do(self.undo))
        clear = lambda: self._do(lambda: self.set([""] * len(self.words)))  # noqa: E731
        self.clear_button = button("Clear", "Begin again, with an empty search", clear)
        row = row_of(*self.boxes, self.undo_button, self.clear_button)
        super().__init__(name, HyperParameters(), SearchView(self), [], [row])

    def _box(self, episode: int) -> widgets.Text:
        tip = "A letter a step: u up, r right, d down, l left, s stay"
        style = {"description_width": "initial"}
        box = widgets.Text(self.words[episode], description=f"episode {episode + 1}", tooltip=tip, continuous_update=False, style=style)
        box.observe(lambda change: self._typed(episode, change["new"]), "value")
        return box

    # What can be asked

    def cells(self) -> Int[Tensor, "episode time"]:
        """The cell that each step of the search leads to, in all episodes of a trial."""
        rows = [self.path(episode) for episode in range(self.family.episodes)]
        return torch.tensor([[*row, *row[-1:] * self.family.horizon][1 : self.family.horizon + 1] for row in rows])

    def path(self, episode: int) -> list[int]:
        """The cells of an episode as far as it was drawn, the start included."""
        cells = [self.family.start]
        for letter in self.words[episode] if episode < len(self.words) else "":
            cells.append(int(self.family.neighbours[cells[-1], LETTERS.index(letter)]))
        return cells

    def returns(self) -> dict[int, float]:
        """What the trial returns, by the cell of the goal."""
        cells = self.cells()
        return {goal: float(self.walk_return(cells, goal, known)) for goal, known in self.knowing.items()}

    # What can be done

    def checked(self, word: str) -> str:
        """A word of moves, in small letters. Raises Refused: it is none, or longer than an episode."""
        word = "".join(word.split()).lower()
        if wrong := sorted(set(word) - set(LETTERS)):
            raise Refused(f"a search is written with u, r, d, l and s, not with {', '.join(wrong)}")
        if len(word) > self.family.horizon:
            raise Refused(f"an episode has {self.family.horizon} steps, and this would be more: undo or clear some")
        return word

    def set(self, words: Sequence[str]) -> None:
        """Another search. Raises Refused: it cannot be walked."""
        words = [self.checked(word) for word in words]
        if words != self.words:
            self.earlier.append(self.words)
            self.words = words

    def write(self, episode: int, word: str) -> None:
        """Another word of moves for an episode."""
        self.set([word if e == episode else own for e, own in enumerate(self.words)])

    def step(self, episode: int, letters: str) -> None:
        """Go on in an episode."""
        self.write(episode, self.words[episode] + letters)

    def step_back(self, episode: int) -> None:
        """Take back the last step of an episode, if it has one."""
        self.write(episode, self.words[episode][:-1])

    def undo(self) -> None:
        """Take back the last change, if there is one."""
        if self.earlier:
            self.words = self.earlier.pop()

    def _typed(self, episode: int, word: str) -> None:
        if word != self.words[episode]:  # else it was written by `paint`
            self._do(lambda: self.write(episode, word))

    def paint(self) -> bytes:
        for box, word in zip(self.boxes, self.words, strict=True):
            if box.value != word:
                box.value = word
        return super().paint()
