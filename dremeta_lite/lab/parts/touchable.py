"""What can be touched in a picture. A part says so itself, in its own units; everything else follows: pointer, finger, keys, screen reader.

    class Map(Part):
        handles = (Handle("goal", x="goal_x", y="goal_y", mark="star"),)     drag the star: the sliders of these names follow
        grain = (1, 1)                                                       an arrow key moves the reading cursor by a cell

        def clicked(self, x, y):                                             click a cell, or paint over several
            self.world.toggle(round(x), round(y))

        def read(self, x, y):                                                what is read off there, by hovering or with the keys
            return f"cell {round(x)}, {round(y)}"

After each of these but `read` the panel draws the picture again. A part answers to what it defines, and to nothing else. A panel may give
a part of its own view an answer as well: `view.map.pressed = self._act`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from matplotlib.axes import Axes

from dremeta_lite.lab.parts.reading import read_place
from dremeta_lite.lab.style import INK

Mark = Literal["star", "dot", "line"]


@dataclass(frozen=True)
class Handle:
    """Something that is dragged, or moved with the arrow keys.

    Args:
        name: for people: "goal".
        x, y: the hyperparameters that say where it is; they give its bounds and the step of an arrow key. Without a name it does not move
            that way, and reaches over the whole height or width of the axes.
        mark: what follows the hand while it is dragged, before the kernel has answered with a picture.
        colour: of the mark.
        at: where it is, if no hyperparameters say so. The part then has `handles` as a property, which makes a new `Handle` at every look.
        moved: is told where it was moved to, x and y within the axes, if no hyperparameters say so.
        step: of an arrow key, if no hyperparameters say so.
        directions: what x and y are called, where a box says so.
        counted_from: what stands in the box at 0.
    """

    name: str
    x: str = ""
    y: str = ""
    mark: Mark = "dot"
    colour: str = INK
    at: tuple[float, float] | None = None
    moved: Callable[[float, float], Any] | None = None
    step: tuple[float, float] = (1.0, 1.0)
    directions: tuple[str, str] = ("x", "y")
    counted_from: int = 0

    @property
    def axes(self) -> tuple[int, ...]:
        """Along which it moves, if no hyperparameters say so: a line keeps upright."""
        return (0,) if self.mark == "line" else (0, 1)


class Touchable:
    """What a part can answer to.

    Attributes:
        axes: where it is drawn.
        handles: what can be dragged.
        keys: what the browser calls a key, with what it does, for people: `{"ArrowUp": "up"}`. `pressed` is told the former.
        pressed: a key of `keys` was pressed.
        clicked: a click at x, y; with the button down, one more for each point on the way. Enter clicks at the reading cursor.
        stroked: a curve was drawn by hand, from the first point to the last: a list of (x, y). Enter draws a single point.
        held: pressed at x, y; again when the hand moves on. An arrow key presses in the middle of the edge that it points to.
        released: the hand or the key let go.
        grain: how far an arrow key moves the reading cursor; a fiftieth of the axes if None.
    """

    axes: Axes
    handles: Sequence[Handle] = ()
    keys: Mapping[str, str] = {}
    pressed: Callable[[str], Any] | None = None
    clicked: Callable[[float, float], Any] | None = None
    stroked: Callable[[Sequence[tuple[float, float]]], Any] | None = None
    held: Callable[[float, float], Any] | None = None
    released: Callable[[], Any] | None = None
    grain: tuple[float, float] | None = None

    def between_iterations(self, call: Callable[[], Any]) -> None:
        """Change what a learner uses: at once. A live panel puts its own in this place, which waits for the end of the iteration."""
        call()

    def move(self, values: Mapping[str, float]) -> None:
        """Set hyperparameters and the controls that show them. The panel puts its own in this place."""
        raise RuntimeError(f"only a part of a panel's picture can move {', '.join(values)}")

    def read(self, x: float, y: float) -> str:
        """What is read off at a place, in a few words, a line each: here only where it is. Nothing is shown for an empty text.

        Called while a training may go on in another thread: it looks at the data and changes nothing.
        """
        return read_place(self.axes, x, y)

    def answers(self) -> list[str]:
        """What it answers to with the pointer."""
        return [name for name in ("clicked", "stroked", "held") if getattr(self, name) is not None]


def bare(axes: Axes) -> Touchable:
    """What can be touched on axes that no part knows: places are read off."""
    found = Touchable()
    found.axes = axes
    return found
