"""Bandits: what is known of each arm, the pulls of a trial, and a bandit that a person plays."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from matplotlib.collections import PolyCollection
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from dremeta_lite.lab.looks import Look
from dremeta_lite.lab.looks import looks as looks_of
from dremeta_lite.lab.parts import Artist, Axes, Curves, Part, Row
from dremeta_lite.lab.parts.background import spread
from dremeta_lite.lab.style import AMBER, BLUE, GREY, INK, SKY
from dremeta_lite.tasks.bandit import Bandit, BanditTask
from dremeta_lite.trials import Trial

CHANCES = np.linspace(0, 1, 121)
OUTLINE = np.concatenate([CHANCES, CHANCES[::-1]])
WIDEST = 0.42
DOT: Look = {"marker": "o", "ls": "", "color": BLUE}


def tally(arm: Int[Tensor, " pull"], paid: Float[Tensor, " pull"], arms: int) -> tuple[Float[Tensor, " arm"], Float[Tensor, " arm"]]:
    """How often each arm has paid, and how often not."""
    code = torch.nn.functional.one_hot(arm, arms).float()
    return paid @ code, (1 - paid) @ code


class ArmPosteriors(Part):
    """A leaf for each arm, as wide at each chance as that chance is likely: the posterior Beta(1 + paid, 1 + not paid).

    Args:
        labelled: whether the axis of chances is; not in all of several that stand side by side.
    """

    def __init__(self, arms: int, title: str = "", labelled: bool = True) -> None:
        self.arms, self.title, self.labelled = arms, title, labelled

    def setup(self, axes: Axes) -> list[Artist]:
        n, ylabel = self.arms, "chance to pay" if self.labelled else ""
        axes.set(title=self.title, xlabel="arm (above: paid/pulled)", ylabel=ylabel, xlim=(0.4, n + 0.6), ylim=(-0.03, 1.14))
        axes.set(xticks=range(1, n + 1), yticks=[0, 0.5, 1])
        axes.tick_params(axis="y", labelleft=self.labelled)
        axes.grid(False, axis="x")
        self.leaves = PolyCollection([], facecolor=SKY, edgecolor=BLUE, linewidths=1.2, alpha=0.75, zorder=2)
        axes.add_collection(self.leaves, autolim=False)
        star: Look = {"marker": "*", "ls": "", "color": AMBER, "ms": 14, "mec": INK, "mew": 0.8, "zorder": 4}
        moving = self.lines(axes, {"mean": {**DOT, "ms": 5, "zorder": 3}, "chance": star})
        self.notes = [axes.text(arm, 1.03, "", ha="center", va="bottom", fontsize=9, color=INK) for arm in range(1, n + 1)]
        return [self.leaves, *moving, *self.notes]

    def show(self, paid: Float[Tensor, " arm"], unpaid: Float[Tensor, " arm"], probability: Float[Tensor, " arm"] | None = None) -> None:
        """Set the counts; and stars at the true chances, if they may be seen."""
        a, b = 1 + paid.double(), 1 + unpaid.double()
        x = torch.tensor(CHANCES).clamp(1e-6, 1 - 1e-6)
        density = torch.distributions.Beta(a, b).log_prob(x[:, None]).exp().T.numpy()  # [arm, chance]
        arm = np.arange(1, self.arms + 1)
        width = WIDEST * density / np.maximum(density.max(-1, keepdims=True), 2.5)  # an arm never pulled is a slim bar
        self.leaves.set_verts([np.stack([i + np.concatenate([half, -half[::-1]]), OUTLINE], -1) for i, half in enumerate(width, 1)])
        self.drawn["mean"].set_data(arm, (a / (a + b)).numpy())
        self.drawn["chance"].set_data(*([], []) if probability is None else (arm, probability.numpy()))
        self.counts = list(zip(paid.int().tolist(), (paid + unpaid).int().tolist(), strict=True))
        for note, (s, n) in zip(self.notes, self.counts, strict=True):
            note.set_text(f"{s}/{n}")


class PosteriorsAfter(Row):
    """What was known of the arms of one task after so many pulls, one picture each.

    Args:
        trial, tasks: what was played, in a batch of tasks.
        pulls: how many; one picture for each.
    """

    def __init__(self, trial: Trial, tasks: BanditTask, index: int, pulls: Sequence[int]) -> None:
        self.arm, self.paid = trial.action[index, :, 0], trial.reward[index, :, 0]
        self.probability, self.pulls = tasks.probability[index].cpu(), pulls
        self.leaves = [ArmPosteriors(len(self.probability), f"after {n} pulls", n == pulls[0]) for n in pulls]
        super().__init__(*self.leaves, size=(9.6, 3.0))

    def update(self, now: Any = None) -> None:
        for n, part in zip(self.pulls, self.leaves, strict=True):
            part.show(*tally(self.arm[:n], self.paid[:n], part.arms), self.probability)

    def words(self) -> str:
        each = [f"after {n}: {', '.join(f'{s} of {m}' for s, m in part.counts)}" for n, part in zip(self.pulls, self.leaves, strict=True)]
        known = ", ".join(f"{p:.2f}" for p in self.probability.tolist())
        return f"Arms with the chances {known} have paid, {'; '.join(each)}."


class PullsSide(Part):
    """The pulls of one trial, a row an arm: a filled dot paid, a hollow one did not. What `TrialsView` shows below its curves.

    Args:
        index: which one of the trial's tasks is shown.
    """

    height = 2.1

    def __init__(self, family: Bandit, index: int = 0) -> None:
        self.family, self.index, self.known = family, index, list[float]()

    def setup(self, axes: Axes) -> list[Artist]:
        n, k = self.family.pulls, self.family.arms
        axes.set(title="One trial", xlabel="pull", ylabel="arm (its chance)", xlim=(0.2, n + 0.8), ylim=(k + 0.6, 0.4))
        axes.set_yticks(range(1, k + 1))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=11, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
        dot = {**DOT, "ms": 7 if n <= 30 else 4.5}
        return self.lines(axes, {"paid": dot, "unpaid": {**dot, "mfc": "white", "mew": 1.3}})

    def show(self, trial: Trial, task: BanditTask, agent: Any = None) -> None:
        known = task.probability[self.index].tolist()
        if known != self.known:  # the labels belong to the background
            self.known = known
            self.axes.set_yticklabels([f"{a + 1} ({p:.2f}){' ★' if p == max(known) else ''}" for a, p in enumerate(known)])
        self.arm, self.paid = trial.action[self.index, :, 0].cpu().numpy() + 1, trial.reward[self.index, :, 0].cpu().numpy() > 0
        pull = np.arange(1, len(self.arm) + 1)
        for name, which in (("paid", self.paid), ("unpaid", ~self.paid)):
            self.drawn[name].set_data(pull[which], self.arm[which])

    def words(self) -> str:
        n, chance = len(self.arm), max(self.known)
        best = self.known.index(chance) + 1
        pulled = self.arm == best
        return (
            f"In one trial {self.paid.sum()} of {n} pulls pay; the best arm, {best} with a chance of {chance:.2f}, is pulled "
            f"{pulled.sum()} times, in the last fifth of the trial {pulled[-max(n // 5, 1) :].mean():.0%} of the time."
        )


class Rewards(Curves):
    """The rewards so far; and when the last pull is over, what the best arm pays on average, and a random one, and what rivals got."""

    guides = ("best arm", "random arms")

    def __init__(self, pulls: int, rivals: Sequence[str] = ()) -> None:
        self.pulls, self.rivals = pulls, rivals
        looks: dict[str, Look] = {"rewards": {"color": BLUE, "marker": "o", "ms": 4}}
        looks |= {name: {"color": GREY, "linewidth": 1} for name in self.guides} | looks_of(rivals)
        labels: Any = {"title": "Rewards so far", "xlabel": "pulls", "ylabel": "sum of rewards"}
        limits: Any = {"xlim": (0.0, 1.4 * pulls), "ylim": (0.0, 1.02 * pulls)}  # with room for the names
        super().__init__(looks, where=None, xticks=range(0, pulls + 1, max(1, pulls // 5)), **limits, **labels)

    def setup(self, axes: Axes) -> list[Artist]:
        moving = super().setup(axes)
        self.names = [axes.text(0, 0, "", color=GREY, fontsize=10, ha="left", va="center") for _ in (*self.guides, *self.rivals)]
        return [*moving, *self.names]

    def reward(self, rewards: Sequence[float], pays: Sequence[float], rivals: Mapping[str, Sequence[float]]) -> None:
        """Set the rewards; and if that may be seen, what the guides pay in the whole trial, and what each rival got with each pull."""
        n, ends = self.pulls, dict(zip(self.guides, pays, strict=False))
        so_far = {name: [0, *np.cumsum(each)] for name, each in {"rewards": rewards, **rivals}.items()}
        self.show(so_far | {name: ([0, n], [0, pay]) for name, pay in ends.items()}, x=np.arange(n + 1))
        ends |= {name: so_far[name][-1] for name in rivals}
        ends = dict(sorted(ends.items(), key=lambda item: item[1]))
        heights = dict(zip(ends, (n * share for share in spread([end / n for end in ends.values()], 0.07)), strict=True))
        for text, name in zip(self.names, (*self.guides, *self.rivals), strict=True):
            text.set(position=(1.02 * n, heights.get(name, 0)), text=name if name in ends else "")


class PullsView(Row):
    """Left: what is known of each arm. Right: the rewards so far, beside what the best arm pays on average, and a random one.

    The chances are shown when the last pull is over.
    """

    def __init__(self, trial: Any) -> None:
        self.trial, family = trial, trial.family
        self.posteriors = ArmPosteriors(family.arms, "What can be known of each arm")
        self.rewards = Rewards(family.pulls, list(trial.rivals))
        super().__init__(self.posteriors, self.rewards, widths=(1.2, 1), size=(9.6, 3.5))

    def update(self, now: Any = None) -> None:
        trial, n, p = self.trial, self.trial.family.pulls, self.trial.task.probability[0]
        arms, rewards = torch.tensor(trial.actions, dtype=torch.long), torch.tensor(trial.rewards)
        self.posteriors.show(*tally(arms, rewards, len(p)), p if trial.over else None)
        best, random = n * p.max().item(), n * p.mean().item()
        self.rewards.reward(trial.rewards, (best, random) if trial.over else (), trial.played)
        if not trial.begun:
            self._words = f"A new bandit with {len(p)} arms: {n} pulls are left, and nothing is known yet."
            return
        last = f"Pull {len(arms)}: arm {arms[-1] + 1} {'paid' if rewards[-1] else 'did not pay'}."
        each = ", ".join(f"arm {a + 1} {paid} of {pulled}" for a, (paid, pulled) in enumerate(self.posteriors.counts))
        self._words = f"{last} Rewards so far: {rewards.sum():.0f}. Paid: {each}."
        if trial.over:
            known = ", ".join(f"{x:.2f}" for x in p.tolist())
            self._words += f" The chances were {known}: the best arm alone pays {best:.1f} on average, random arms {random:.1f}."
        self._words += trial.told()
