"""The tables of notebooks 12 to 15 as benchmarks, so that all their rows are tuned as the methods of notebook 10 are (`recording.tuning`).

    python3 -m dremeta_lite compare --tune --tables words battles          what is not recorded yet; all of them: about 15 minutes of a core

Tries are judged as the table is: by the likeliest actions, or by drawn ones. Their fraction of a training (`heat`) is larger where
trainings are short. What was found is in the table's folder, in `tuning.json`; the settings taken stand where its learners are made.
"""

from collections.abc import Callable, Mapping
from typing import Any

from dremeta_lite import store, titles
from dremeta_lite.agents.yardsticks import Oracle, RandomActions
from dremeta_lite.compare.benchmarks import ASSUMES, Benchmark, Method
from dremeta_lite.compare.game_tables import ROWS as COMMANDERS
from dremeta_lite.compare.language_tables import ROWS as LANGUAGES
from dremeta_lite.compare.scores import earned
from dremeta_lite.recording import games, languages
from dremeta_lite.tasks import HiddenGrammar, HiddenLanguage, Skirmish


def table(name: str, family: Any, heat: float, rows: Mapping[str, tuple[str, Callable[[int], Any], int]], **more: Any) -> Benchmark:
    """A table as a benchmark. Of each row: its title, what makes a learner from a seed, and its iterations."""
    methods = {key: Method(title, "memory", make, iterations, ASSUMES["memory"]) for key, (title, make, iterations) in rows.items()}  # type: ignore[arg-type]
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


def spoken(name: str, family: Any, heat: float, **more: Any) -> Benchmark:
    """A table of notebook 15."""
    makes, n = languages.LEARNERS[name], languages.STOPS[name][-1]
    rows = {key: (title, lambda seed, key=key: makes[key](seed, n), n) for key, title in LANGUAGES[name].items()}
    return table(name, family, heat, rows, greedy=True, **more)


TABLES: dict[str, Benchmark] = {
    "battles": table(
        "battles",
        Skirmish(),
        0.4,
        {key: (title, lambda seed, key=key: games.make(key, seed), games.STOPS[-1]) for key, title in COMMANDERS.items()},
    ),
    "words": spoken("words", HiddenLanguage(), 1.0),
    "grammar": spoken("grammar", HiddenGrammar(), 0.5),
}
LESSONS = {"battles": 14, "words": 15, "grammar": 15}
FOLDERS = {name: store.DATA / f"lesson{lesson}" for name, lesson in LESSONS.items()}
