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

PRACTISED = {
    "both": "both learn, practice of 8 steps",
    "short": "both learn, practice of 5 steps",
    "q_alone": "the policy hardly learns (α = 0.00001)",
    "policy_alone": "q hardly learns (α_q = 0.00001)",
}
FROM_SKILLS = {
    "untrained": "nothing: the start as it is drawn",
    "far": "goals where skills end, practice of 8 steps",
    "near": "goals where skills end, practice of 5 steps",
    "paid": "rewards of skills, episodes of 8 steps",
    "paid_long": "rewards of skills, episodes of 100 steps",
    "ring": "goals on the ring",
    "square": "goals in the square, the true p(T)",
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


def show_practised() -> Text:
    """How well skills can be told apart, and where they lead, by who learns; folded."""
    data = recorded("skills")
    columns = {"information": "bound (nats)", "guessed": "states guessed", "away": "ends away", "inside": "ends in the square"}
    rows = [[title, *(over_seeds([run[name] for run in data["practised"][row]]) for name in columns)] for row, title in PRACTISED.items()]
    note = (
        f"After {data['origin']['practice']} iterations with {data['origin']['skills']} skills, mean over "
        f"{len(data['origin']['seeds'])} seeds [95 % bootstrap interval]. "
        "Away: mean distance from the start at which skills end, in plane units. In the square: the share of the ends within that of "
        f"Navigation2D's goals. Made by `{data['origin']['command']}`."
    )
    return Table(["who learns", *columns.values()], rows, note).folded()


def show_from_skills() -> Text:
    """What MAML makes of tasks from skills, beside others, on the held-out goals of Navigation2D; folded."""
    data, rows = recorded("skills"), []
    stops = data["origin"]["stops"]
    for row, title in FROM_SKILLS.items():
        cells = [over_seeds([run[i][k] for run in data["trained"][row]], 1) for i in range(len(stops)) for k in (1, 3)]
        rows.append([title, *cells])
    heads = [f"iteration {stop}, {steps}" for stop in stops for steps in ("1 step", "3 steps")]
    note = (
        f"Return on the {data['origin']['judged']} held-out goals of Navigation2D after one and after three steps of adaptation, mean over "
        f"{len(data['origin']['seeds'])} seeds [95 % bootstrap interval]. All with the same settings of MAML; skills had "
        f"{data['origin']['practice']} iterations of practice before. Made by `{data['origin']['command']}`."
    )
    return Table(["MAML is trained on", *heads], rows, note).folded()
