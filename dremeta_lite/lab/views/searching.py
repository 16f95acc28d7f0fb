"""A search as it is drawn: a map an episode that is drawn upon, and what the trial returns for each cell that can be the goal."""

from typing import TYPE_CHECKING

import torch

from dremeta_lite.lab.parts import Artist, Axes, Row
from dremeta_lite.lab.views.belief import place
from dremeta_lite.lab.views.hidden_goal import HiddenGoalMap

if TYPE_CHECKING:
    from dremeta_lite.lab.draw_search import DrawSearch

LETTERS = "surdl"
"""Stay, up, right, down, left, in the order of the family's actions."""
KEYS = {"ArrowUp": "up", "ArrowRight": "right", "ArrowDown": "down", "ArrowLeft": "left", "s": "stay", "Backspace": "take back a step"}
ARROWS = {key: word[0] for key, word in KEYS.items() if key != "Backspace"}


class SearchView(Row):
    """A map for each episode that is drawn, and one with the returns.

    Args:
        search: what is drawn.
    """

    def __init__(self, search: "DrawSearch") -> None:
        self.maps = [DrawnMap(search, episode) for episode in range(len(search.words))]
        self.returns = ReturnsMap(search)
        super().__init__(*self.maps, self.returns, size=(9.6, 3.5))


class DrawnMap(HiddenGoalMap):
    """One episode of the search. A click walks to a cell; a click on the start begins the episode again."""

    keys, grain = KEYS, (1, 1)

    def __init__(self, search: "DrawSearch", episode: int) -> None:
        super().__init__(search.family, f"Episode {episode + 1}: draw here")
        self.search, self.episode = search, episode

    def setup(self, axes: Axes) -> list[Artist]:
        moving = super().setup(axes)
        self.note = axes.text(0.5, -0.03, "", transform=axes.transAxes, ha="center", va="top", fontsize=10)
        return [*moving, self.note]

    def update(self, now: "DrawSearch") -> None:
        path, steps = now.path(self.episode), now.family.horizon
        self.show(torch.tensor(path))
        met = len(set(path) & set(now.knowing))
        self.note.set_text(f"{len(path) - 1} of {steps} steps, {met} of {len(now.knowing)} possible goals")
        self._words = f"Episode {self.episode + 1}: {now.words[self.episode] or 'only staying'}, {self.note.get_text()}."

    def clicked(self, x: float, y: float) -> None:
        cell = self.cell(x, y)
        if cell == self.family.start:
            self.search.write(self.episode, "")
        elif cell is not None:
            self.search.step(self.episode, self.way(self.search.path(self.episode)[-1], cell))

    def pressed(self, key: str) -> None:
        if key in ARROWS:
            self.search.step(self.episode, ARROWS[key])
        else:
            self.search.step_back(self.episode)

    def way(self, here: int, there: int) -> str:
        """The letters of a shortest way: a hand that is quick leaves out cells."""
        (row, column), (to_row, to_column) = divmod(here, self.family.size), divmod(there, self.family.size)
        vertical, horizontal = to_row - row, to_column - column
        return ("d" if vertical > 0 else "u") * abs(vertical) + ("r" if horizontal > 0 else "l") * abs(horizontal)

    def cell(self, x: float, y: float) -> int | None:
        """The cell at a place; None beside the map."""
        column, row, size = round(x), round(y), self.family.size
        return row * size + column if 0 <= row < size and 0 <= column < size else None

    def read(self, x: float, y: float) -> str:
        """The cell, and in which steps of the episode it is entered."""
        cell = self.cell(x, y)
        if cell is None:
            return ""
        steps = [str(k) for k, at in enumerate(self.search.path(self.episode)) if at == cell and k]
        return f"{place(self.family, cell)}\n{'step ' + ', '.join(steps) if steps else 'not entered'}"


class ReturnsMap(HiddenGoalMap):
    """What the trial returns, written into each cell that can be the goal; the larger, the bluer."""

    def __init__(self, search: "DrawSearch") -> None:
        super().__init__(search.family, "Return, if the goal is here", numbers=True)

    def setup(self, axes: Axes) -> list[Artist]:
        moving = super().setup(axes)
        self.note = axes.text(0.5, -0.03, "", transform=axes.transAxes, ha="center", va="top", fontsize=10, fontweight="bold")
        for text, middle in zip(self.numbers, self.numbered, strict=True):
            text.set(position=middle, ha="center", va="center", fontsize=10)
        return [*moving, self.note]

    def update(self, now: "DrawSearch") -> None:
        found, shade = now.returns(), torch.zeros(self.family.n_cells)
        most = self.family.episodes * self.family.horizon * self.family.goal_reward
        shade[list(found)] = torch.tensor(list(found.values())).clamp(min=0) / most
        self.show(None, None, shade)
        for cell, text in enumerate(self.numbers):
            text.set_text(f"{found[cell]:.1f}" if cell in found else "")
        mean = sum(found.values()) / len(found)
        self.note.set_text(f"this search is worth {mean:.2f}")
        low, high = min(found, key=found.__getitem__), max(found, key=found.__getitem__)
        self._words = (
            f"The search is worth {mean:.2f}, on average over all goals: from {found[low]:.1f} with the goal in {place(self.family, low)} "
            f"to {found[high]:.1f} in {place(self.family, high)}."
        )

    def read(self, x: float, y: float) -> str:
        return ""
