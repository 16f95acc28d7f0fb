"""The battles of a Skirmish: the field, and the enemies' wounds, which close where a medic is at work."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from dremeta_lite.compare.checkpoints import RecordedRun
from dremeta_lite.lab.looks import DASHED, Look, task_colour
from dremeta_lite.lab.parts import BELOW, Artist, Axes, Column, Curves, Part, Row, legend
from dremeta_lite.lab.reels import SEED, on_cpu
from dremeta_lite.lab.style import GREY, INK, PALE
from dremeta_lite.lab.views import replayed
from dremeta_lite.learner import generator
from dremeta_lite.tasks.skirmish import COLOURS, ENEMIES, MARINES, Skirmish, units
from dremeta_lite.trials import Agent, Disturb, Trial, play_trial

MARKERS = "os^D"
APART, FIRED = 0.7, 1.16
"""Cells to the left and right in which units are drawn beside their true places; the height at which the orders stand."""
ORDERS = (*(f"fire at {colour}" for colour in COLOURS), "move up", "move right", "move down", "move left")
OURS = "your three"
FAMILY = Skirmish()


class Battle(NamedTuple):
    """One battle, as far as it went."""

    states: Float[Tensor, "moment 22"]
    orders: Sequence[int]
    """One fewer than there are states."""

    def until(self, moment: int) -> "Battle":
        """Its first so many steps."""
        return Battle(self.states[: moment + 1], self.orders[:moment])

    def result(self, family: Skirmish) -> str:
        """In a word."""
        last = self.states[-1]
        return "won" if family.beaten(last) else "lost" if family.terminal(last) else "undecided"

    def shots(self) -> Int[Tensor, "step marine"]:
        """Whom each marine fired at in each step; -1: nobody."""
        return FAMILY.shots(self.states[:-1], torch.tensor(self.orders, dtype=torch.long))

    def last(self) -> str:
        """The last order, and what came of it, in words."""
        if not self.orders:
            return ""
        hit = [colour for k, colour in enumerate(COLOURS) if (self.shots()[-1] == k).any()]
        fired = f"; fired at: {', '.join(hit) or 'nobody'}" if self.orders[-1] < ENEMIES else ""
        return f" Last order: {ORDERS[self.orders[-1]]}{fired}."


def battles_of(family: Skirmish, trial: Trial, index: int) -> list[Battle]:
    """The battles of one of the trials."""
    found = []
    columns = (x[index].cpu() for x in (trial.observation, trial.next_observation, trial.action, trial.mask))
    for seen, then, action, mask in zip(*columns, strict=True):
        n = int(mask.sum())
        found.append(Battle(family.state_of(torch.cat([seen[:1], then[:n]])), action[:n].tolist()))
    return found


def enemy_look(colour: int, size: float) -> Look:
    """An enemy has a colour and a marker of its own."""
    return {"color": task_colour(colour), "marker": MARKERS[colour], "ls": "", "ms": size, "zorder": 4}


class Field(Part):
    """Who stands where, with a bar for the health of each; thin lines from the marines to whom they fired at."""

    grain = (1, 1)

    def setup(self, axes: Axes) -> list[Artist]:
        size = Skirmish.field
        axes.set(title="The field", aspect="equal", xlim=(-0.5, size + 0.5), ylim=(-0.5, size + 1), xticks=[], yticks=[])
        axes.grid(False)
        axes.spines[:].set(visible=True, color=PALE)
        marine: Look = {"color": INK, "marker": "P", "ls": "", "ms": 10, "zorder": 5}
        keys = {OURS: marine, **{colour: enemy_look(k, 9) for k, colour in enumerate(COLOURS)}}
        legend(axes, keys, {**BELOW, "ncols": 5, "handletextpad": 0.1})
        bar: Look = {"linewidth": 3.5, "solid_capstyle": "butt", "zorder": 3}
        looks: dict[str, Look] = {"fire": {"color": GREY, "linewidth": 1, "linestyle": DASHED, "zorder": 2}}
        looks |= {"full": {**bar, "color": PALE, "zorder": 2}, OURS: marine, f"health of {OURS}": {**bar, "color": INK}}
        for k, colour in enumerate(COLOURS):
            looks |= {colour: enemy_look(k, 12), f"health of {colour}": {**bar, "color": task_colour(k)}}
        return self.lines(axes, looks)

    def show(self, battle: Battle) -> None:
        """The last moment of a battle, and the shots that led to it."""
        now = units(battle.states[-1].cpu())
        health, foes = now.health / Skirmish.strength, now.foes / Skirmish.foe_strength
        at, foes_at = apart(now.at), apart(now.foes_at)
        place = {OURS: (at, health), **{c: (foes_at[k : k + 1], foes[k : k + 1]) for k, c in enumerate(COLOURS)}}
        full = []
        for name, (here, left) in place.items():
            alive = left > 0
            self.drawn[name].set_data(*here[alive].T.numpy())
            full.append(bars(here[alive], torch.ones_like(left[alive])))
            self.drawn[f"health of {name}"].set_data(*bars(here[alive], left[alive]))
        self.drawn["full"].set_data(*np.concatenate(full, 1))
        gap, fired = torch.full((2,), torch.nan), enumerate(battle.shots()[-1].tolist() if battle.orders else [])
        shots = [point for i, k in fired if k >= 0 for point in (place[OURS][0][i], foes_at[k], gap)]
        self.drawn["fire"].set_data(*torch.stack([gap, *shots]).T.numpy())
        fallen = [colour for k, colour in enumerate(COLOURS) if foes[k] <= 0]
        self._words = f"{int((health > 0).sum())} of {MARINES} marines stand; enemies fallen: {', '.join(fallen) or 'none'}."


def apart(at: Float[Tensor, "unit 2"]) -> Float[Tensor, "unit 2"]:
    """Places a little beside one another: units often stand on the same spot, and each is to be seen."""
    return at + torch.stack([torch.linspace(-APART, APART, len(at)), torch.zeros(len(at))], -1)


def bars(at: Tensor, share: Tensor) -> np.ndarray:
    """Bars above some places, as long as the shares: x and y, with gaps."""
    x, y = at.unbind(-1)
    gap = torch.full_like(x, torch.nan)
    ends = [x - 0.6, x - 0.6 + 1.2 * share, gap], [y + 0.7, y + 0.7, gap]
    return torch.stack([torch.stack(each, -1) for each in ends]).flatten(1).numpy()


class Wounds(Curves):
    """The health of each enemy after every step of one battle, and that of the marines together; above, who was fired at in it."""

    def __init__(self, where: Mapping[str, Any] | None = BELOW) -> None:
        looks: dict[str, Look] = {c: {**enemy_look(k, 6), "ls": "-", "linewidth": 1.6} for k, c in enumerate(COLOURS)}
        looks[OURS] = {"color": INK, "linestyle": DASHED, "marker": "", "linewidth": 1.4}
        looks |= {f"_fired at {c}": {**enemy_look(k, 5), "mfc": "white"} for k, c in enumerate(COLOURS)}
        limits: Any = {"xlim": (-0.4, Skirmish.horizon + 0.4), "ylim": (-0.05, FIRED + 0.08)}
        super().__init__(looks, where=where, integers=True, xlabel="step of the battle", ylabel="health", **limits)

    def setup(self, axes: Axes) -> list[Artist]:
        self.note = axes.text(0, 1.03, "", transform=axes.transAxes, fontsize=11, fontweight="bold")
        moving = super().setup(axes)
        axes.set_yticks([0, 0.5, 1, FIRED], ["0", "0.5", "1", "fired at"])
        return [*moving, self.note]

    def show_battle(self, battle: Battle, title: str) -> None:
        """Set what happened."""
        now, shots, nudge = units(battle.states.cpu()), battle.shots(), np.linspace(-0.12, 0.12, ENEMIES)
        t = np.arange(len(battle.states))
        curves = {c: now.foes[:, k].numpy() / Skirmish.foe_strength for k, c in enumerate(COLOURS)}
        curves[OURS] = now.health.sum(-1).numpy() / (MARINES * Skirmish.strength)
        fired = {f"_fired at {c}": (shots == k).any(-1).nonzero()[:, 0].numpy() + 1 + 2.5 * nudge[k] for k, c in enumerate(COLOURS)}
        curves |= {name: np.full(len(steps), FIRED) for name, steps in fired.items()}
        self.show(curves, x={**fired, **{c: t + nudge[k] for k, c in enumerate(COLOURS)}, OURS: t})  # side by side, where they are alike
        self.note.set_text(title)


class BattlesSide(Row):
    """The three battles of one trial: what `TrialsView` shows below its curves.

    Args:
        index: which one of the trials is shown.
    """

    height = 2.7

    def __init__(self, family: Skirmish, index: int = 0) -> None:
        key = {**BELOW, "bbox_to_anchor": (0.5, -0.3), "ncols": 3}
        self.family, self.index, self.wounds = family, index, [Wounds(key if i == 1 else None) for i in range(family.episodes)]
        super().__init__(*self.wounds)

    def show(self, trial: Trial, task: Any, agent: Any = None) -> None:
        self.results = []
        for i, (part, battle) in enumerate(zip(self.wounds, battles_of(self.family, trial, self.index), strict=True)):
            self.results.append(battle.result(self.family))
            part.show_battle(battle, f"Battle {i + 1}: {self.results[-1]}")
        self.medic = COLOURS[int(task.heals[self.index].argmax())]

    def words(self) -> str:
        each = ", ".join(f"battle {i + 1} is {result}" for i, result in enumerate(self.results))
        return f"In one trial, in which the medic wears {self.medic}: {each}."


class CommandView(Row):
    """Left: the field. Right: the wounds. A `game` says in `shown()` which battle, under what title, and in `said()` what else is known."""

    def __init__(self, game: Any) -> None:
        self.game, self.field, self.wounds = game, Field(), Wounds()
        super().__init__(self.field, self.wounds, widths=(1, 1.15), size=(9.6, 4.4))

    def update(self, now: Any = None) -> None:
        battle, title = self.game.shown()
        self.field.show(battle)
        self.wounds.show_battle(battle, title)
        self._words = f"{title}.{battle.last()} {self.game.said()}"


class Replay(replayed.Replay):
    """Left: the field at one moment of a trial. Right: the return of a trial over training, and the wounds of the battle until then."""

    def __init__(self, run: RecordedRun, yardsticks: Mapping[str, Float[Tensor, " episode"]], unit: str) -> None:
        self.run = run
        self.family: Any = run.family
        names, last = [f"the medic wears {colour}" for colour in COLOURS], run.episodes * self.family.horizon
        what = f"step of the trial; a battle has {self.family.horizon} at most"
        tried = replayed.Tried(
            self.family.all_tasks(run.device), names, COLOURS.index("green"), unit="step", help=what, bounds=(0, last), start=6
        )
        self.field, self.wounds = Field(), Wounds()
        over = replayed.whole_trial(yardsticks, unit, episode="battle")
        super().__init__(tried, self.field, Column(over, self.wounds), shares=(1, 1.15), size=(9.6, 5.4))

    def watch(self, agent: Agent, disturb: Disturb | None = None) -> replayed.TrialReel:
        return replayed.TrialReel(on_cpu(play_trial(self.family, self.tried.tasks, agent, generator(SEED), self.run.episodes, disturb)))

    def update(self, now: Any = None) -> None:
        super().update(now)
        battles, number = battles_of(self.family, now.reel().trial, now.task), max(now.step - 1, 0) // self.family.horizon
        battle = battles[number].until(now.step - number * self.family.horizon)
        self.field.show(battle)
        self.wounds.show_battle(battle, f"Battle {number + 1}: {battle.result(self.family)}")
        ends = ", ".join(each.result(self.family) for each in battles)
        self._words = f"In this trial {self.tried.names[now.task]}; battle {number + 1}.{battle.last()} Its battles end: {ends}."
