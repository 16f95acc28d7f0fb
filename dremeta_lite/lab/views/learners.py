"""One look for each learner over tasks, the same in every picture, live or recorded: its colour, dash and marker."""

from collections.abc import Mapping, Sequence
from typing import Any

from dremeta_lite.lab.style import AMBER, BLUE, GREEN, INK, ORANGE, PINK, SKY

KNOWN: Mapping[str, Mapping[str, Any]] = {
    "MAML": {"color": BLUE, "linestyle": "-", "marker": "o"},
    "RL²": {"color": ORANGE, "linestyle": (0, (4, 1.5)), "marker": "s"},
    "exact belief": {"color": GREEN, "linestyle": (0, (1, 1.2)), "marker": "^"},
    "VariBAD": {"color": PINK, "linestyle": (0, (4, 1, 1, 1)), "marker": "v"},
    "pooled": {"color": AMBER, "linestyle": (0, (6, 1)), "marker": "D"},
    "first-order MAML": {"color": SKY, "linestyle": (0, (3, 1, 1, 1, 1, 1)), "marker": "P"},
    "Reptile": {"color": INK, "linestyle": (0, (2, 1)), "marker": "X"},
}
"""By title. Learners with other titles get what is left over, in this order."""
ALSO = {"E-MAML": "MAML"}
"""What looks like another, as long as that one is not there."""


def looks(titles: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """A look for each learner.

    Raises:
        ValueError: there are more learners than looks that can be told apart.
    """
    if len(titles) > len(KNOWN):
        raise ValueError(f"this picture tells {len(KNOWN)} learners apart, and there are {len(titles)}: leave some out")
    names = {title: ALSO[title] if title in ALSO and ALSO[title] not in titles else title for title in titles}
    left = iter(look for title, look in KNOWN.items() if title not in names.values())
    return {title: KNOWN[name] if name in KNOWN else next(left) for title, name in names.items()}
