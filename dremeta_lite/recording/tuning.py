"""Tune every method of every benchmark by one procedure, with the same number of tries, on tasks apart; every try is written down.

    python3 -m dremeta_lite compare --tune                 what is not recorded yet; all of it: about 40 minutes of one CPU core

1. *Heat.* Five trainings, each a fifth as long as what is recorded (or `Benchmark.heat` says how long), from one seed: with the settings
   as they are, with two other step sizes of the outer loop, and with two other values of a second setting (`settings_tried`).
2. *Final.* If the best of the others was ahead by more than `CLEARLY` of the way from the benchmark's floor to its ceiling, it and the
   settings as they are are trained in full from two other seeds. If it is ahead there by more than `SURELY`, it is taken; else the
   settings stay.

A try is judged by the return of a trial, in tasks that are drawn with a seed of their own: neither training nor the recorded judgements use
it. Where a method takes policy-gradient steps in the trial, their α is searched at each try, which needs no training: it is halved and
doubled, five values, and on from there as long as the best lies at an end. Such a method is always trained in full, too, to see where to
stop; its α and its stop, too, stay unless others are ahead by more than `CLEARLY`. The others' step size falls over the planned length, so
they stop at its end. How many steps of adaptation are taken, and after which episodes, is the same for all of a benchmark.

What was found is in `data/lesson10/tuning.json`, and the settings taken stand in `compare.benchmarks.METHODS`. The rows of the tables of
notebooks 12 to 15 are tuned in the same way: see `recording.tuned_tables`.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dremeta_lite import store
from dremeta_lite.compare.benchmarks import Benchmark
from dremeta_lite.compare.scores import play_agents
from dremeta_lite.learner import generator
from dremeta_lite.meta.adapting import StartLearner
from dremeta_lite.meta.dpt import Imitator
from dremeta_lite.recording.runner import Job, Tick, origin, record

FILE = "tuning.json"
HEAT_SEEDS, FINAL_SEEDS = (1000,), (1001, 1002)
TASKS_SEED, PLAY_SEED = 2000, 2001
CLEARLY = 0.02
SURELY = 0.04
"""Means of two runs with the same settings can be apart by 2 % of the way by luck: the five runs of RL² recorded on the hidden goal lie
between 34.6 and 36.7, which is 5 %."""
STOPS = (0.04, 0.08, 0.15, 0.35, 0.6, 1.0)  # of a training in full, where training may stop
DOUBLINGS = range(-2, 3)  # of α
BOUNDS = (1e-3, 100.0)


def settings_tried(learner: Any) -> list[dict[str, float]]:
    """Five sets of settings: those that the method has, then four others.

    The step size of the outer loop is halved and doubled; so is a second setting: α for a start, the weight of the entropy for a memory or
    a belief, or of foreseeing rewards where entropy has none. Pooled training has no second one, and gets a quarter and four times as well.
    """
    h = learner.hyper
    step = "meta_lr" if "meta_lr" in h.names() else "learning_rate"
    second = next((name for name in second_settings(learner) if getattr(h, name) > 0), None)
    others = [(step, 0.5), (step, 2.0), *([(second, 0.5), (second, 2.0)] if second else [(step, 0.25), (step, 4.0)])]
    return [{}, *({name: getattr(h, name) * factor} for name, factor in others)]


def second_settings(learner: Any) -> tuple[str, ...]:
    """What may be tried besides the step size of the outer loop; the first that is in use. What only imitates has no entropy."""
    if isinstance(learner, StartLearner):
        return ("inner_lr",) if "meta_lr" in learner.hyper.names() else ()
    if isinstance(learner, Imitator):
        return ()
    return tuple(name for name in ("entropy_weight", "reward_weight") if name in learner.hyper.names())


def one_try(
    benchmark: Benchmark,
    key: str,
    settings: Mapping[str, float],
    seeds: Sequence[int],
    iterations: int,
    stops: Sequence[float],
    tick: Callable[[], Any],
) -> dict[str, Any]:
    """Train from each seed, and see what is earned in the mean: with the best α and the best stop, where there are any to choose."""
    method = benchmark.methods[key]
    planned = {"iterations": iterations} if method.kind in ("memory", "belief") else {}
    learners: list[Any] = [method.make(seed) for seed in seeds]
    for learner in learners:
        learner.hyper.change(**{**settings, **planned})
    found, scores = {"settings": dict(settings), "seeds": list(seeds), "iterations": iterations}, {}
    for iteration in range(1, iterations + 1):
        for learner in learners:
            learner.step()
            tick()
        if isinstance(learners[0], StartLearner) and iteration in [round(stop * iterations) for stop in stops]:
            scores |= {(iteration, alpha): score for alpha, score in by_alpha(benchmark, learners).items()}
    if not scores:
        return found | {"score": scored(benchmark, learners)}
    stop, alpha = max(scores, key=lambda each: scores[each])
    tried = sorted(rate for at, rate in scores if at == stop)
    has = alpha_of(learners[0])
    found |= {"stop": stop, "trial_lr": alpha, "alphas": tried, "score": scores[stop, alpha]}
    return found | {"has": {"stop": iterations, "trial_lr": has, "score": scores[iterations, has]}}


def by_alpha(benchmark: Benchmark, learners: Sequence[StartLearner]) -> dict[float, float]:
    """What a trial returns by α, from five of them on."""
    middle = alpha_of(learners[0])
    score = lambda alpha: scored(benchmark, learners, inner_lr=alpha)  # noqa: E731
    return onwards({alpha: score(alpha) for k in DOUBLINGS if BOUNDS[0] <= (alpha := middle * 2.0**k) <= BOUNDS[1]}, score)


def onwards(found: Mapping[float, float], score: Callable[[float], float], bounds: tuple[float, float] = BOUNDS) -> dict[float, float]:
    """The scores of values that were tried, and of further ones: doubled or halved as long as the best lies at an end, within bounds."""
    found = dict(found)
    while (best := max(found, key=lambda each: found[each])) in (min(found), max(found)):
        further = best * 2 if best == max(found) else best / 2
        if not bounds[0] <= further <= bounds[1]:
            break
        found[further] = score(further)
    return found


def alpha_of(learner: StartLearner) -> float:
    """Its α in a trial."""
    return learner.hyper.inner_lr if learner.trial_lr is None else learner.trial_lr


def scored(benchmark: Benchmark, learners: Sequence[Any], **settings: float) -> float:
    """The return of a trial in the tasks for tuning, mean over learners."""
    options: dict[str, Any] = {**settings, **({"greedy": True} if benchmark.greedy else {})}

    def each(learner: Any) -> float:
        agents, tasks = {"it": learner.agent(**options)}, tuning_tasks(benchmark)
        return play_agents(learner.family, agents, tasks, benchmark.episodes, benchmark.score, PLAY_SEED)["it"].sum().item()

    return round(sum(map(each, learners)) / len(learners), 3)


def tuning_tasks(benchmark: Benchmark) -> Any:
    """The tasks that tries are judged in. The hidden goal has 21 in all: there only the draws differ from those of the judgements."""
    if benchmark.tuned_on is None:
        return benchmark.draw()
    return benchmark.family.sample_tasks(benchmark.tuned_on, generator(TASKS_SEED))


def tune(benchmark: Benchmark, key: str, tick: Callable[[], Any] = lambda: None) -> dict[str, Any]:
    """All tries of a method, and what was taken: its settings, and α and stop where it has them to choose."""
    iterations = round(benchmark.heat * benchmark.methods[key].iterations)
    tried = settings_tried(benchmark.methods[key].make(0))
    heat = [one_try(benchmark, key, settings, HEAT_SEEDS, iterations, (1.0,), tick) for settings in tried]
    return {"heat": heat} | decide(benchmark, key, heat, tick)


def decide(benchmark: Benchmark, key: str, heat: Sequence[dict[str, Any]], tick: Callable[[], Any]) -> dict[str, Any]:
    """The final, and what was taken."""
    challenger = max(heat[1:], key=lambda each: each["score"])
    ahead = (challenger["score"] - heat[0]["score"]) / way(benchmark)
    finalists = [heat[0], challenger] if ahead > CLEARLY else heat[:1] if "trial_lr" in heat[0] else []
    full = benchmark.methods[key].iterations
    final = [one_try(benchmark, key, each["settings"], FINAL_SEEDS, full, STOPS, tick) for each in finalists]
    return {"final": final, "taken": winner(benchmark, final or heat[:1])}


def winner(benchmark: Benchmark, final: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The last of them if it is surely ahead, else the first; with the α and the stop that it has, unless others are clearly ahead."""
    taken = final[-1] if (final[-1]["score"] - final[0]["score"]) / way(benchmark) > SURELY else final[0]
    has = taken.get("has", taken)
    return taken if (taken["score"] - has["score"]) / way(benchmark) > CLEARLY else taken | has


def way(benchmark: Benchmark) -> float:
    """From floor to ceiling."""
    return (benchmark.yardsticks[benchmark.ceiling] - benchmark.yardsticks[benchmark.floor]).sum().item()


def tune_all(
    folder: Path, benchmarks: Mapping[str, Benchmark], methods: Sequence[str] = (), again: bool = False, command: str = "compare --tune"
) -> None:
    """Tune, all methods if none is named, and write after each; what is recorded already is kept, unless `again`."""
    path = folder / FILE
    data: dict[str, Any] = store.read_figures(path, command) if path.exists() else {"origin": {}, "benchmarks": {}}
    seeds = {"heat": HEAT_SEEDS, "final": FINAL_SEEDS, "tasks": TASKS_SEED, "play": PLAY_SEED}
    tasks = {name: len(tuning_tasks(each)[0]) for name, each in benchmarks.items()}
    data["origin"] = origin(command, seeds=seeds, tasks=data["origin"].get("tasks", {}) | tasks)
    todo = [(name, key) for name in benchmarks for key in benchmarks[name].methods if not methods or key in methods]
    jobs = [
        Job(f"{name}/{key}", HEAT_SEEDS[0], f"{name}: tuning {benchmarks[name].methods[key].title}", tries(benchmarks[name], key))
        for name, key in todo
        if again or key not in data["benchmarks"].get(name, {})
    ]

    def make(job: Job, tick: Tick) -> dict[str, Any]:
        name, key = job.row.split("/")
        return tune(benchmarks[name], key, tick) | {"way": round(way(benchmarks[name]), 3)}

    def keep(job: Job, found: dict[str, Any]) -> None:
        name, key = job.row.split("/")
        data["benchmarks"].setdefault(name, {})[key] = found
        store.write_figures(path, data)

    record(jobs, make, keep)


def tries(benchmark: Benchmark, key: str) -> int:
    """How many iterations the heat takes; a final comes on top."""
    return 5 * round(benchmark.heat * benchmark.methods[key].iterations)
