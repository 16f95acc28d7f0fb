"""The half cheetah on film: how one is made, and a recorded run that plays where there is no MuJoCo. An iteration of that is a frame."""

from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.compare.scores import PLAYING_SEED
from dremeta_lite.compare.tables import recorded
from dremeta_lite.hyper import HyperParameters, Switch, Whole
from dremeta_lite.learner import Learner, generator
from dremeta_lite.tasks.cheetah import Direction, HalfCheetahDir
from dremeta_lite.trials import Agent, play_trial

CHEETAH = "the half cheetah"
FRAMES = 2
"""Every second step is kept."""
SIGNS = {"forwards": 1.0, "backwards": -1.0}


class Take(NamedTuple):
    """Five seconds of one robot."""

    limbs: Float[np.ndarray, "frame limb 2 2"]
    """Both ends of every limb, to the right and up in metres."""
    speed: list[float]
    """Of the trunk to the right, in m/s, in each frame."""
    earned: float
    """What the episode returned."""


def filmed(family: HalfCheetahDir, agent: Agent) -> dict[str, Take]:
    """How an agent runs in each direction, the first episode of a trial."""
    states: list[Tensor] = []

    def keep(step: int, episodes: Any) -> None:
        states.append(episodes.state)

    tasks = Direction(torch.tensor([*SIGNS.values()], device="cpu"))
    trial = play_trial(family, tasks, agent, generator(PLAYING_SEED), 1, keep)
    found = {}
    for name, path, earned in zip(SIGNS, torch.stack(states, 1)[:, ::FRAMES], trial.returns()[:, 0].tolist(), strict=True):
        found[name] = Take(family.simulations.capsules(path), path[:, 9].tolist(), earned)
    return found


class FilmHyper(HyperParameters):
    """What can be chosen while a film plays."""

    trained = Whole(120, low=0, high=120, unit="iterations", help="how long it had been trained: the nearest moment that was filmed")
    backwards = Switch(False, help="on: woken in a task that pays for running backwards; off: forwards")


class Film(Learner):
    """Plays what was filmed of seed 0, from its beginning whenever another film is chosen, and again from there after its end.

    Args:
        seed, device: are not used: a film is a film.
        hyper: starting values of the hyperparameters, by name.

    Attributes:
        frame: the number of the present one in its film.
    """

    hyper: FilmHyper
    kept = ("iteration", "frame")
    cause = "A film holds no numbers that are not finite: make it again."

    def __init__(self, seed: int = 0, device: torch.device | str = "cpu", **hyper: Any) -> None:
        super().__init__()
        self.seed, self.device, self.hyper, self.frame = seed, torch.device(device), FilmHyper(**hyper), 0
        self.films = recorded(CHEETAH)["runs"][0]["films"]
        self.shown = self.chosen()

    def chosen(self) -> tuple[str, str]:
        """After how many iterations it was filmed, and in which direction it was paid."""
        moment = min(self.films, key=lambda n: abs(int(n) - self.hyper.trained))
        return moment, "backwards" if self.hyper.backwards else "forwards"

    def limbs(self) -> Float[np.ndarray, "frame limb 2 2"]:
        """Both ends of every limb, to the right and up in metres, in all frames of the present film."""
        moment, direction = self.shown
        return np.asarray(self.films[moment][direction]["limbs"]).reshape(-1, 8, 2, 2)

    def speed(self) -> list[float]:
        """Of the trunk to the right, in m/s, in all frames of the present film."""
        moment, direction = self.shown
        return self.films[moment][direction]["speed"]

    def advance(self) -> dict[str, float]:
        if self.shown != self.chosen():
            self.shown, self.frame = self.chosen(), -1
        self.frame = (self.frame + 1) % len(self.speed())
        return {"speed": self.speed()[self.frame], "time": float(self.frame)}
