"""What the scrubber shows of a run, at any of its checkpoints. A family names the file of its own `Replay` (`TaskFamily.pictures`); of any
other family there are the returns of a trial over training, and those of each of its episodes."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Float
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from dremeta_lite.compare.checkpoints import RecordedRun
from dremeta_lite.lab.looks import Look, looks, task_colour
from dremeta_lite.lab.parts import Artist, Axes, Curves, Handle, Part, grow, legend, set_limits
from dremeta_lite.lab.parts.layout import ABOVE, Layout
from dremeta_lite.lab.reels import SEED, on_cpu
from dremeta_lite.lab.style import INK
from dremeta_lite.lab.views import own
from dremeta_lite.learner import generator
from dremeta_lite.trials import Agent, Disturb, Trial, play_trial

if TYPE_CHECKING:
    from dremeta_lite.lab.scrubber import Scrubber

SHOWN_TASKS = 5  # of a family with infinitely many
Yardsticks = Mapping[str, Float[Tensor, " episode"]]


class Tried(NamedTuple):
    """What can be looked at: some tasks, and the places of a trial."""

    tasks: Any
    names: Sequence[str]
    first: int = 0
    """The task that is shown first."""
    unit: str = "episode"
    """What the second slider counts."""
    help: str = "which episode of the trial is shown"
    bounds: tuple[int, int] = (1, 1)
    start: int = 1


class Replay(Layout):
    """The view of the scrubber.

    Args:
        tried: what can be looked at.
        parts, options: as of `Layout`; the parts are updated with the `Scrubber`, which says where its sliders stand.
    """

    def __init__(self, tried: Tried, *parts: Part | Layout, **options: Any) -> None:
        self.tried = tried
        super().__init__(*parts, **options)

    def watch(self, agent: Agent, disturb: Disturb | None = None) -> Any:
        """Play one trial of each task; what comes back is kept, and has at least a `trial` on the CPU. `disturb` is as for `play_trial`."""
        raise NotImplementedError


class TrialReel(NamedTuple):
    """What happened in trials of a few tasks."""

    trial: Trial
    taken: None = None


class TrialReplay(Replay):
    """Left: the return of a trial over training. Right: what each episode of the trial returned that is looked at.

    Args:
        yardsticks: what each episode returns under agents to compare with, by name.
        unit: what training is counted in.
    """

    def __init__(self, run: RecordedRun, yardsticks: Yardsticks, unit: str) -> None:
        self.run, n = run, run.episodes
        tasks = run.family.held_out_tasks(SHOWN_TASKS, run.device)
        tried = Tried(tasks, [f"held-out task {i + 1}" for i in range(SHOWN_TASKS)], bounds=(1, n), start=n)
        super().__init__(tried, whole_trial(yardsticks, unit), EpisodesOfTrial())

    def watch(self, agent: Agent, disturb: Disturb | None = None) -> TrialReel:
        return TrialReel(on_cpu(play_trial(self.run.family, self.tried.tasks, agent, generator(SEED), self.run.episodes, disturb)))


class Training(Curves):
    """What the learner returned at each checkpoint, and where the slider stands.

    Args:
        shown: lines by name; those without a colour have the learner's.
        of: their values [checkpoint], of the returns [checkpoint, episode].
        heights: to compare with, by name.
        unit: what training is counted in.
        ylabel, title: of the axes.
    """

    def __init__(
        self,
        shown: Mapping[str, Look],
        of: Callable[[np.ndarray], Mapping[str, np.ndarray]],
        heights: Mapping[str, float],
        unit: str,
        ylabel: str = "return of a trial",
        title: str = "A whole trial, over training",
        episode: str = "episode",
    ) -> None:
        self.of, self.heights, self.shown, self.episode = of, heights, shown, episode
        cursor: dict[str, Look] = {"cursor": {"color": INK, "linewidth": 1}}
        if len(shown) == 1:
            cursor["here"] = {"color": INK, "linestyle": "", "marker": "o", "ms": 7}
        super().__init__({**shown, **cursor}, ylim=(0, 1), where=None, xlabel=unit, ylabel=ylabel, title=title)
        self.handles = [Handle("line of the checkpoint", x="meta_iteration", mark="line")]

    def setup(self, axes: Axes) -> list[Artist]:
        moving = super().setup(axes)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        if len(self.shown) > 1:
            legend(axes, self.shown, {**ABOVE, "bbox_to_anchor": (-0.02, 1.02), "columnspacing": 1.2, "handlelength": 2.2})
        return moving

    def update(self, now: "Scrubber") -> None:
        now.reel()  # what is looked at counts, where nothing was judged
        x, y = now.curve()
        shown, iteration = self.of(y), now.checkpoint.iteration
        every = np.concatenate([list(self.heights.values()), *shown.values()])
        last = max(now.checkpoints[-1].iteration, 1)
        set_limits(self.axes, x=(-0.02 * last, 1.02 * last), y=grow(every.min(), every.max()) if len(every) else (0.0, 1.0))
        marks = {"cursor": self.axes.get_ylim(), "here": next(iter(shown.values()))[x == iteration]}
        places = {**dict.fromkeys(shown, x), "cursor": [iteration, iteration], "here": x[x == iteration]}
        self.show({**shown, **marks}, self.heights, places)
        for name, look in self.shown.items():
            if "color" not in look:
                self.drawn[name].set_color(colour_of(now))
        judged = now.judged(now.checkpoint)
        returns = (
            ""
            if judged is None
            else f"{judged.sum():.2f} in tasks that are hidden from it (first {self.episode} {judged[0]:.2f}, last {judged[-1]:.2f})"
        )
        self._words = f"{now.learner} {now.when()}{returns and f': a trial returns {returns}'}."


def whole_trial(yardsticks: Yardsticks, unit: str, episode: str = "episode") -> Training:
    """The return of a whole trial over training. Arguments as of `TrialReplay` and `Training`."""
    totals = {name: each.sum().item() for name, each in yardsticks.items()}
    look: Look = {"linewidth": 2, "marker": "o", "ms": 3}
    return Training({"total": look}, lambda y: {"total": y.sum(-1)}, totals, unit, episode=episode)


class EpisodesOfTrial(Curves):
    """What each episode of a trial returned. Of an agent that adapts in between: hollow points for support, filled ones for the query, with
    the mean after each number of steps. `span`: values that the axis shows at least."""

    def __init__(self, span: Sequence[float] = ()) -> None:
        shown: dict[str, Look] = {
            "support": {"linestyle": "", "marker": "o", "mfc": "white", "ms": 5},
            "query": {"linestyle": "", "marker": "o", "ms": 5},
            "means": {"linewidth": 2.2},
            "now": {"color": INK, "linewidth": 1},
        }
        super().__init__(shown, span=span, headroom=0.13, where=None, xlabel="episode", ylabel="return in this trial")

    def setup(self, axes: Axes) -> list[Artist]:
        moving = super().setup(axes)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        look = {"color": INK, "ls": "", "marker": "o", "ms": 5}
        where: dict[str, Any] = {**ABOVE, "columnspacing": 1.2, "handletextpad": 0.2, "handlelength": 2}
        legend(axes, {"support": {**look, "mfc": "white"}, "query": look}, where)
        where = {"transform": axes.get_xaxis_transform(), "ha": "center", "va": "bottom", "fontsize": 10}
        self.stages = [axes.text(0, 0.89, "", **where) for _ in range(6)]
        return [*moving, *self.stages]

    def update(self, now: "Scrubber") -> None:
        reel, shown = now.reel(), now.step
        returns = reel.trial.returns()[now.task].numpy()
        x, taken = np.arange(1, len(returns) + 1), np.array(reel.taken or [1] * len(returns))
        support = taken < taken.max()
        blocks = [x[taken == k] for k in np.unique(taken)] if reel.taken else []
        spans = [np.array([[b[0] - 0.4, b[-1] + 0.4, np.nan], [returns[b - 1].mean()] * 3]) for b in blocks]
        means = np.concatenate(spans, 1) if spans else np.stack([x, returns])
        curves = {"support": returns[support], "query": returns[~support], "means": means[1]}
        self.show(curves, x={"support": x[support], "query": x[~support], "means": means[0]})
        set_limits(self.axes, x=(0.3, len(returns) + 0.7))
        self.drawn["now"].set_data([shown, shown], self.axes.get_ylim())
        self.handles = [Handle("line of the episode", x="episode", mark="line")] if now.tried.unit == "episode" else []
        for name in curves:
            self.drawn[name].set_color(task_colour(now.task))
        for k, (text, block) in enumerate(zip(self.stages, [*blocks, *[None] * len(self.stages)], strict=False)):
            text.set_text("" if block is None else f"k = {k}")
            text.set_x(0 if block is None else block.mean())
        self._words = f"Episode {shown} returns {returns[shown - 1]:.2f} (the first {returns[0]:.2f}, the last {returns[-1]:.2f})."


def colour_of(now: "Scrubber") -> str:
    """The colour of the learner that is shown."""
    return looks(now.names)[now.learner]["color"]


def replay_of(run: RecordedRun, yardsticks: Yardsticks, unit: str) -> Replay:
    """The replay that the family has, or the general one."""
    return (own(run.family, "Replay") or TrialReplay)(run, yardsticks, unit)
