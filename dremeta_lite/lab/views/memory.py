"""A look inside a memory: what it holds at each step of many trials, projected on a plane, and what can be read out of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from torch import Tensor

from dremeta_lite.hyper import HyperParameters, Whole
from dremeta_lite.lab.explorer import Explorer
from dremeta_lite.lab.looks import task_colour
from dremeta_lite.lab.parts.background import Yardsticks
from dremeta_lite.lab.style import BLUE, INK

MARKERS = "os^Dv*"
RIDGE = 1e-2


def principal_plane(memory: Float[Tensor, "task step memory"]) -> tuple[Float[Tensor, "task step 2"], float]:
    """The memories projected on the two directions in which they differ most (PCA), and which share of their variance that shows.

    One plane for all steps, so that a point's way from step to step can be followed.
    """
    centred = memory - memory.flatten(0, 1).mean(0)
    _, strength, directions = torch.linalg.svd(centred.flatten(0, 1), full_matrices=False)
    return centred @ directions[:2].T, (strength[:2].square().sum() / strength.square().sum()).item()


def readout(memory: Float[Tensor, "task step memory"], label: Int[Tensor, " task"]) -> Float[Tensor, " step"]:
    """At each step: how often a linear readout of the memory names the right label, on tasks that it was not fitted to.

    One-hot labels are fitted by ridge regression to the first half of the tasks, a fit of its own at each step, and the second half is
    judged.
    """
    half, found = len(memory) // 2, []
    wanted = torch.nn.functional.one_hot(label).to(memory.dtype)
    for seen in memory.unbind(1):
        x = torch.cat([seen, torch.ones_like(seen[:, :1])], -1)
        gram = x[:half].T @ x[:half] + RIDGE * torch.eye(x.shape[1], dtype=x.dtype)
        weights = torch.linalg.solve(gram, x[:half].T @ wanted[:half])
        found.append(((x[half:] @ weights).argmax(-1) == label[half:]).double().mean())
    return torch.stack(found)


class MemoryHyper(HyperParameters):
    """What can be moved on the picture of the memories."""

    step = Whole(0, low=0, high=10_000, unit="steps", help="how much of the trial has passed")


def hyper_up_to(steps: int, at: int) -> MemoryHyper:
    """The same, with a slider that ends where the trial does."""
    help = "how much of the trial has passed"
    kind = type("MemoryHyper", (MemoryHyper,), {"step": Whole(0, low=0, high=steps, unit="steps", help=help)})
    return kind(step=at)


class MemoryView:
    """Left: every dot is the memory in one trial, after so many steps, coloured by what is to be found out. Right: how much is known of it.

    Args:
        hyper: has the step.
        memory: as `agent.memories()` gives it, laid out as one sequence of steps.
        label: for each task what is to be found out, from 0 (up to six different ones).
        name: what the label is: "best arm".
        step: what a step is called.
        shown: so many tasks are drawn.
        yardsticks: shares to compare the readout with, by name.
    """

    size = (9.6, 3.9)

    def __init__(
        self,
        hyper: MemoryHyper,
        memory: Float[Tensor, "task step memory"],
        label: Int[Tensor, " task"],
        name: str = "task",
        step: str = "step",
        shown: int = 250,
        yardsticks: dict[str, float] | None = None,
    ) -> None:
        self.hyper, self.name, self.step, self.yardsticks = hyper, name, step, yardsticks or {}
        plane, self.share = principal_plane(memory)
        self.plane, self.label = plane[:shown].cpu().numpy(), label[:shown].cpu().numpy()
        self.known = readout(memory, label).cpu().numpy()
        self._words = ""

    def setup(self, figure: Figure) -> Sequence[Artist]:
        dots, curve = figure.subplots(1, 2, width_ratios=(1.1, 1))
        low, high = self.plane.min((0, 1)), self.plane.max((0, 1))
        margin = 0.05 * (high - low)
        dots.set(title="The memories of many trials", xlabel="first principal direction", ylabel="second")
        dots.set(xlim=(low[0] - margin[0], high[0] + margin[0]), ylim=(low[1] - margin[1], high[1] + margin[1]))
        kinds = sorted(set(self.label.tolist()))
        self.dots = {
            kind: dots.plot([], [], MARKERS[kind % 6], color=task_colour(kind), ms=4.5, linestyle="", alpha=0.8)[0] for kind in kinds
        }
        handles = [dots.plot([], [], line.get_marker(), color=line.get_color(), linestyle="")[0] for line in self.dots.values()]
        names = [f"{kind + 1}" for kind in kinds]
        dots.legend(handles, names, title=self.name, loc="upper left", bbox_to_anchor=(1.0, 1.02), handletextpad=0.1)
        curve.set(
            title=f"Can the {self.name} be read off?", xlabel=f"{self.step}s so far", ylabel="share read off correctly", ylim=(0, 1.02)
        )
        curve.plot(np.arange(len(self.known)), self.known, color=BLUE)
        self.here = curve.plot([], [], "o", color=INK, ms=7)[0]
        Yardsticks(curve).set(self.yardsticks)
        return [*self.dots.values(), self.here]

    def update(self, runner: Any = None) -> None:
        step = min(self.hyper.step, len(self.known) - 1)
        for kind, line in self.dots.items():
            line.set_data(*self.plane[self.label == kind, step].T)
        self.here.set_data([step], [self.known[step]])
        self._words = (
            f"After {step} {self.step}s the {self.name} can be read off the memory in {self.known[step]:.0%} of new trials, by a linear "
            f"readout; at the beginning in {self.known[0]:.0%}, at the end in {self.known[-1]:.0%}. "
            f"The plane shows {self.share:.0%} of the variance of all memories."
        )

    def summary(self) -> str:
        return self._words


class MemoryExplorer(Explorer):
    """The picture of the memories, with a slider for the step. Arguments as `MemoryView` has them, and the step that it begins with."""

    hyper: MemoryHyper
    view: MemoryView

    def __init__(self, memory: Tensor, label: Tensor, at: int = 0, panel: str = "memory", **options: Any) -> None:
        hyper = hyper_up_to(memory.shape[1] - 1, at)
        super().__init__(panel, hyper, MemoryView(hyper, memory, label, **options), ["step"])
