"""The tables of notebook 11: what learned task distributions are worth, made from what `data/` holds."""

from statistics import mean

from dremeta_lite.compare.tables import over_seeds, recorded
from dremeta_lite.table import Table, Text

WAYS = {
    "known": "the known tasks alone",
    "noise": "known tasks, with noise of 0.02",
    "kernel": "known tasks, kernel density",
    "gan": "GAN",
    "vae": "VAE",
    "true": "the true p(T)",
}
CURRICULA = {
    "uniform": "uniform, from all around",
    "goal_gan": "Goal GAN",
    "remembered": "remembered goals, with noise",
    "oracle": "oracle that knows the difficulty",
}


def show_searched() -> Text:
    """What planning for the tasks of each way is worth on the ring, by how many tasks are known; folded."""
    data = recorded("searches for drawn tasks")
    rows = [[title, *(over_seeds([run[way]["worth"] for run in runs]) for runs in data["known"].values())] for way, title in WAYS.items()]
    note = (
        f"Share of the steps that are spent at the goal, on {data['origin']['judged']} goals of the ring, by the best path for "
        f"{data['origin']['drawn']} goals of each kind; mean over {data['origin']['seeds']} seeds [95 % bootstrap interval]. Made by "
        f"`{data['origin']['command']}`."
    )
    return Table(["planned for", *(f"{n} known" for n in data["known"])], rows, note).folded()


def show_explored() -> Text:
    """How much of the corridor is reached under each curriculum; folded."""
    data, rows = recorded("goals in the maze"), []
    every, last = data["origin"]["every"], data["origin"]["iterations"]
    at = [i for i in (10, 30, 60, 100, last) if i <= last]
    for way, title in CURRICULA.items():
        runs = data["ways"][way]
        cells = [over_seeds([run["coverage"][i // every - 1] for run in runs]) for i in at]
        rows.append([title, *cells, f"{mean(run['cpu_seconds'] for run in runs):.0f} s"])
    note = (
        f"Share of the corridor's goals that are reached, mean over {len(data['origin']['seeds'])} seeds [95 % bootstrap interval], each "
        f"over the {every} iterations before. CPU-seconds of one thread. Made by `{data['origin']['command']}`."
    )
    return Table(["goals are chosen", *(f"iteration {i}" for i in at), "CPU time"], rows, note).folded()
