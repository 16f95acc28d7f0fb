"""How learners, yardsticks and tasks look: one look each, the same in every picture, live or recorded. Names are in `titles.py`.

- A learner among others has a colour, a dash and a marker of its own: `looks`.
- A learner alone in its picture is blue as it is now, and dashed in sky blue as it was before: `NOW`, `BEFORE`.
- A yardstick is thin and grey in the background, with its name beside it; as a curve among curves it is grey with a dash: `looks`.
- A task is a colour, and keeps it: `task_colour`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dremeta_lite.lab.style import AMBER, BLUE, GREEN, GREY, INK, ORANGE, PINK, SKY
from dremeta_lite.titles import BAYES, LEARNERS, ORACLE, POOLED, POSTERIOR, PSRL, RANDOM, SCRATCH, STILL, THOMPSON

Look = Mapping[str, Any]
"""What matplotlib's `plot` is told: colour, dash, marker, width."""

WINE, INDIGO = "#882255", "#332288"  # of Tol's palette, also told apart by people with any of the common colour blindnesses
DASHED, DOTTED = (0, (4, 2)), (0, (1, 1.2))

KNOWN: Mapping[str, Look] = {
    LEARNERS["maml"]: {"color": BLUE, "linestyle": "-", "marker": "o"},
    LEARNERS["rl2"]: {"color": ORANGE, "linestyle": (0, (4, 1.5)), "marker": "s"},
    LEARNERS["belief"]: {"color": GREEN, "linestyle": DOTTED, "marker": "^"},
    LEARNERS["varibad"]: {"color": PINK, "linestyle": (0, (4, 1, 1, 1)), "marker": "v"},
    POOLED: {"color": AMBER, "linestyle": (0, (6, 1)), "marker": "D"},
    LEARNERS["first_order"]: {"color": SKY, "linestyle": (0, (3, 1, 1, 1, 1, 1)), "marker": "P"},
    LEARNERS["reptile"]: {"color": WINE, "linestyle": (0, (2, 1)), "marker": "X"},
    LEARNERS["meta_sgd"]: {"color": INDIGO, "linestyle": (0, (5, 1, 1, 1, 1, 1)), "marker": "p"},
}
"""By title. Learners with other titles get what is left over, in this order."""
ALSO = {LEARNERS["emaml"]: LEARNERS["maml"]}
"""What looks like another, as long as that one is not there."""

GREYS: Mapping[str, Look] = {
    BAYES: {"color": INK, "linestyle": "-"},
    ORACLE: {"color": GREY, "linestyle": "-"},
    RANDOM: {"color": GREY, "linestyle": DOTTED},
    STILL: {"color": GREY, "linestyle": (0, (6, 2))},
    SCRATCH: {"color": GREY, "linestyle": (0, (4, 1, 1, 1))},
    POSTERIOR: {"color": GREY, "linestyle": DASHED},
    PSRL: {"color": GREY, "linestyle": DASHED},
    THOMPSON: {"color": GREY, "linestyle": DASHED},
}
"""Yardsticks that are drawn as curves among curves."""

BEFORE: Look = {"color": SKY, "linestyle": DASHED, "linewidth": 1.8}
NOW: Look = {"color": BLUE, "linewidth": 2.2}
LATER: Look = {"color": INK, "linewidth": 1.0}
"""After more steps of adaptation."""
HERE: Look = {"color": INK, "linestyle": "", "marker": "o", "ms": 7}
"""Where a slider stands on a curve over all that it can be."""
LINES: Sequence[Look] = (
    {"color": BLUE, "linestyle": "-", "linewidth": 2.4},
    {"color": ORANGE, "linestyle": (0, (5, 2)), "linewidth": 1.8},
    {"color": GREEN, "linestyle": DOTTED, "linewidth": 2.0},
    {"color": PINK, "linestyle": (0, (4, 1, 1, 1)), "linewidth": 1.8},
)
"""Curves that are neither learners nor yardsticks."""

TASK_COLOURS = {"blue": BLUE, "orange": ORANGE, "green": GREEN, "pink": PINK, "amber": AMBER, "sky blue": SKY}
"""A task is a colour; yellow would be too light on white."""


def task_colour(task: int) -> str:
    """The colour of a task, by its number in the picture."""
    return list(TASK_COLOURS.values())[task % len(TASK_COLOURS)]


def looks(titles: Sequence[str]) -> dict[str, Look]:
    """A look for each learner and each yardstick among curves.
    Raises ValueError: there are more learners than looks that can be told apart."""
    learners = [title for title in titles if title not in GREYS]
    if len(learners) > len(KNOWN):
        raise ValueError(f"this picture tells {len(KNOWN)} learners apart, and there are {len(learners)}: leave some out")
    names = {title: ALSO[title] if title in ALSO and ALSO[title] not in titles else title for title in titles}
    left = iter(look for title, look in KNOWN.items() if title not in names.values())
    return {title: GREYS.get(name) or KNOWN.get(name) or next(left) for title, name in names.items()}


def lines(names: Sequence[str]) -> dict[str, Look]:
    """A look for each curve: that of `looks` if any of them is known, else that of `LINES`.
    Raises ValueError: there are more curves than can be told apart."""
    if any(name in KNOWN or name in GREYS for name in names):
        return looks(names)
    if len(names) > len(LINES):
        raise ValueError(f"this picture tells {len(LINES)} curves apart, and there are {len(names)}: leave some out")
    return dict(zip(names, LINES, strict=False))
