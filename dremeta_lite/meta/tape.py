"""Recorded runs: parameters θ at some iterations in one file, and the tape that comes out of it.

θ is all that is kept: enough to play with, not enough to go on training. It may be kept with half of its digits (float16), so that files
stay small; who comes back then plays all but as the one who was judged.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from traitlets import TraitError

from dremeta_lite import store
from dremeta_lite.learner import GradientLearner, State, check_same_layout
from dremeta_lite.meta.arenas import ARENAS
from dremeta_lite.meta.moments import Moment, Tape
from dremeta_lite.meta.side_by_side import MakesAgents

COMMAND = "compare"
"""Of `python3 -m dremeta_lite`: makes these files."""
FOLDER = store.DATA / "lesson10"


def tape_path(arena: str, entrant: str, folder: Path = FOLDER) -> Path:
    """Where the run of an entrant in an arena is kept."""
    return folder / f"{arena}_{entrant}.safetensors"


def write_tape(path: Path, kept: Mapping[str, Tensor], learner: GradientLearner, arena: str, entrant: str, **notes: Any) -> None:
    """Write what was kept of a run.

    Args:
        path: the file.
        kept: θ at some iterations, named `<iteration>/<parameter>`.
        learner: who was trained: its seed and its hyperparameters are written down.
        arena, entrant: where it took part, and as whom, by their keys.
        notes: more to be written down (origin, versions).

    Raises:
        OSError: the folder cannot be written; nothing is left behind.
    """
    iterations = sorted({int(name.partition("/")[0]) for name in kept})
    about = {"arena": arena, "entrant": entrant, "seed": learner.seed, "hyper": learner.hyper.values(), "iterations": iterations}
    store.write(path, kept, {**learner.identity(), **about, **notes})


def read_tape(path: Path, learner: GradientLearner, title: str, episodes: int, figures: Mapping[str, Any] | None = None) -> Tape:
    """What `write_tape` has written, as a tape with one learner.

    Args:
        path: the file.
        learner: a fresh one of the same kind and layout; it is given the parameters of the file, and its hyperparameters.
        title: what the learner is called on the tape.
        episodes: of a trial.
        figures: what was measured at checkpoints of the same run, if that is known: a list `checkpoints` of iterations and returns.

    Raises:
        store.StoreError: the file is missing, truncated, foreign, or of another learner, family or layout.
    """
    tensors, about = store.read(path, COMMAND)
    for key, wanted in learner.identity().items():
        if about.get(key) != wanted:
            raise store.StoreError(f"{path} is for the {key} {about.get(key)!r}, and this is {wanted!r}: {_again()}")
    judged = {point["iteration"]: torch.tensor(point["returns"]) for point in (figures or {}).get("checkpoints", [])}
    tape = Tape(learner.family, episodes, device=learner.device)
    try:
        for name, value in about["hyper"].items():
            setattr(learner.hyper, name, value)
        for iteration, theta in _by_iteration(tensors).items():
            tape.moments.append(Moment(iteration, {title: _agent_with(learner, theta)}, _named(title, judged.get(iteration))))
    except (KeyError, TypeError, ValueError, TraitError) as error:
        raise store.StoreError(f"{path} does not fit {title}: {error}. {_again()}") from error
    return tape


def recorded_tape(arena: str, entrant: str, folder: Path = FOLDER) -> Tape:
    """The recorded run of an entrant in an arena, with what was measured of it and the arena's yardsticks.

    Args:
        arena, entrant: by their keys in `ARENAS`.
        folder: where recorded runs are.

    Raises:
        ValueError: there is no such arena, or no such entrant in it.
        store.StoreError: the file is missing, truncated, foreign, or does not fit; the message names it and the command that makes it.
    """
    if arena not in ARENAS:
        raise ValueError(f"there is no arena {arena!r}; there are {', '.join(ARENAS)}")
    place = ARENAS[arena]
    if entrant not in place.entrants:
        raise ValueError(f"{entrant!r} takes no part in {arena}; those who do are {', '.join(place.entrants)}")
    figures = store.read_figures(folder / f"{arena}.json", COMMAND)
    who = place.entrants[entrant]
    fresh: Any = who.make(0)
    runs = [run for run in figures["entrants"].get(entrant, {}).get("runs", []) if run["seed"] == 0]
    tape = read_tape(tape_path(arena, entrant, folder), fresh, who.title, place.episodes, runs[0] if runs else None)
    tape.yardsticks = {name: torch.tensor(returns) for name, returns in figures["yardsticks"].items()}
    return tape


def _by_iteration(tensors: Mapping[str, Tensor]) -> dict[int, State]:
    """Parameters by iteration, in the order of the iterations. Raises ValueError for a name without one."""
    found: dict[int, State] = {}
    for name, p in tensors.items():
        iteration, _, parameter = name.partition("/")
        found.setdefault(int(iteration), {})[parameter] = p.float() if p.dtype == torch.float16 else p  # long tapes keep half of the digits
    return dict(sorted(found.items()))


def _agent_with(learner: GradientLearner, theta: Mapping[str, Tensor]) -> Any:
    """A player with these parameters. Raises ValueError where they have another layout."""
    theta = {name: p.float() if p.dtype == torch.float16 else p for name, p in theta.items()}
    check_same_layout({name: p.detach() for name, p in learner.theta.items()}, theta)
    assert isinstance(learner, MakesAgents)
    with torch.no_grad():
        for name, p in learner.theta.items():
            p.copy_(theta[name])
    return learner.agent()


def _named(title: str, returns: Float[Tensor, " episode"] | None) -> dict[str, Tensor]:
    return {} if returns is None else {title: returns}


def _again() -> str:
    return f"`python3 -m dremeta_lite {COMMAND}` makes it again."
