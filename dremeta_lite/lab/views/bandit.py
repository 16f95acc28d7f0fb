"""Bandits: what is known of each arm, the pulls of a trial, and a bandit that a person plays."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from dremeta_lite.lab.parts.background import set_limits
from dremeta_lite.lab.style import AMBER, BLUE, GREY, INK, SKY
from dremeta_lite.tasks.bandit import Bandit, BanditTask
from dremeta_lite.trials import Trial

CHANCES = np.linspace(0, 1, 121)
WIDEST = 0.42


def tally(trial: Trial, index: int, pulls: int, arms: int) -> tuple[Float[Tensor, " arm"], Float[Tensor, " arm"]]:
    """How often each arm has paid, and how often not, in the first pulls of one trial."""
    arm, paid = trial.action[index, :pulls, 0], trial.reward[index, :pulls, 0]
    code = torch.nn.functional.one_hot(arm, arms).float()
    return paid @ code, (1 - paid) @ code


class ArmPosteriors:
    """A leaf for each arm, as wide at each chance as that chance is likely: the posterior Beta(1 + paid, 1 + not paid).

    Args:
        axes: where to draw.
        arms: how many.
        title: above it.
    """

    def __init__(self, axes: Axes, arms: int, title: str = "") -> None:
        self.arms = arms
        axes.set(title=title, xlabel="arm (above: paid/pulled)", ylabel="chance to pay", xlim=(0.4, arms + 0.6), ylim=(-0.03, 1.14))
        axes.set(xticks=range(1, arms + 1), yticks=[0, 0.5, 1])
        axes.grid(False, axis="x")
        self.leaves = PolyCollection([], facecolor=SKY, edgecolor=BLUE, linewidths=1.2, alpha=0.75, zorder=2)
        axes.add_collection(self.leaves, autolim=False)
        self.means = axes.plot([], [], "o", color=BLUE, ms=5, zorder=3)[0]
        self.truth = axes.plot([], [], "*", color=AMBER, ms=14, mec=INK, mew=0.8, zorder=4)[0]
        self.notes = [axes.text(arm, 1.03, "", ha="center", va="bottom", fontsize=9, color=INK) for arm in range(1, arms + 1)]

    def artists(self) -> list[Artist]:
        """What moves."""
        return [self.leaves, self.means, self.truth, *self.notes]

    def show(self, paid: Float[Tensor, " arm"], unpaid: Float[Tensor, " arm"], probability: Float[Tensor, " arm"] | None = None) -> None:
        """Set the counts; and stars at the true chances, if they may be seen."""
        a, b = 1 + paid.double(), 1 + unpaid.double()
        x = torch.tensor(CHANCES).clamp(1e-6, 1 - 1e-6)
        density = torch.distributions.Beta(a, b).log_prob(x[:, None]).exp().T.numpy()  # [arm, chance]
        arm = np.arange(1, self.arms + 1)
        width = WIDEST * density / np.maximum(density.max(-1, keepdims=True), 2.5)  # an arm never pulled is a slim bar
        self.leaves.set_verts([leaf(i + 1, half) for i, half in enumerate(width)])
        self.means.set_data(arm, (a / (a + b)).numpy())
        self.truth.set_data(*([], []) if probability is None else (arm, probability.numpy()))
        for note, s, f in zip(self.notes, paid.tolist(), unpaid.tolist(), strict=True):
            note.set_text(f"{s:.0f}/{s + f:.0f}")


def leaf(centre: float, half: np.ndarray) -> np.ndarray:
    """The outline of an arm's posterior, around its place: [point, xy]."""
    right, left = np.stack([centre + half, CHANCES], -1), np.stack([centre - half, CHANCES], -1)
    return np.concatenate([right, left[::-1]])


def draw_posteriors(trial: Trial, tasks: BanditTask, index: int, pulls: Sequence[int]) -> tuple[Figure, str]:
    """What was known of the arms of one task after so many pulls, one picture each, and what they show in words."""

    from dremeta_lite.lab.style import own_look

    probability = tasks.probability[index].cpu()
    arms, words = len(probability), []
    with own_look():
        figure = Figure(figsize=(9.6, 3.0), layout="constrained")
        row: Any = figure.subplots(1, len(pulls), sharey=True, squeeze=False)[0]
        for axes, n in zip(row, pulls, strict=True):
            paid, unpaid = tally(trial, index, n, arms)
            ArmPosteriors(axes, arms, f"after {n} pulls").show(paid, unpaid, probability)
            axes.set_ylabel("chance to pay" if axes is row[0] else "")
            words.append(f"after {n}: " + ", ".join(f"{s:.0f} of {s + f:.0f}" for s, f in zip(paid.tolist(), unpaid.tolist(), strict=True)))
    known = ", ".join(f"{p:.2f}" for p in probability.tolist())
    return figure, f"Arms with the chances {known} have paid, {'; '.join(words)}."


class PullsSide:
    """The pulls of one trial, a row an arm: a filled dot paid, a hollow one did not. What `TrialsView` shows below its curves.

    Args:
        family: the bandit.
        index: which one of the trial's tasks is shown.
    """

    height = 2.1

    def __init__(self, family: Bandit, index: int = 0) -> None:
        self.family, self.index = family, index
        self._words, self._known = "", ()

    def setup(self, figure: Figure, place: SubplotSpec) -> Sequence[Artist]:
        self.axes = figure.add_subplot(place)
        n, k = self.family.pulls, self.family.arms
        self.axes.set(title="One trial", xlabel="pull", ylabel="arm (its chance)", xlim=(0.2, n + 0.8), ylim=(k + 0.6, 0.4))
        self.axes.set_yticks(range(1, k + 1))
        self.axes.xaxis.set_major_locator(MaxNLocator(nbins=11, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
        size = 7 if n <= 30 else 4.5
        self.paid = self.axes.plot([], [], "o", color=BLUE, ms=size)[0]
        self.unpaid = self.axes.plot([], [], "o", color=BLUE, mfc="white", ms=size, mew=1.3)[0]
        return [self.paid, self.unpaid]

    def show(self, trial: Trial, task: BanditTask) -> None:
        probability = task.probability[self.index].cpu()
        known = tuple(probability.tolist())
        if known != self._known:  # the labels belong to the background
            self._known = known
            self.axes.set_yticklabels([f"{a + 1} ({p:.2f}){' ★' if p == max(known) else ''}" for a, p in enumerate(known)])
        arm, paid = trial.action[self.index, :, 0].cpu().numpy() + 1, trial.reward[self.index, :, 0].cpu().numpy() > 0
        pull = np.arange(1, len(arm) + 1)
        self.paid.set_data(pull[paid], arm[paid])
        self.unpaid.set_data(pull[~paid], arm[~paid])
        best = int(probability.argmax()) + 1
        self._words = (
            f"In one trial {paid.sum()} of {len(arm)} pulls pay; the best arm, {best} with a chance of {max(known):.2f}, is pulled "
            f"{(arm == best).sum()} times, in the last fifth of the trial {(arm[-max(len(arm) // 5, 1) :] == best).mean():.0%} of the time."
        )

    def summary(self) -> str:
        return self._words


class Pulls:
    """A bandit that a person plays: what was pulled, and what came.

    Args:
        family: the bandit.
        seed: of the first bandit; the next one has the next seed.
    """

    def __init__(self, family: Bandit, seed: int = 0) -> None:
        self.family, self.seed = family, seed
        self.reset()

    def reset(self) -> None:
        """A new bandit."""
        self.rng = torch.Generator()
        self.rng.manual_seed(self.seed)
        self.seed += 1
        self.task = BanditTask(self.family.sample_tasks(1, self.rng).probability[0])
        self.arms: list[int] = []
        self.rewards: list[int] = []

    @property
    def begun(self) -> bool:
        """Whether an arm has been pulled."""
        return bool(self.arms)

    def act(self, arm: int) -> bool:
        """Pull an arm (from 0); False if no pull is left, and nothing was done."""
        if self.over:
            return False
        state, action = self.family.initial(self.rng, self.task), torch.tensor(arm)
        following = self.family.transition(state, action, self.rng, self.task)
        self.rewards.append(int(self.family.reward(state, action, following, self.rng, self.task)))
        self.arms.append(arm)
        return True

    @property
    def over(self) -> bool:
        return len(self.arms) >= self.family.pulls

    def counts(self) -> tuple[Float[Tensor, " arm"], Float[Tensor, " arm"]]:
        """How often each arm has paid, and how often not."""
        paid, unpaid = torch.zeros(self.family.arms), torch.zeros(self.family.arms)
        for arm, reward in zip(self.arms, self.rewards, strict=True):
            (paid if reward else unpaid)[arm] += 1
        return paid, unpaid


class PullsView:
    """Left: what is known of each arm. Right: the rewards so far, beside what the best arm pays on average, and a random one.

    The chances are shown when the last pull is over.
    """

    size = (9.6, 3.5)

    def __init__(self, pulls: Pulls) -> None:
        self.pulls = pulls
        self._words = ""

    def setup(self, figure: Figure) -> Sequence[Artist]:
        arms, curve = figure.subplots(1, 2, width_ratios=(1.2, 1))
        family = self.pulls.family
        self.posteriors = ArmPosteriors(arms, family.arms, "What can be known of each arm")
        curve.set(title="Rewards so far", xlabel="pulls", ylabel="sum of rewards")
        set_limits(curve, x=(0.0, 1.35 * family.pulls), y=(0.0, family.pulls * 1.02))  # room for the names
        curve.set_xticks(range(0, family.pulls + 1, max(1, family.pulls // 5)))
        self.line = curve.plot([], [], "-o", color=BLUE, ms=4)[0]
        self.guides = [curve.plot([], [], color=GREY, linewidth=1)[0] for _ in range(2)]
        self.names = [curve.text(0, 0, "", color=GREY, fontsize=10, ha="left", va="center") for _ in range(2)]
        return [*self.posteriors.artists(), self.line, *self.guides, *self.names]

    def update(self, runner: Any = None) -> None:
        pulls, over = self.pulls, self.pulls.over
        probability = pulls.task.probability
        self.posteriors.show(*pulls.counts(), probability if over else None)
        self.line.set_data(range(len(pulls.arms) + 1), np.concatenate([[0], np.cumsum(pulls.rewards)]))
        n = pulls.family.pulls
        for guide, text, name, chance in zip(
            self.guides,
            self.names,
            ("best arm", "random arms"),
            (probability.max().item(), probability.mean().item()),
            strict=True,
        ):
            guide.set_data([0, n] if over else [], [0, n * chance] if over else [])
            text.set_position((1.02 * n, n * chance))
            text.set_text(name if over else "")
        self._words = self._describe()

    def _describe(self) -> str:
        pulls = self.pulls
        if not pulls.arms:
            return f"A new bandit with {pulls.family.arms} arms: {pulls.family.pulls} pulls are left, and nothing is known yet."
        last = f"Pull {len(pulls.arms)}: arm {pulls.arms[-1] + 1} {'paid' if pulls.rewards[-1] else 'did not pay'}."
        paid, unpaid = (counts.tolist() for counts in pulls.counts())
        each = ", ".join(f"arm {a + 1} {s:.0f} of {s + f:.0f}" for a, (s, f) in enumerate(zip(paid, unpaid, strict=True)))
        words = f"{last} Rewards so far: {sum(pulls.rewards)}. Paid: {each}."
        if not pulls.over:
            return words
        p = pulls.task.probability
        known = ", ".join(f"{x:.2f}" for x in p.tolist())
        n = pulls.family.pulls
        return f"{words} The chances were {known}: the best arm alone pays {n * p.max():.1f} on average, random arms {n * p.mean():.1f}."

    def summary(self) -> str:
        return self._words
