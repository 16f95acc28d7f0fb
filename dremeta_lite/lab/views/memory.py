"""A look inside a memory: what it holds at each step of many trials, projected on a plane, and what can be read out of it."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from dremeta_lite.hyper import HyperParameters, Whole
from dremeta_lite.lab.explorer import Explorer
from dremeta_lite.lab.looks import task_colour
from dremeta_lite.lab.parts import Artist, Axes, Curves, Part, Row, legend
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


class Dots(Part):
    """Every dot is the memory in one trial, coloured by what the agent has to find out.

    Args:
        plane: the memories on their principal plane [task, step, 2].
        label: for each task what the agent has to find out.
        name: what the label is.
    """

    def __init__(self, plane: np.ndarray, label: np.ndarray, name: str) -> None:
        self.plane, self.label, self.name = plane, label, name
        self.looks = {
            f"{kind + 1}": {"marker": MARKERS[kind % 6], "color": task_colour(kind), "ls": ""} for kind in sorted({*label.tolist()})
        }

    def setup(self, axes: Axes) -> list[Artist]:
        low, high = self.plane.min((0, 1)), self.plane.max((0, 1))
        x, y = np.stack([low, high], -1) + 0.05 * (high - low)[:, None] * [-1, 1]
        axes.set(title="The memories of many trials", xlabel="first principal direction", ylabel="second", xlim=x, ylim=y)
        where = {"title": self.name, "loc": "upper left", "bbox_to_anchor": (1.0, 1.02), "handletextpad": 0.1, "ncols": 1}
        legend(axes, self.looks, where)
        return self.lines(axes, {name: {**look, "ms": 4.5, "alpha": 0.8} for name, look in self.looks.items()})

    def show(self, step: int) -> None:
        """Set the moment."""
        for name, line in self.drawn.items():
            line.set_data(*self.plane[self.label == int(name) - 1, step].T)


class MemoryView(Row):
    """Left: every dot is the memory in one trial, after so many steps, coloured by what the agent has to find out. Right: how much of it
    is known.

    Args:
        memory: as `agent.memories()` gives it, laid out as one sequence of steps.
        label: for each task what the agent has to find out, from 0 (up to six different ones).
        name: what the label is: "best arm".
        step: what a step is called.
        shown: so many tasks are drawn.
        yardsticks: shares to compare the readout with, by name.
    """

    def __init__(
        self,
        hyper: Any,
        memory: Float[Tensor, "task step memory"],
        label: Int[Tensor, " task"],
        name: str = "task",
        step: str = "step",
        shown: int = 250,
        yardsticks: dict[str, float] | None = None,
    ) -> None:
        self.hyper, self.name, self.step, self.yardsticks = hyper, name, step, yardsticks or {}
        plane, self.share = principal_plane(memory)
        self.known = readout(memory, label).cpu().numpy()
        self.dots, last = Dots(plane[:shown].cpu().numpy(), label[:shown].cpu().numpy(), name), len(self.known) - 1
        looks = {"known": {"color": BLUE}, "here": {"color": INK, "marker": "o", "ls": "", "ms": 7}}
        labels: Any = {"title": f"Can the {name} be read off?", "xlabel": f"{step}s so far", "ylabel": "share read off correctly"}
        self.curve = Curves(looks, xlim=(-0.05 * last, 1.05 * last), ylim=(0, 1.02), where=None, **labels)
        super().__init__(self.dots, self.curve, widths=(1.1, 1))

    def update(self, now: Any = None) -> None:
        known, step = self.known, min(self.hyper.step, len(self.known) - 1)
        self.dots.show(step)
        self.curve.show({"known": known, "here": ([step], [known[step]])}, self.yardsticks, x=np.arange(len(known)))
        self._words = (
            f"After {step} {self.step}s the {self.name} can be read off the memory in {known[step]:.0%} of new trials, by a linear "
            f"readout; at the beginning in {known[0]:.0%}, at the end in {known[-1]:.0%}. "
            f"The plane shows {self.share:.0%} of the variance of all memories."
        )


class MemoryExplorer(Explorer):
    """The picture of the memories, with a slider for the step. Arguments as `MemoryView` has them, and the step that it begins with."""

    view: MemoryView

    def __init__(self, memory: Tensor, label: Tensor, at: int = 0, panel: str = "memory", **options: Any) -> None:
        step = Whole(0, low=0, high=memory.shape[1] - 1, unit="steps", help="how much of the trial has passed")
        kind: Any = type("MemoryHyper", (HyperParameters,), {"step": step})  # of its own: its slider ends where the trial does
        hyper = kind(step=at)
        super().__init__(panel, hyper, MemoryView(hyper, memory, label, **options), ["step"])
