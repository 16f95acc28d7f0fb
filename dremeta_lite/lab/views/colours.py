"""Where the paddle of Colours goes, before and after a step of adaptation."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.compare.game_tables import trained_catcher
from dremeta_lite.lab.parts import Heat, Row
from dremeta_lite.lab.reels import SEED
from dremeta_lite.lab.still import show_view
from dremeta_lite.learner import generator
from dremeta_lite.meta.adapting import GradientAgent
from dremeta_lite.meta.evaluation import adapt_to
from dremeta_lite.rollout import collect
from dremeta_lite.tasks.colours import SIDE, Colours, ColoursTask
from dremeta_lite.tasks.skirmish import COLOURS

EPISODES = 400
NAMES = COLOURS[:2]
START = (4, 0, 2, 6, 3, 4)
"""The paddle's column, the time, and where the objects of both waves fall."""


class OneStart(Colours):
    """Colours whose episodes all begin alike."""

    def initial(self, rng: torch.Generator, params: Any = None) -> Tensor:
        pays = (params or self.default_params).pays
        return torch.tensor(START, device=pays.device).expand(*pays.shape[:-1], -1)


def columns(agent: GradientAgent) -> list[Float[Tensor, "task row column"]]:
    """How often the paddle is in each column while the first wave falls, in the task of each colour: before a step, and after it."""
    family, pays = OneStart(), torch.eye(len(NAMES), device=agent.theta["bias0"].device)
    settings = {"inner_lr": agent.inner_lr, "discount": agent.discount, "lam": agent.lam, "baseline": agent.baseline}
    adapted = adapt_to(Colours(), ColoursTask(pays), agent.policy, agent.theta, steps=1, trajectories=agent.support, seed=SEED, **settings)
    played = (collect(family, ColoursTask(pays), agent.policy, phi, EPISODES, generator(SEED)) for phi in adapted.params)
    pictures = (t.observation.mean(1).unflatten(-1, (-1, SIDE, SIDE)) for t in played)
    return [each[:, :SIDE, 0, SIDE - 1].cpu() for each in pictures]


def paddle_view(agent: GradientAgent) -> Row:
    """Where the paddle is, row by row: before the step, and after it where each of the colours pays. Below, where the objects fall."""
    before, after = columns(agent)
    looks: dict[str, Any] = {"form": "", "limits": (0.0, 1.0), "colours": "Greys", "xticks": START[2:4], "xticklabels": NAMES}
    looks |= {"xlabel": "column", "ylabel": "row of the objects"}
    shown = {"Before the step": before[0], **{f"After it, {name} pays": each for name, each in zip(NAMES, after, strict=True)}}
    heats = [Heat(SIDE, SIDE, values=each, title=title, **looks) for title, each in shown.items()]
    view = Row(*heats, size=(9.6, 3.6))
    ends = [", ".join(f"{x[-1, column]:.0%} under {name}" for name, column in zip(NAMES, START[2:4], strict=True)) for x in shown.values()]
    view._words = " ".join(f"{title}, the paddle ends {end}." for title, end in zip(shown, ends, strict=True))
    return view


def show_paddle() -> None:
    """Display where the recorded start of MAML moves the paddle, seed 0. Raises store.StoreError: its file is missing, or damaged."""
    show_view(paddle_view(trained_catcher()))
