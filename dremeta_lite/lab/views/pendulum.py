"""The pendulum: how wrong a learned model is, one step ahead and many; and an agent that swings it up by planning."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from dremeta_lite.lab.looks import Look
from dremeta_lite.lab.parts import BELOW, Curves, History, Line, Row, Sparingly, set_limits, since_restart
from dremeta_lite.lab.style import AMBER, BLUE, INK, ORANGE, SKY
from dremeta_lite.tasks.pendulum import Pendulum, tip, wrap
from dremeta_lite.world.dynamics import rollout_error
from dremeta_lite.world.model_learner import LOOK_AHEAD, ModelLearner

SHOWN = 40  # the held-out piece that is drawn: the second half of an episode, when the pendulum is on the move
PUSH, FAR = 1.0, 100.0  # radians a second; metres
FAN = 24  # of the plans that were tried last, so many of the best are drawn
LONG, SHORT = (0, (5, 1.5)), (0, (1, 1))  # dashes
MEMBERS = ["each member", *(f"_member {i}" for i in range(2, 11))]
PLANS = ["plans tried", *(f"_plan {i}" for i in range(2, FAN + 1))]
AROUND: Mapping[str, Any] = {"xlim": (-1.35, 1.35), "ylim": (-1.35, 1.35), "xticks": [-1, 0, 1], "yticks": [-1, 0, 1], "aspect": "equal"}
"""Of a picture of pendulums, in metres."""
YARDSTICKS = {"upright": 0.0, "hangs": 180.0, "upright ": 360.0}


class ModelView(Row):
    """Left: the error one step and k steps ahead, over iterations. Middle: the error by the number of steps. Right: one held-out piece of
    play as it really was, and as the members of the ensemble imagine it, from its first state and its actions alone."""

    def __init__(self) -> None:
        one: Look = {"color": BLUE, "linewidth": 2.0}
        many: Look = {"color": ORANGE, "linewidth": 2.0, "linestyle": LONG}
        lines = [Line("one_step_error", one, "1 step ahead"), Line("k_step_error", many, "k steps ahead")]
        labels: Any = {"title": "Error on held-out play", "ylabel": "error (1 = spread of the states)"}
        self.errors = History(lines, log=(3e-3, 4.0), words="{transitions:.0f} transitions", where=BELOW, **labels)
        growth: dict[str, Look] = {
            "error": {"color": ORANGE},
            "members apart": {"color": SKY, "linewidth": 1.6, "linestyle": SHORT},
            "_k": {"color": ORANGE, "linestyle": "", "marker": "o", "ms": 8},
        }
        labels = {"title": "Errors compound", "xlabel": "steps imagined", "yscale": "log"}
        self.growth = Curves(growth, xlim=(0, LOOK_AHEAD + 2), ylim=(3e-3, 4.0), where=BELOW, **labels)
        piece: dict[str, Look] = {
            "real": {"color": INK, "linewidth": 2.2},
            "imagined": {"color": ORANGE, "linewidth": 1.8, "linestyle": LONG},
            **{name: {"color": SKY, "linewidth": 0.9, "zorder": 1.9} for name in MEMBERS},
        }
        labels = {"title": "Real, and imagined", "xlabel": "time (s)", "ylabel": "angle (degrees; 180 hangs down)"}
        self.piece = Curves(piece, xlim=(0, 1), ylim=(0, 1), where=BELOW, **labels)
        self._pace = Sparingly()
        super().__init__(self.errors, self.growth, self.piece, widths=(1.15, 0.85, 1.15), size=(10.4, 3.8))

    def update(self, now: Any = None) -> None:
        self._pace.do(now, lambda: self._imagine(now.learner))
        super().update(now)
        set_limits(self.growth.axes, y=self.errors.axes.get_ylim())

    @torch.no_grad()
    def _imagine(self, learner: ModelLearner) -> None:
        """Compare held-out play with what the model imagines: it takes as long as a few frames."""
        k, states, actions = learner.hyper.k, learner.held_out.states, learner.held_out.actions
        imagined = learner.model().imagine(states[:, 0], actions)
        errors = rollout_error(imagined, states, learner.spread)[1:].cpu().numpy()
        apart = ((imagined - imagined.mean(0)) / learner.spread).square().mean((0, 1, 3)).sqrt()[1:].cpu().numpy()
        self.errors.span = errors.tolist()
        self.growth.show({"error": errors, "members apart": np.maximum(apart, 1e-6), "_k": ([k], [errors[k - 1]])})
        self._show_piece(*(np.degrees(x.cpu().numpy()) for x in (states[SHOWN, : k + 1, 0], imagined[:, SHOWN, : k + 1, 0])))
        self._words = (
            f"Measured at iteration {learner.iteration}: error {errors[0]:.4f} after 1 step, {errors[k - 1]:.3f} after {k} steps, "
            f"{errors[-1]:.2f} after {len(errors)}, in units of the spread of the states. To say that nothing moves would be wrong by "
            f"{still_error(learner, 1):.2f} after 1 step and {still_error(learner, k):.2f} after {k} steps."
        )

    def _show_piece(self, real: np.ndarray, imagined: np.ndarray) -> None:
        """Set the angle as it was [step] and as the members imagine it [member, step], in degrees."""
        time = np.arange(len(real)) * Pendulum.time_step
        members = dict(zip(MEMBERS, imagined, strict=False))
        self.piece.show({"real": real, "imagined": imagined.mean(0), **members}, x=time)
        low, high = max(real.min() - 200, min(real.min(), imagined.min())), min(real.max() + 200, max(real.max(), imagined.max()))
        bottom, top = self.piece.axes.get_ylim()
        if not bottom <= low <= high <= top or top - bottom > 3 * max(high - low, 60):  # else leave it: a change costs a full redraw
            spare = 0.25 * max(high - low, 60)
            bottom, top = low - spare, high + spare
        set_limits(self.piece.axes, x=(0.0, max(time[-1], 0.05)), y=(bottom, top))


def still_error(learner: ModelLearner, k: int) -> float:
    """The k-step error of a model that says: nothing moves."""
    states = learner.held_out.states
    return rollout_error(states[:, :1].expand_as(states), states, learner.spread)[k].item()


class SwingUpView(Row):
    """Left: the pendulum now, and the way of its tip in the chosen plan. Middle: its angle so far, and a fan of imagined futures.
    Right: the reward of each step. A click beside the pendulum pushes it to that side, and so do the arrow keys."""

    def __init__(self) -> None:
        chosen: Look = {"color": ORANGE, "linewidth": 1.5, "linestyle": SHORT}
        pendulum: dict[str, Look] = {
            "way": chosen,
            "pole": {"color": BLUE, "linewidth": 9, "solid_capstyle": "round"},
            "axle": {"color": INK, "linestyle": "", "marker": "o", "ms": 6, "zorder": 5},
        }
        self.agent: Any = None
        self.pendulum = Curves(pendulum, where=None, title="The pendulum", xlabel="metres (click: a push to that side)", **AROUND)
        fan = {name: {"color": SKY, "linewidth": 0.7, "zorder": 1.8} for name in PLANS}
        angles: dict[str, Look] = {"real": {"color": INK}, **fan, "plan chosen": {**chosen, "linewidth": 2}}
        labels: dict[str, Any] = {"title": "So far, and imagined", "xlabel": "time (s)", "ylabel": "angle (degrees)"}
        self.angle = Curves(angles, xlim=(0, 10.5), ylim=(-100, 460), where=BELOW, **labels)
        labels = {"title": "Reward of each step", "xlabel": "time (s)", "ylabel": "reward"}
        self.reward = Curves({"reward": {"color": AMBER}}, xlim=(0, 10.5), ylim=(-17, 0.7), **labels)
        super().__init__(self.pendulum, self.angle, self.reward, widths=(0.8, 1.35, 1.0), size=(10.4, 3.8))
        self.pendulum.keys = {"ArrowLeft": "push to the left", "ArrowRight": "push to the right"}
        self.pendulum.pressed = lambda key: self.push(-FAR if key == "ArrowLeft" else FAR, 0.0)
        self.pendulum.clicked = self.push

    def push(self, x: float, y: float) -> None:
        """Push the pendulum to the side of a place, once."""
        agent = self.agent

        def act() -> None:
            angle, speed = agent.state
            there = torch.atan2(torch.tensor(-x), torch.tensor(y))  # the angle of the place; angles grow to the left
            fastest, pushed = agent.family.max_velocity, speed + PUSH * wrap(there - angle).sign()
            agent.put(torch.stack([angle, pushed.clamp(-fastest, fastest)]))

        self.pendulum.between_iterations(act)

    def update(self, now: Any = None) -> None:
        self.agent = agent = now.learner
        rows = since_restart(now.history, "time")
        time = np.array([row["time"] for row in rows]) * Pendulum.time_step
        angles = np.degrees([row["state_0"] for row in rows])
        plans = best_plans(agent)
        ahead = (time[-1] if rows else 0.0) + (np.arange(plans.shape[1]) - 1) * Pendulum.time_step  # plans begin one step ago
        low, high = min([*angles, -100]), max([*angles, 460])
        ticks = np.arange(180 * np.ceil(low / 180), high + 1, 180)
        if list(ticks) != list(self.angle.axes.get_yticks()):
            self.angle.axes.set_yticks(ticks)
        set_limits(self.angle.axes, y=(180 * np.floor(low / 180) + 80, 180 * np.ceil(high / 180) - 80))
        imagined = {**dict(zip(PLANS, np.degrees(plans), strict=False)), "plan chosen": np.degrees(plans[:1]).flatten()}
        self.angle.show({"real": (time, angles), **imagined}, YARDSTICKS, x=ahead)
        self.reward.show({"reward": [row["reward"] for row in rows]}, x=time)
        (x, y), *way = agent.task.length.item() * np.array([tip(angle) for angle in (agent.state[0].item(), *plans[:1].flatten().tolist())])
        self.pendulum.show({"way": np.reshape(way, (-1, 2)).T, "pole": ([0, x], [0, y]), "axle": ([0], [0])})
        self._words = in_words(agent, rows)


def best_plans(agent: Any) -> np.ndarray:
    """The angles that the best plans imagined before the last action, best first [plan, step]."""
    if agent.planned is None:
        return np.zeros((0, 0))
    best = agent.planned.returns.topk(min(FAN, len(agent.planned.returns))).indices
    return agent.planned.states[best, :, 0].cpu().numpy()


def in_words(agent: Any, rows: Any) -> str:
    """Where the pendulum is, what it has earned in this episode, and how it plans."""
    h, lean = agent.hyper, abs(np.degrees(wrap(agent.state[0]).item()))
    how = f"{h.plans} plans of {h.horizon} steps, {'CEM' if h.cross_entropy else 'random shooting'}"
    how += f", with the {'learned' if h.learned_model else 'true'} model"
    if not rows:
        return f"The pendulum is {lean:.0f} degrees from upright, and no action has been taken. To come: {how}."
    last = rows[-1]
    near = sum(abs(wrap(torch.tensor(row["state_0"])).item()) < 0.3 for row in rows) * Pendulum.time_step
    return (
        f"{last['time'] * Pendulum.time_step:.2f} s: {lean:.0f} degrees from upright; reward {last['reward']:.2f}, return so far "
        f"{last['return']:.0f}; within 17 degrees of upright for {near:.2f} s in this episode. Planning: {how}."
    )
