"""Duan et al. 2016 (RL², arXiv 1611.02779): the rows of its tables 1 and 2 that need no training.

Where the paper's text leaves a detail open, its first author's code is followed, as far as public copies of it show, so that the same
thing is measured:

- bandits: Thompson, UCB1, ε-greedy and greedy start from Beta(1, 1); OTS is the most likely of several draws of all arms; constants are
  tuned; means are over 1000 tasks.
- MDPs: PSRL, OPSRL and BEB believe that mean rewards are 0 on average (they are 1); UCRL2, greedy and ε-greedy start with nearly no prior.
  BEB is that of TabulaRL, which the first author's code imports; Kolter and Ng's own bonus, and others, have rows of their own. What the
  true prior is worth is shown by rows that the paper does not have, too.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from dremeta_lite import titles
from dremeta_lite.agents import PSRL, optimism, tabular_model
from dremeta_lite.agents import bandits as agents
from dremeta_lite.agents.tabular_model import Prior
from dremeta_lite.compare.published import Row
from dremeta_lite.recording.plays import Method, exact, measure
from dremeta_lite.tasks import Bandit, RandomMDP
from dremeta_lite.world.bayes_bandit import BayesBandit, best_arm

SOURCE = "Duan et al. 2016, arXiv 1611.02779"
BANDIT_COLUMNS: tuple[str, ...] = (titles.RANDOM, "Gittins", "Thompson", "OTS", "UCB1", "ε-greedy", "greedy", "RL²")
BANDITS = {
    (10, 5): (5.0, 6.6, 5.7, 6.5, 6.7, 6.6, 6.6, 6.7),
    (10, 10): (5.0, 6.6, 5.5, 6.2, 6.7, 6.6, 6.6, 6.7),
    (10, 50): (5.1, 6.5, 5.2, 5.5, 6.6, 6.5, 6.5, 6.8),
    (100, 5): (49.9, 78.3, 74.7, 77.9, 78.0, 75.4, 74.8, 78.7),
    (100, 10): (49.9, 82.8, 76.7, 81.4, 82.4, 77.4, 77.1, 83.5),
    (100, 50): (49.8, 85.2, 64.5, 67.7, 84.3, 78.3, 78.0, 84.9),
    (500, 5): (249.8, 405.8, 402.0, 406.7, 405.8, 388.2, 380.6, 401.6),
    (500, 10): (249.0, 437.8, 429.5, 438.9, 437.1, 408.0, 395.0, 432.5),
    (500, 50): (249.6, 463.7, 427.2, 437.6, 457.6, 413.6, 402.8, 438.9),
}
"""Table 1: mean total reward, by (pulls n, arms k)."""

MDP_COLUMNS: tuple[str, ...] = (titles.RANDOM, "PSRL", "OPSRL", "UCRL2", "BEB", "ε-greedy", "greedy", "RL²")
MDPS = {
    10: (100.1, 138.1, 144.1, 146.6, 150.2, 132.8, 134.8, 156.2),
    25: (250.2, 408.8, 425.2, 424.1, 427.8, 377.3, 368.8, 445.7),
}
"""Table 2: mean total reward, by episodes n."""

TRIALS = {10: 4000, 100: 1000, 500: 1000}
"""Tasks, by pulls: so that our standard error is at most the paper's, and all of n = 10 and 100 takes minutes."""
MDP_TRIALS = 1000

ZERO_MEAN = Prior(mean=0.0)
NEARLY_NONE = Prior(mean=0.0, precision=1e-4, concentration=1e-4)
WIDTHS = (0.2, 0.4, 0.6, 0.8, 1.0, 1.2)
TRUE_BONUS = (2, 5, 8, 10, 12, 14, 17, 20)


def bandit_setting(n: int, k: int) -> str:
    return f"n = {n}, k = {k}"


def mdp_setting(n: int) -> str:
    return f"n = {n}"


def tries(name: str, *values: float) -> list[dict[str, float]]:
    """A constant, and what is tried for it."""
    return [{name: value} for value in values]


def bandit_methods(n: int, k: int) -> list[Method]:
    """The agents of table 1, and two that it does not have."""
    tenths = [x / 10 for x in range(11)]
    found = [
        Method(titles.RANDOM, partial(agents.RandomArm, k)),
        Method("Gittins", partial(agents.Gittins, k, n), tries("discount", *(1 - x / n for x in (0.5, 1, 2, 3, 5)))),
        Method("Thompson", partial(agents.Thompson, k)),
        Method("OTS", partial(agents.LikelyThompson, k), tries("draws", 10, 20)),
        Method("UCB1", partial(agents.UCB1, k, imagined=2), tries("exploration", *tenths)),
        Method("ε-greedy", partial(agents.EpsilonGreedy, k), tries("epsilon", *tenths)),
        Method("greedy", partial(agents.Greedy, k)),
        Method("OTS of May et al. 2012", partial(agents.OptimisticThompson, k)),
        Method("UCB1, textbook", partial(agents.UCB1, k)),
    ]
    return found + ([Method("Gittins, finite horizon", partial(agents.FiniteGittins, k, n))] if n <= 100 else [])


def bandit_rows(pulls: tuple[int, ...], trials: Callable[[int], int], tick: Callable[[], Any] = lambda: None) -> list[Row]:
    """All rows of table 1 with these n."""
    rows = []
    for n, k in (setting for setting in BANDITS if setting[0] in pulls):
        family, setting, paper = Bandit(k, n), bandit_setting(n, k), dict(zip(BANDIT_COLUMNS, BANDITS[n, k], strict=True))
        for method in bandit_methods(n, k):
            rows.append(measure(family, setting, method, paper.get(method.name), trials(n), max(trials(n) // 4, 2), tick))
        if n <= 10:
            started = time.process_time()
            rows.append(exact(f"{titles.BAYES}, exact", setting, BayesBandit(k, n).value(), time.process_time() - started))
        rows.append(exact(f"{titles.ORACLE}, exact", setting, best_arm(k, n)))
    return rows


def mdp_methods(family: RandomMDP) -> list[Method]:
    """The agents of table 2, and some that it does not have."""
    beb = partial(optimism.ExplorationBonus, family)
    return [
        Method(titles.RANDOM, partial(tabular_model.RandomAction, family)),
        Method("PSRL", partial(PSRL, family, prior=ZERO_MEAN)),
        Method("OPSRL", partial(optimism.OptimisticPSRL, family, prior=ZERO_MEAN), tries("draws", 10, 20)),
        Method("UCRL2", partial(optimism.UCRL2, family, prior=NEARLY_NONE), tries("width", *WIDTHS)),
        Method("BEB", partial(optimism.BonusToGo, family, prior=ZERO_MEAN), tries("bonus", 0.5, 1, 2, 3, 4, 5, 7)),
        Method("ε-greedy", partial(tabular_model.EpsilonGreedyModel, family, prior=NEARLY_NONE), tries("epsilon", 0.1, 0.2, 0.3, 0.4, 0.5)),
        Method("greedy", partial(tabular_model.GreedyModel, family, prior=NEARLY_NONE)),
        Method("PSRL, true prior", partial(PSRL, family)),
        Method("greedy, true prior", partial(tabular_model.GreedyModel, family)),
        Method("UCRL2, prior N(0, 1)", partial(optimism.UCRL2, family, prior=ZERO_MEAN), tries("width", *WIDTHS)),
        Method("BEB, Kolter and Ng", partial(beb, prior=ZERO_MEAN), tries("bonus", 10, 20, 25, 30, 35, 40, 50)),
        Method("BEB, Kolter and Ng, true prior", beb, tries("bonus", *TRUE_BONUS)),
        Method("BEB, visits alone", partial(beb, count_prior=False, prior=ZERO_MEAN), tries("bonus", 0.5, 1, 1.5, 2, 2.5, 3)),
        Method(titles.ORACLE, partial(tabular_model.MDPOracle, family), told=True),
    ]


def mdp_rows(trials: int, tick: Callable[[], Any] = lambda: None) -> list[Row]:
    """All rows of table 2 with n = 10 and 25."""
    rows = []
    for n, figures in MDPS.items():
        family, paper = RandomMDP(episodes=n), dict(zip(MDP_COLUMNS, figures, strict=True))
        for method in mdp_methods(family):
            rows.append(measure(family, mdp_setting(n), method, paper.get(method.name), trials, max(trials // 4, 2), tick))
    return rows
