"""The tables of notebooks 12 to 15 as benchmarks, so that all their rows are tuned as the methods of notebook 10 are (`recording.tuning`).

    python3 -m dremeta_lite compare --tune --tables words battles          what is not recorded yet; all: 80 minutes of a core

Tries are judged as the table is: by the likeliest actions, or by drawn ones. Their fraction of a training (`heat`) is larger where
trainings are short. What was found is in the table's folder, in `tuning.json`; the settings taken stand where its learners are made.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from dremeta_lite import store, titles
from dremeta_lite.agents import LinearQuadratic, Oracle, RandomActions
from dremeta_lite.compare.benchmarks import ASSUMES, HIDDEN_GOAL, Benchmark, Kind, Method
from dremeta_lite.compare.context_tables import ROWS as CONTEXTS
from dremeta_lite.compare.game_tables import CATCHERS, EPISODES, REMEMBER
from dremeta_lite.compare.game_tables import ROWS as COMMANDERS
from dremeta_lite.compare.language_tables import ROWS as LANGUAGES
from dremeta_lite.compare.robot_tables import ARM_ROWS, arm_learner
from dremeta_lite.compare.scores import chances, earned
from dremeta_lite.meta.word_gru import WalkingPlainGRU
from dremeta_lite.recording import arms, colours, contexts, games, languages, poles
from dremeta_lite.tasks import Colours, GrammarWalk, HiddenGoalTask, HiddenGrammar, HiddenLanguage, MiswiredArm, PoleOnCart, Skirmish

Rows = Mapping[str, tuple[str, Callable[[int], Any], int]]
"""Of each row: its title, what makes a learner from a seed, and its iterations."""


def table(name: str, family: Any, heat: float, rows: Rows, kind: Kind = "memory", **more: Any) -> Benchmark:
    """A table as a benchmark; all its rows are of one kind."""
    methods = {key: Method(title, kind, make, iterations, ASSUMES[kind]) for key, (title, make, iterations) in rows.items()}  # type: ignore[arg-type]
    options: dict[str, Any] = {
        "episodes": family.episodes,
        "score": earned,
        "draw": lambda: family.held_out_tasks(200),
        "tuned_on": 1000,
        "rivals": lambda tasks: {titles.RANDOM: RandomActions(family), titles.ORACLE: Oracle(family, tasks)},
    }
    return Benchmark(
        name=name, title=name, family=family, unit="episode", methods=methods, ceiling=titles.ORACLE, heat=heat, **options | more
    )


def spoken(name: str, family: Any, heat: float, also: Mapping[str, Any] | None = None) -> Benchmark:
    """A table of notebook 15. `also`: rows that were tried, and are not in it, since no try was better than chance: title
    and what makes a learner of each."""
    makes, n = languages.LEARNERS[name], languages.STOPS[name][-1]
    rows = {key: (title, lambda seed, key=key: makes[key](seed, n), n) for key, title in LANGUAGES[name].items()}
    rows |= {key: (title, partial(make, n=n), n) for key, (title, make) in (also or {}).items()}
    return table(name, family, heat, rows, greedy=True)


def walks_plain(seed: int, n: int) -> WalkingPlainGRU:
    """What walks with a GRU that is told plain codes."""
    return WalkingPlainGRU(GrammarWalk(), seed, iterations=n, learning_rate=0.01)


def in_context(name: str, family: Any, keys: tuple[str, ...], **more: Any) -> Benchmark:
    """Rows of the table of notebook 13."""
    made = {key: contexts.LEARNERS[key] for key in keys}
    return table(name, family, 0.2, {key: (CONTEXTS[key], row.make, row.iterations) for key, row in made.items()}, **more)


def catchers(*keys: str) -> Rows:
    """Rows of the second table of notebook 14."""
    return {key: (CATCHERS[key], colours.LEARNERS[key], colours.STOPS[key][-1]) for key in keys}


GOALS: dict[str, Any] = {"draw": lambda: HiddenGoalTask(HIDDEN_GOAL.goal_cells.repeat(20)), "tuned_on": None}
POLES, TUNED = PoleOnCart(), ("rl2", "pooled", "student")
"""Of the poles' rows: the fourth is RL² but for its tasks, and has RL²'s settings."""
TABLES: dict[str, Benchmark] = {
    "poles": table(
        "poles",
        POLES,
        0.4,
        {key: (poles.ROWS[key][0], lambda seed, key=key: poles.make(key, seed), poles.ITERATIONS) for key in TUNED},
        greedy=True,
        tuned_on=300,
        draw=lambda: POLES.held_out_tasks(poles.TASKS),
        rivals=lambda tasks: {titles.RANDOM: RandomActions(POLES), titles.ORACLE: LinearQuadratic(POLES, tasks)},
    ),
    "arms": table(
        "arms",
        MiswiredArm(),
        0.2,
        {key: (ARM_ROWS[key][0], lambda seed, key=key: arm_learner(key, seed), arms.ITERATIONS) for key in TUNED},
        greedy=True,
        tuned_on=arms.TASKS,
        draw=lambda: MiswiredArm().held_out_tasks(arms.TASKS),
    ),
    "contexts": in_context("contexts", HIDDEN_GOAL, ("rl2", "dpt", "dpt_gru"), **GOALS),
    "distilled": in_context("distilled", HIDDEN_GOAL, ("ad",), episodes=10, **GOALS),
    "pulls": in_context(
        "pulls", contexts.TWENTY, ("bandit_rl2", "bandit_dpt"), score=chances, draw=lambda: contexts.TWENTY.held_out_tasks(1000)
    ),
    "long_pulls": in_context(
        "long_pulls", contexts.HUNDRED, ("long_dpt",), score=chances, draw=lambda: contexts.HUNDRED.held_out_tasks(1000)
    ),
    "battles": table(
        "battles",
        Skirmish(),
        0.4,
        {key: (title, lambda seed, key=key: games.make(key, seed), games.STOPS[-1]) for key, title in COMMANDERS.items()},
    ),
    "colours": table("colours", Colours(), 0.4, catchers(*REMEMBER)),
    "colours_steps": table(
        "colours_steps", Colours(), 0.4, catchers("maml", "pooled"), "start", episodes=2 * EPISODES, tuned_on=colours.JUDGED
    ),
    "words": spoken("words", HiddenLanguage(), 1.0),
    "grammar": spoken("grammar", HiddenGrammar(), 0.5),
    "walk": spoken("walk", GrammarWalk(), 0.3, {"plain": ("GRU that walks, told plain codes", walks_plain)}),
}
LESSONS = {"poles": 12, "arms": 12} | dict.fromkeys(("contexts", "distilled", "pulls", "long_pulls"), 13)
LESSONS |= dict.fromkeys(("battles", "colours", "colours_steps"), 14) | dict.fromkeys(("words", "grammar", "walk"), 15)
FOLDERS = {name: store.DATA / f"lesson{lesson}" for name, lesson in LESSONS.items()}
