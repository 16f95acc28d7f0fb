"""Measures who catches what pays, the second table of notebook 14, and keeps the training of one start.

    python3 -m dremeta_lite games colours            about half an hour of one CPU core

A start is judged before and after a step from some episodes of a task, a memory in each of the three episodes of a trial.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dremeta_lite.agents.yardsticks import Oracle, RandomActions
from dremeta_lite.compare.game_tables import CATCHER, CATCHERS, EPISODES
from dremeta_lite.compare.recorded_runs import write_run
from dremeta_lite.compare.scores import play_agents
from dremeta_lite.meta.evaluation import adapt_to
from dremeta_lite.meta.maml import MAML
from dremeta_lite.meta.pooled import Pooled
from dremeta_lite.meta.rl2 import RL2
from dremeta_lite.recording.runner import Job, Tick, finish, origin, results, rounded, train
from dremeta_lite.tasks.colours import Colours, ColoursTask
from dremeta_lite.titles import ORACLE, RANDOM

SEEDS, JUDGED, MORE = 5, 100, 5000
"""Tasks that starts are judged in, each by 32 episodes before the step and after it; and all others, by one trial in each."""
STOPS = {
    "maml": (0, 60, 120, 240),
    "half": (0, 60, 120, 240),
    "pooled": (0, 100, 200),
    "rl2": (0, 200, 400, 700),
    "eyes": (0, 150, 300, 450),
}
"""Iterations at which a learner is judged; each of RL²'s pictures takes longer with eyes than without."""
RATES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Values of α that are tried at the end of a training that has not seen any."""
FEWER = (2, 8)
"""Episodes that the step of MAML has at the end, instead of as many as in training."""


def remembering(row: str, seed: int, **settings: Any) -> RL2:
    """RL², not trained yet."""
    return RL2(Colours(), seed, privileged=True, trials=128, iterations=STOPS[row][-1], **settings)


LEARNERS: Mapping[str, Callable[[int], Any]] = {
    "maml": lambda seed: MAML(Colours(), seed, hidden=(64,), episodes=2 * EPISODES, meta_lr=0.02),
    "half": lambda seed: MAML(Colours(), seed, hidden=(64,), episodes=2 * EPISODES),
    "pooled": lambda seed: Pooled(Colours(), seed, hidden=(64,), episodes=2 * EPISODES),
    "rl2": lambda seed: remembering("rl2", seed, learning_rate=0.02),
    "eyes": lambda seed: remembering("eyes", seed, core="eyes"),
}
"""By row: what makes a learner, with settings as `recording.tuned_tables` has found them; "half" has those that MAML had before."""


def judged(learner: Any, episodes: int = EPISODES, rate: float | None = None) -> list[float]:
    """The share that is caught in held-out tasks: before and after one step from so many episodes, or in each episode of a trial."""
    family, agent = Colours(), learner.agent()
    if isinstance(learner, RL2):
        return rounded(play_agents(family, {"it": agent}, family.held_out_tasks(MORE))["it"] / family.waves, 3)
    options: dict[str, Any] = {"discount": agent.discount, "lam": agent.lam, "baseline": agent.baseline, "inner_lr": rate or agent.inner_lr}
    adapted = adapt_to(family, family.held_out_tasks(JUDGED), agent.policy, agent.theta, steps=1, trajectories=episodes, **options)
    return rounded(adapted.returns().mean(1) / family.waves, 3)


def run(row: str, seed: int, to: Path, tick: Tick = lambda: None, stops: Sequence[int] = ()) -> dict[str, Any]:
    """One training: what is caught after each of the stops, and at the end by a step of other kinds."""
    stops = stops or STOPS[row]
    trained = train(LEARNERS[row](seed), stops[-1], tick, stops, keep=judged)
    if row == "maml" and seed == 0:
        kept = {f"{stops[-1]}/{name}": p.half() for name, p in trained.learner.parameters().items()}
        write_run(to / CATCHER.name, kept, trained.learner, "colours", row, origin="python3 -m dremeta_lite games colours")
    found = {"caught": [*trained.kept.values()], "cpu_seconds": rounded((trained.seconds[n] for n in stops), 1)}
    if isinstance(trained.learner, MAML):
        found["by_episodes"] = [judged(trained.learner, episodes=n)[1] for n in FEWER]
    elif row == "pooled":
        found["by_rate"] = [judged(trained.learner, rate=rate)[1] for rate in RATES]
    return found


def record(to: Path) -> None:
    """Measure and write."""
    path, family = to / "colours.json", Colours()
    jobs = [Job(row, seed, title, STOPS[row][-1]) for row, title in CATCHERS.items() for seed in range(SEEDS)]
    runs = results(path, jobs, lambda job, tick: run(job.row, job.seed, to, tick))
    tasks = family.held_out_tasks(MORE)
    rivals = {ORACLE: Oracle(family, tasks), "any colour": Oracle(family, ColoursTask(tasks.pays * 0 + 1)), RANDOM: RandomActions(family)}
    yardsticks = {name: round(x.mean().item() / family.waves, 3) for name, x in play_agents(family, rivals, tasks).items()}
    settings = {row: make(0).hyper.values() for row, make in LEARNERS.items()}
    stops = {row: list(each) for row, each in STOPS.items()}
    options = {"seeds": SEEDS, "judged": JUDGED, "more": MORE, "episodes": EPISODES, "rates": RATES, "fewer": FEWER}
    made = origin("games colours", **options, stops=stops, settings=settings)
    finish(path, {"origin": made, "yardsticks": yardsticks, "rows": runs})
