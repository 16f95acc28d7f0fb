"""Records the table of notebook 13, and the networks that it loads: what learns in context, by which loss.

    python3 -m dremeta_lite contexts                   all rows; about half an hour of one CPU core
    python3 -m dremeta_lite contexts dpt --to FOLDER   one of them, in a folder of your own

A row is a learner on the hidden goal or on a bandit, from several seeds. Each is judged on every goal ten times, or on 1000 bandits, with
actions that are drawn and with the likeliest ones. Of a transformer's heads it says how much of their attention lies on paid steps, and
what is left of the return without them. Beside bandits of 100 pulls stands what those earn there that count.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from dremeta_lite import store, titles
from dremeta_lite.agents.bandits import FiniteGittins, Greedy, LikeliestBest, Thompson
from dremeta_lite.compare.context_tables import ROWS
from dremeta_lite.compare.scores import PLAYING_SEED, chances, earned, play_agents
from dremeta_lite.learner import generator
from dremeta_lite.meta import DPT, RL2, Distilled, learning_histories
from dremeta_lite.meta.context_network import ContextNetwork
from dremeta_lite.meta.rl2_network import RL2Agent
from dremeta_lite.recording.runner import Job, Tick, finish, options, origin, results, rounded, train
from dremeta_lite.tasks import Bandit, HiddenGoal, HiddenGoalTask
from dremeta_lite.trials import Trial, play_trial

FOLDER = store.DATA / "lesson13"
GRID, TWENTY, HUNDRED = HiddenGoal(), Bandit(5, 20), Bandit(5, 100)
SEEDS, COPIES = 5, 100
"""Seeds a row; histories of each goal."""
STORED = ("rl2", "dpt", "ad")
"""Of these rows, the network of the first seed is stored."""


class Row(NamedTuple):
    make: Callable[[int], RL2]
    iterations: int


def source(seed: int, first: bool = False) -> Trial:
    """Histories of tabular Q-learning on every goal: of 60 episodes every sixth or so is kept, or the first ten."""
    tasks, rng = HiddenGoalTask(GRID.goal_cells.repeat(COPIES)), generator(1000 + seed)
    return Trial(*(x[:, :10] for x in learning_histories(GRID, tasks, rng, kept=60))) if first else learning_histories(GRID, tasks, rng)


def distilled(seed: int, histories: Trial, iterations: int = 250) -> Distilled:
    """Of either kind of histories, and for longer, with the settings that were tuned for the first."""
    return Distilled(GRID, seed, histories=histories, trials=32, iterations=iterations, learning_rate=6e-3)


LEARNERS = {
    "dpt": Row(lambda seed: DPT(GRID, seed, trials=64, iterations=250), 250),
    "ad": Row(lambda seed: distilled(seed, source(seed)), 250),
    "ad_longer": Row(lambda seed: distilled(seed, source(seed), 1000), 1000),
    "ad_first": Row(lambda seed: distilled(seed, source(seed, first=True)), 250),
    "bandit_dpt": Row(lambda seed: DPT(TWENTY, seed, trials=128, iterations=200), 200),
    "bandit_rl2": Row(lambda seed: RL2(TWENTY, seed, core="transformer", trials=128, iterations=200), 200),
    "long_dpt": Row(lambda seed: DPT(HUNDRED, seed, trials=128, iterations=250), 250),
    "dpt_gru": Row(lambda seed: DPT(GRID, seed, core="gru", trials=64, iterations=250, learning_rate=1e-2), 250),
    "rl2": Row(lambda seed: RL2(GRID, seed, core="transformer", trials=128, iterations=320), 320),
}


def judged(learner: RL2) -> dict[str, Any]:
    """The mean number of each episode, by drawn and by likeliest actions; and of a transformer on the grid, its heads."""
    grid = isinstance(learner.family, HiddenGoal)  # a worker has a copy
    tasks = HiddenGoalTask(GRID.goal_cells.repeat(10)) if grid else learner.family.held_out_tasks(1000)
    agents = {"sampled": learner.agent(), "greedy": learner.agent(greedy=True)}
    found = play_agents(learner.family, agents, tasks, learner.episodes, earned if grid else chances)
    heads = heads_of(learner, tasks) if grid and isinstance(learner.network, ContextNetwork) else {}
    return {name: rounded(each, 3) for name, each in found.items()} | heads


def heads_of(learner: RL2, tasks: Any) -> dict[str, Any]:
    """By layer and head: the share of attention on paid steps, where there are any; and the return without this head [layer][head]."""
    network: Any = learner.network
    agent = learner.agent()
    trial = play_trial(GRID, tasks, agent, generator(PLAYING_SEED), learner.episodes)
    maps, shape = network.attention(agent.theta, trial), (network.transformer.layers, network.transformer.heads)
    paid = (trial.reward > 0).flatten(1).float()
    rows = paid.cumsum(1) > 0
    share = (maps * paid[:, None, None]).sum(-1) * rows[:, None]
    without = torch.zeros(shape)
    for layer in range(shape[0]):
        for head in range(shape[1]):
            cut = RL2Agent(network, network.transformer.without(agent.theta, layer, head))
            without[layer, head] = play_agents(GRID, {"cut": cut}, tasks, learner.episodes)["cut"].sum()
    return {"on_paid": listed(share.sum((1, 3)) / rows.sum(), 3), "without": listed(without, 2)}


def listed(table: Tensor, digits: int) -> list[list[float]]:
    return [rounded(row, digits) for row in table]


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, judge and write what was named."""
    chosen = options("contexts", "Measure the table of notebook 13 again.", arguments, FOLDER, seeds=SEEDS, names=tuple(LEARNERS))

    def run(job: Job, tick: Tick) -> dict[str, Any]:
        trained = train(LEARNERS[job.row].make(job.seed), job.iterations, tick)
        if job.row in STORED and job.seed == 0:
            trained.learner.save(chosen.to / f"{job.row}.safetensors", origin="python3 -m dremeta_lite contexts")
        return {"cpu_seconds": round(trained.seconds[-1], 1)} | judged(trained.learner)

    for name in chosen.names:  # a file each, so that one of them can be made again
        jobs = [Job(name, seed, ROWS[name], LEARNERS[name].iterations) for seed in range(chosen.seeds)]
        runs = results(chosen.to / f"{name}.json", jobs, run)[name]
        more = {"ad": lambda: {"source": rounded(learning(), 2)}, "long_dpt": lambda: {"rules": rules()}}.get(name, dict)()
        made = origin(f"contexts {name}", seeds=chosen.seeds, iterations=LEARNERS[name].iterations)
        finish(chosen.to / f"{name}.json", {"origin": made, "runs": runs, **more})


def rules() -> dict[str, float]:
    """What those earn who count: on the same bandits, with 100 pulls."""
    agents = {titles.THOMPSON: Thompson(5), "greedy": Greedy(5), "likeliest to be best": LikeliestBest(5)}
    agents["Gittins"] = FiniteGittins(5, HUNDRED.pulls)
    played = play_agents(HUNDRED, agents, HUNDRED.held_out_tasks(1000), score=chances)
    return {name: round(each.sum().item(), 2) for name, each in played.items()}


def learning() -> Tensor:
    """What each episode of the source returns [episode]."""
    tasks = HiddenGoalTask(GRID.goal_cells.repeat(COPIES))
    return learning_histories(GRID, tasks, generator(1000), kept=60).returns().mean(0)
