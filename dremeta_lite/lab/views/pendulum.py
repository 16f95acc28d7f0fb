"""The pendulum: how wrong a learned model is, one step ahead and many; and an agent that swings it up by planning."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from dremeta_lite.lab.parts.background import ChangeMarks, Yardsticks, grow, set_limits
from dremeta_lite.lab.style import AMBER, BLUE, INK, ORANGE, SKY
from dremeta_lite.tasks.pendulum import Pendulum, tip, wrap
from dremeta_lite.world.dynamics import rollout_error
from dremeta_lite.world.model_learner import LOOK_AHEAD, ModelLearner

if TYPE_CHECKING:
    from dremeta_lite.lab.runner import Runner

SHOWN = 40  # the held-out piece that is drawn: the second half of an episode, when the pendulum is on the move
FAN = 24  # of the plans that were tried last, so many of the best are drawn
ERRORS: Mapping[str, Mapping[str, Any]] = {
    "one_step_error": {"color": BLUE, "linewidth": 2.0},
    "k_step_error": {"color": ORANGE, "linewidth": 2.0, "linestyle": (0, (5, 1.5))},
}


class ModelView:
    """Left: the error one step and k steps ahead, over iterations. Middle: the error by the number of steps. Right: one held-out piece of
    play as it really was, and as the members of the ensemble imagine it, from its first state and its actions alone."""

    size = (10.4, 3.8)

    def __init__(self) -> None:
        self._words = "Nothing has been learned yet."
        self._still: dict[str, float] = {}

    def setup(self, figure: Figure) -> Sequence[Artist]:
        self.curves, self.growth, self.piece = figure.subplots(1, 3, width_ratios=(1.15, 0.85, 1.15))
        self._setup_errors()
        self._setup_piece()
        return [*self.lines.values(), self.by_steps, self.spread, self.here, self.real, *self.members, self.mean]

    def _setup_errors(self) -> None:
        self.curves.set(title="Error on held-out play", xlabel="iteration", ylabel="error (1 = spread of the states)", yscale="log")
        self.lines = {name: self.curves.plot([], [], **look)[0] for name, look in ERRORS.items()}
        where: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.18), "columnspacing": 1.0, "handlelength": 2.0}
        self.curves.legend([Line2D([], [], **look) for look in ERRORS.values()], ["1 step ahead", "k steps ahead"], ncols=2, **where)
        self.marks = ChangeMarks(self.curves)
        self.growth.set(title="Errors compound", xlabel="steps imagined", yscale="log", xlim=(0, LOOK_AHEAD + 2))
        self.by_steps = self.growth.plot([], [], color=ORANGE)[0]
        self.spread = self.growth.plot([], [], color=SKY, linewidth=1.6, linestyle=(0, (1, 1)))[0]
        self.here = self.growth.plot([], [], "o", color=ORANGE, ms=8)[0]
        handles = [Line2D([], [], color=ORANGE), Line2D([], [], color=SKY, linestyle=(0, (1, 1)))]
        self.growth.legend(handles, ["error", "members apart"], ncols=2, **{**where, "handlelength": 1.4, "columnspacing": 0.7})

    def _setup_piece(self) -> None:
        self.piece.set(title="Real, and imagined", xlabel="time (s)", ylabel="angle (degrees; 180 hangs down)")
        self.members = [self.piece.plot([], [], color=SKY, linewidth=0.9)[0] for _ in range(10)]
        self.real = self.piece.plot([], [], color=INK, linewidth=2.2)[0]
        self.mean = self.piece.plot([], [], color=ORANGE, linewidth=1.8, linestyle=(0, (5, 1.5)))[0]
        handles = [Line2D([], [], color=INK), Line2D([], [], color=ORANGE, linestyle=(0, (5, 1.5))), Line2D([], [], color=SKY, linewidth=1)]
        where: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.18), "columnspacing": 0.9, "handlelength": 1.6}
        self.piece.legend(handles, ["real", "imagined", "each member"], ncols=3, **where)

    @torch.no_grad()
    def update(self, runner: "Runner") -> None:
        learner: Any = runner.learner
        k, history = learner.hyper.k, runner.history
        states, actions = learner.held_out.states, learner.held_out.actions
        imagined = learner.model().imagine(states[:, 0], actions)
        errors = rollout_error(imagined, states, learner.spread)[1:].cpu().numpy()
        apart = ((imagined - imagined.mean(0)) / learner.spread).square().mean((0, 1, 3)).sqrt()[1:].cpu().numpy()
        self._show_errors(learner, history, k, errors, apart)
        self._show_piece(states[SHOWN, :, 0], imagined[:, SHOWN, :, 0], k)
        self.marks.set(runner.changes)
        self._words = self._describe(history, k, errors)

    def _show_errors(self, learner: ModelLearner, history: Sequence[Any], k: int, errors: np.ndarray, apart: np.ndarray) -> None:
        n = np.arange(1, len(history) + 1)
        for name, line in self.lines.items():
            line.set_data(n, [row[name] for row in history])
        steps = np.arange(1, len(errors) + 1)
        self.by_steps.set_data(steps, errors)
        self.spread.set_data(steps, np.maximum(apart, 1e-6))
        self.here.set_data([k], [errors[k - 1]])
        shown = [*errors, *(row[name] for row in history for name in ERRORS)]
        old = self.curves.get_ylim() if history else (3e-3, 4.0)
        limits = (old[0] if min(shown) > old[0] else min(shown) / 2, old[1] if max(shown) < old[1] else max(shown) * 2)
        set_limits(self.curves, x=grow(0, max(len(history), 40), self.curves.get_xlim() if len(history) > 1 else None), y=limits)
        set_limits(self.growth, y=limits)
        self._still = {"1 step": still_error(learner, 1), f"{k} steps": still_error(learner, k)}

    def _show_piece(self, real: torch.Tensor, imagined: torch.Tensor, k: int) -> None:
        time = np.arange(k + 1) * Pendulum.time_step
        real_angle = np.degrees(real[: k + 1].cpu().numpy())
        angles = np.degrees(imagined[:, : k + 1].cpu().numpy())
        self.real.set_data(time, real_angle)
        self.mean.set_data(time, angles.mean(0))
        for line, angle in zip(self.members, angles, strict=False):
            line.set_data(time, angle)
        low, high = real_angle.min(), real_angle.max()
        low, high = max(low - 200, min(low, angles.min())), min(high + 200, max(high, angles.max()))
        bottom, top = self.piece.get_ylim()
        if not bottom <= low <= high <= top or top - bottom > 3 * max(high - low, 60):  # else leave it: a change costs a full redraw
            spare = 0.25 * max(high - low, 60)
            bottom, top = low - spare, high + spare
        set_limits(self.piece, x=(0.0, max(time[-1], 0.05)), y=(bottom, top))

    def _describe(self, history: Sequence[Any], k: int, errors: np.ndarray) -> str:
        still = " and ".join(f"{value:.2f} after {name}" for name, value in self._still.items())
        unit = "in units of the spread of the states"
        if not history:
            return f"Nothing has been learned yet. Error {errors[0]:.2f} after 1 step, {errors[k - 1]:.2f} after {k} steps, {unit}."
        last = history[-1]
        return (
            f"Iteration {len(history)}, {last['transitions']:.0f} transitions: error {last['one_step_error']:.4f} after 1 step, "
            f"{errors[k - 1]:.3f} after {k} steps, {errors[-1]:.2f} after {len(errors)}, {unit}. "
            f"To say that nothing moves would be wrong by {still}."
        )

    def summary(self) -> str:
        return self._words


def still_error(learner: ModelLearner, k: int) -> float:
    """The k-step error of a model that says: nothing moves."""
    states = learner.held_out.states
    return rollout_error(states[:, :1].expand_as(states), states, learner.spread)[k].item()


class SwingUpView:
    """Left: the pendulum now, and the way of its tip in the chosen plan. Middle: its angle so far, and a fan of imagined futures.
    Right: the reward of each step."""

    size = (10.4, 3.8)

    def __init__(self) -> None:
        self._words = "The pendulum hangs still."

    def setup(self, figure: Figure) -> Sequence[Artist]:
        world, angle, reward = figure.subplots(1, 3, width_ratios=(0.8, 1.35, 1.0))
        return [*self._setup_world(world), *self._setup_angle(angle), *self._setup_reward(reward)]

    def _setup_world(self, axes: Axes) -> list[Artist]:
        axes.set(title="The pendulum", aspect="equal", xlim=(-1.35, 1.35), ylim=(-1.35, 1.35), xticks=[-1, 0, 1], yticks=[-1, 0, 1])
        axes.set(xlabel="metres")
        self.way = axes.plot([], [], color=ORANGE, linewidth=1.5, linestyle=(0, (1, 1)))[0]
        self.pole = axes.plot([], [], color=BLUE, linewidth=9, solid_capstyle="round")[0]
        self.axle = axes.plot(0, 0, "o", color=INK, ms=6, zorder=5)[0]
        return [self.way, self.pole, self.axle]

    def _setup_angle(self, axes: Axes) -> list[Artist]:
        self.angle_axes = axes
        axes.set(title="So far, and imagined", xlabel="time (s)", ylabel="angle (degrees)")
        axes.set(xlim=(0, 10.5), ylim=(-100, 460), yticks=[0, 180, 360])
        self.past = axes.plot([], [], color=INK, linewidth=2)[0]
        self.fan = LineCollection([], colors=SKY, linewidths=0.7, zorder=1.8)
        axes.add_collection(self.fan)
        self.chosen = axes.plot([], [], color=ORANGE, linewidth=2, linestyle=(0, (1, 1)))[0]
        handles = [Line2D([], [], color=INK), Line2D([], [], color=SKY, lw=1), Line2D([], [], color=ORANGE, linestyle=(0, (1, 1)))]
        where: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.18), "columnspacing": 1.0, "handlelength": 1.6}
        axes.legend(handles, ["real", "plans tried", "plan chosen"], ncols=3, **where)
        self.upright = Yardsticks(axes)
        return [self.past, self.fan, self.chosen]

    def _setup_reward(self, axes: Axes) -> list[Artist]:
        self.reward_axes = axes
        axes.set(title="Reward of each step", xlabel="time (s)", ylabel="reward", xlim=(0, 10.5), ylim=(-17, 0.7))
        self.rewards = axes.plot([], [], color=AMBER, linewidth=2)[0]
        self.marks = ChangeMarks(axes)
        return [self.rewards]

    def update(self, runner: "Runner") -> None:
        agent: Any = runner.learner
        history = episode(runner.history)
        time = np.array([row["time"] for row in history]) * Pendulum.time_step
        angles = np.degrees([row["state_0"] for row in history])
        self.past.set_data(time, angles)
        self.rewards.set_data(time, [row["reward"] for row in history])
        now = agent.state[0].item()
        x, y = tip(now)
        self.pole.set_data([0, x * agent.task.length.item()], [0, y * agent.task.length.item()])
        self._show_plans(agent, time[-1] if len(time) else 0.0)
        low, high = min([*angles, -100]), max([*angles, 460])
        ticks = np.arange(180 * np.ceil(low / 180), high + 1, 180)
        if list(ticks) != list(self.angle_axes.get_yticks()):
            self.angle_axes.set_yticks(ticks)
        set_limits(self.angle_axes, y=(180 * np.floor(low / 180) + 80, 180 * np.ceil(high / 180) - 80))
        self.upright.set({"upright": 0.0, "hangs": 180.0, "upright ": 360.0})
        self._words = self._describe(agent, history, now)

    def _show_plans(self, agent: Any, time: float) -> None:
        """What was imagined before the last action: it begins one step ago."""
        if agent.planned is None:
            self.fan.set_segments([])
            self.chosen.set_data([], [])
            self.way.set_data([], [])
            return
        best = agent.planned.returns.topk(min(FAN, len(agent.planned.returns))).indices
        paths = agent.planned.states[best, :, 0].cpu().numpy()
        ahead = time + (np.arange(paths.shape[1]) - 1) * Pendulum.time_step
        self.fan.set_segments([np.stack([ahead, np.degrees(path)], 1) for path in paths])
        self.chosen.set_data(ahead, np.degrees(paths[0]))
        length = agent.task.length.item()
        self.way.set_data(*np.array([tip(angle) for angle in paths[0].tolist()]).T * length)

    def _describe(self, agent: Any, history: Sequence[Any], now: float) -> str:
        h = agent.hyper
        how = f"{h.plans} plans of {h.horizon} steps, {'CEM' if h.cross_entropy else 'random shooting'}"
        how += f", with the {'learned' if h.learned_model else 'true'} model"
        lean = abs(np.degrees(wrap(torch.tensor(now)).item()))
        if not history:
            return f"The pendulum is {lean:.0f} degrees from upright, and no action has been taken. To come: {how}."
        last = history[-1]
        near = sum(abs(wrap(torch.tensor(row["state_0"])).item()) < 0.3 for row in history) * Pendulum.time_step
        return (
            f"{last['time'] * Pendulum.time_step:.2f} s: {lean:.0f} degrees from upright; reward {last['reward']:.2f}, return so far "
            f"{last['return']:.0f}; within 17 degrees of upright for {near:.2f} s in this episode. Planning: {how}."
        )

    def summary(self) -> str:
        return self._words


def episode(history: Sequence[Mapping[str, float]]) -> list[Mapping[str, float]]:
    """The rows of the present episode."""
    first = max((i for i, row in enumerate(history) if row["time"] == 1), default=0)
    return list(history[first:])
