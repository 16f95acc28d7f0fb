"""Makes `notebooks/try_it.html`: the first picture of the course in one file that needs no install.

    python3 -m dremeta_lite try-it                a second
    python3 -m dremeta_lite try-it --to FILE      into a file of your own

The page learns in the browser, with the formulas of `rollout.py` and `inner/policy_gradient.py` in JavaScript (`page/learner.js`). So all
that it takes from here is where learning starts: the parameters θ, and the step size that suits each start.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dremeta_lite import store
from dremeta_lite.compare.tables import recorded
from dremeta_lite.files import write_atomically
from dremeta_lite.meta import MAML
from dremeta_lite.networks import Params
from dremeta_lite.recording.pretrain import theta_of
from dremeta_lite.recording.runner import options
from dremeta_lite.tasks import Navigation2D
from dremeta_lite.titles import LEARNERS

FILE = store.DATA.parent / "notebooks" / "try_it.html"
PARTS = Path(__file__).parent / "page"
EXPLAINED: Mapping[str, Mapping[str, str]] = {
    "maml": {
        "title": LEARNERS["maml"],
        "about": "Meta-trained on many goals, so that one ordinary step of learning goes a long way.",
        "before": "Nothing has been tried yet, so nothing can be known about the star. The best that any start can do is to stay near "
        "the middle.",
        "after": "A step makes more likely what earned more than expected in 20 noisy episodes, and does nothing else. MAML has learned a "
        "start from which that leads to the star, wherever it lies.",
    },
    "pooled": {
        "title": LEARNERS["pooled"],
        "about": "One policy, trained on all goals together, without an inner loop.",
        "before": "It was trained on all goals at once. One fixed policy cannot reach them all, so it stays near the middle, too.",
        "after": "The same kind of step from another start. With a step size tuned for it, pooled training comes close on these tasks. The "
        "course shows why, and where it fails.",
    },
    "fresh": {
        "title": "fresh",
        "about": "A network with random weights that was never trained.",
        "before": "Its weights are random, and it drifts to wherever they happen to lead.",
        "after": "The same kind of step once more. But from random weights a few steps are not enough: this is what ordinary learning from "
        "scratch looks like when it has only a few episodes.",
    },
}


def parameters(name: str) -> Params:
    """θ of a start: as it is stored, or untrained."""
    family = Navigation2D()
    return MAML(family).theta if name == "fresh" else theta_of(store.read(store.DATA / family.name.lower() / f"{name}.safetensors")[0])


def starts() -> dict[str, dict[str, Any]]:
    """By name: its texts, its first step size α, and its parameters as base64 of little-endian float32, in the order of `shapes`."""
    rates = {"maml": "maml", "pooled": "pooled", "fresh": "scratch"}
    agents, found = recorded(Navigation2D.name)["agents"], {}
    for name, texts in EXPLAINED.items():
        theta = {part: p.detach().numpy().astype("<f4").ravel() for part, p in sorted(parameters(name).items())}
        found[name] = {
            **texts,
            "alpha": agents[rates[name]]["inner_lr"][0],
            "shapes": [[part, p.size] for part, p in theta.items()],
            "parameters": base64.b64encode(np.concatenate(list(theta.values())).tobytes()).decode(),
        }
    return found


def made_from() -> str:
    """Where the parameters come from, as a sentence."""
    return (
        f"The starts are those of dremeta_lite {store.versions()['version']} for the family {Navigation2D.name}, seed 0 of "
        "<code>python3 -m dremeta_lite pretrain</code>. This file is made by <code>python3 -m dremeta_lite try-it</code>."
    )


def page(found: Mapping[str, Mapping[str, Any]]) -> str:
    """The whole file: the page with its style, its two scripts and the starts in their places."""
    read = lambda name: (PARTS / name).read_text(encoding="utf-8").strip()  # noqa: E731
    parts = {
        "/* CSS */": read("page.css"),
        "/* STARTS */": json.dumps(found, ensure_ascii=False, indent=1),
        "/* LEARNER */": read("learner.js"),
        "/* PAGE */": read("page.js"),
        "<!-- MADE -->": made_from(),
    }
    text = read("page.html") + "\n"
    for place, part in parts.items():
        text = text.replace(place, part)
    return text


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the file."""
    chosen = options("try-it", "Make the page that shows the course without an install.", arguments, FILE)
    write_atomically(chosen.to, page(starts()).encode())
    print(f"{chosen.to}: {chosen.to.stat().st_size / 1000:.0f} KB")
