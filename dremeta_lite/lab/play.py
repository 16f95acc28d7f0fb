"""Play an environment yourself: buttons for the actions, and every number of the loop as it comes out of `step`."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import ipywidgets as widgets
import numpy as np
import torch
from gymnasium.wrappers import TimeLimit

from dremeta_lite.hyper import HyperParameters, Real
from dremeta_lite.lab.by_hand import ByHand
from dremeta_lite.lab.looks import DASHED, Look
from dremeta_lite.lab.parts import BESIDE, Curves, Row, grow, set_limits
from dremeta_lite.lab.style import BLUE, SKY
from dremeta_lite.lab.views import own
from dremeta_lite.table import Table
from dremeta_lite.tasks.adapters import TaskEnv
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.world.discounting import discounted_return

DIRECTIONS = ("Up", "Right", "Down", "Left")
LONGEST_TABLE = 8


class PlayHyper(HyperParameters):
    """What can be moved while playing."""

    discount = Real(0.9, low=0, high=1, symbol="γ", help="weight of a reward one step later, in the discounted return")


class Step(NamedTuple):
    """One round of the loop, as `env.step` gave it."""

    state: Any
    action: Any
    reward: float
    next_state: Any
    terminated: bool
    truncated: bool


class Episode:
    """An episode that a person plays: an ordinary Gymnasium environment, and all that has happened in it.

    Args:
        family: one whose pictures have a `PlayMap`: `GridWorld`, `Navigation2D`.
        task: one of its tasks; its default task if None.

    Raises:
        TypeError: for another family, which has no four directions.
    """

    def __init__(self, family: TaskFamily[Any], task: Any = None, seed: int = 0) -> None:
        self.play_map: Any = own(family, "PlayMap") if isinstance(family, TaskFamily) else None
        if self.play_map is None:
            raise TypeError(f"a GridWorld or Navigation2D can be played with four directions, not {family!r}")
        self.family, self.seed = family, seed
        self.env = TimeLimit(TaskEnv(family, task), family.horizon)
        self.task = self.env.unwrapped.task  # type: ignore[attr-defined]
        self.reset()

    def reset(self) -> None:
        """Begin a new episode. The first one follows the seed, and later ones go on from there."""
        self.observation, _ = self.env.reset(seed=self.seed)
        self.seed: int | None = None
        self.states, self.steps = [self._state()], []

    def act(self, direction: int) -> bool:
        """Take a step up, right, down or left (0 to 3); False if the episode is over and nothing was done."""
        if self.over:
            return False
        action = self.play_map.moves[direction]
        before = self.observation
        self.observation, reward, terminated, truncated, _ = self.env.step(action)
        self.steps.append(Step(before, action, float(reward), self.observation, terminated, truncated))
        self.states.append(self._state())
        return True

    @property
    def begun(self) -> bool:
        """Whether a step has been taken."""
        return bool(self.steps)

    @property
    def over(self) -> bool:
        return bool(self.steps) and (self.steps[-1].terminated or self.steps[-1].truncated)

    @property
    def rewards(self) -> torch.Tensor:
        return torch.tensor([step.reward for step in self.steps], dtype=torch.float64)

    def _state(self) -> np.ndarray:
        return self.env.unwrapped.state.numpy().copy()  # type: ignore[attr-defined]


class PlayView(Row):
    """Left: where the agent is and has been. Right: the return so far, plain and discounted."""

    def __init__(self, episode: Episode, hyper: PlayHyper, show_goal: bool = True) -> None:
        self.episode, self.hyper, self.show_goal = episode, hyper, show_goal
        looks: dict[str, Look] = {
            "return": {"color": BLUE, "marker": "o", "ms": 4},
            "discounted return": {"color": SKY, "marker": "o", "ms": 4, "linestyle": DASHED},
        }
        labels: dict[str, Any] = {"title": "Return so far", "xlabel": "steps", "ylabel": "sum of rewards"}
        self.map, self.curve = episode.play_map(episode.family), Curves(looks, ylim=(-1.0, 1.1), where=BESIDE, integers=True, **labels)
        super().__init__(self.map, self.curve, widths=(1, 1.15), size=(9.6, 3.6))

    def update(self, now: Any = None) -> None:
        self.map.walked(np.stack(self.episode.states), self.episode.task.goal if self.show_goal or self.episode.over else None)
        t, plain, discounted = self.returns()
        right = self.curve.axes.get_xlim()[1] if len(t) > 1 else 20.0
        set_limits(
            self.curve.axes,
            x=(0.0, right if len(t) <= right + 1 else 1.5 * len(t)),
            y=grow(min(plain + discounted), max(plain + discounted), self.curve.axes.get_ylim()),
        )
        self.curve.show({"return": plain, "discounted return": discounted}, x=t)

    def returns(self) -> tuple[np.ndarray, list[float], list[float]]:
        """Steps, and the plain and the discounted return after each."""
        rewards, n = self.episode.rewards, len(self.episode.steps)
        plain = [0.0, *rewards.cumsum(0).tolist()]
        return np.arange(n + 1), plain, [discounted_return(rewards[:k], self.hyper.discount).item() for k in range(n + 1)]

    def summary(self) -> str:
        _, plain, discounted = self.returns()
        steps = self.episode.steps
        if not steps:
            return f"A new episode: the state is s = {show(self.episode.observation)}. No action yet."
        last = steps[-1]
        return (
            f"t = {len(steps) - 1}: s = {show(last.state)}, a = {show(last.action)}, r = {last.reward:.3f}, s' = {show(last.next_state)}. "
            f"Return so far {plain[-1]:.3f}, discounted with γ = {self.hyper.discount:g}: {discounted[-1]:.3f}.{how_it_ended(last)}"
        )


def how_it_ended(last: Step) -> str:
    """A sentence, or nothing if the episode goes on."""
    if last.terminated:
        return " The episode has terminated." + (" Its time is up, too." if last.truncated else "")
    return " The episode was truncated: its time is up." if last.truncated else ""


class Play(ByHand):
    """Buttons to walk with, the picture, and a table of what each step was.

    The letters w, a, s, d walk, too.

    Args:
        family: a `GridWorld`, `Navigation2D`, or another whose pictures have a `PlayMap`.
        task: one of its tasks; its default task if None.
        show_goal: whether the goal is drawn from the start, or only when the episode is over.
        sample: the directions (0 up, 1 right, 2 down, 3 left) that are played where nobody can press a button; if None,
            those of the `PlayMap`.

    Raises:
        TypeError: the family has none.
    """

    hyper: PlayHyper
    view: PlayView
    again = ("Reset", "env.reset(): begin a new episode")
    over = "The episode is over. Press Reset for a new one."
    letters = "wdsa"  # in the order of the directions

    def __init__(
        self,
        family: TaskFamily[Any],
        task: Any = None,
        *,
        name: str = "play",
        seed: int = 0,
        show_goal: bool = True,
        sample: Sequence[int] | None = None,
    ) -> None:
        self.episode, self.table, hyper = Episode(family, task, seed), widgets.HTML(), PlayHyper()
        self.table.add_class("dremeta-steps")
        buttons = {word: f"env.step: one step {word.lower()}" for word in DIRECTIONS}
        view, played = PlayView(self.episode, hyper, show_goal), self.episode.play_map.sample if sample is None else sample
        super().__init__(name, self.episode, view, buttons, sample=played, hyper=hyper, controls=["discount"], below=[self.table])

    def paint(self) -> bytes:
        png = super().paint()
        self.table.value = self._table()
        return png

    def _table(self) -> str:
        """The last steps. Where there are more, the caption says so."""
        if not self.episode.steps:
            return ""
        _, plain, discounted = self.view.returns()
        steps = list(enumerate(self.episode.steps))[-LONGEST_TABLE:]
        heads = ["t", "s", "a", "r", "s'", "terminated", "truncated", "return so far", "discounted so far"]
        rows = []
        for t, step in steps:
            values = [show(step.state), show(step.action), f"{step.reward:.3f}", show(step.next_state), step.terminated, step.truncated]
            rows.append([f"{t}", *map(str, values), f"{plain[t + 1]:.3f}", f"{discounted[t + 1]:.3f}"])
        caption = f"Steps {steps[0][0]} to {steps[-1][0]}" if len(steps) > 1 else "The first step"
        return Table(heads, rows, caption).html()


def show(x: Any) -> str:
    """A number, or a vector in brackets; images by their shape."""
    x = np.asarray(x)
    if x.ndim == 0:
        return f"{x:g}" if np.issubdtype(x.dtype, np.floating) else str(x)
    if x.ndim > 1:
        return f"image {'×'.join(map(str, x.shape))}"
    if len(x) > 4:
        return f"one-hot {int(x.argmax())}"
    return "(" + ", ".join(f"{value:.2f}" for value in x) + ")"
