"""Tables and texts of the notebooks. Every number comes from `data/` or from a run just made; none is typed."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from IPython.display import Code, Markdown

from dremeta_lite import store
from dremeta_lite.meta.evaluation import adapt_to
from dremeta_lite.meta.regression import CEILING
from dremeta_lite.networks import Params
from dremeta_lite.published.rows import seeds_in_words
from dremeta_lite.table import folded, markdown, span, within
from dremeta_lite.titles import LEARNERS


@cache
def recorded(family: str = "Navigation2D") -> dict[str, Any]:
    """The table of a family in `data/` that `python3 -m dremeta_lite pretrain` has measured.

    Raises:
        store.StoreError: the file is missing.
    """
    return store.read_figures(store.DATA / family.lower() / "results.json", "pretrain")


STEPS = ("0 steps", "1 step", "2 steps", "3 steps")
FAR_APART = 10.0
"""Seeds whose returns before adaptation differ by more than this are named below a table: there an interval of the mean says too little."""


def results_markdown(agents: Sequence[str] = (), family: str = "Navigation2D") -> str:
    """The recorded agents as a Markdown table: mean return after 0 to 3 steps, [95 % interval over seeds], α, and the training.

    Args:
        agents: the rows, by name; all if empty.
        family: the family's name.
    """
    data = recorded(family)
    rows = []
    for agent in (data["agents"][name] for name in agents or data["agents"]):
        cells = [within(mean, *interval) for mean, interval in zip(agent["mean"], agent["interval"], strict=True)]
        training = f"{span(agent['iterations'])} iterations" if max(agent["iterations"]) else "none"
        rows.append([agent["title"], *cells, span(agent["inner_lr"]), training])
    if published := data.get("published"):
        rows.append([f"*{published['source']}*", *(f"*{value:.1f}*" for value in published["mean"]), "", ""])
    yardsticks = ", ".join(f"{name} {value:.1f}" for name, value in data["yardsticks"].items())
    origin, seeds = data["origin"], seeds_in_words({agent["title"]: len(agent["seeds"]) for agent in data["agents"].values()})
    firsts = {agent["title"]: sorted(seed[0] for seed in agent["seeds"]) for agent in data["agents"].values()}
    wide = [f"{title}, {each[0]:.0f} to {each[-1]:.0f}" for title, each in firsts.items() if each[-1] - each[0] > FAR_APART]
    spread = f" Before adaptation single seeds are far apart: {'; '.join(wide)}." if wide else ""
    note = (
        f"{family}: mean return on {origin['held_out_tasks']} held-out tasks, {origin['trajectories_a_step']} trajectories a step, "
        f"[95 % bootstrap interval over {seeds}].{spread} Yardsticks: {yardsticks}. Made by `{origin['command']}`."
    )
    return markdown(["agent", *STEPS, "α", "training"], rows, note)


def show_results(agents: Sequence[str] = (), family: str = "Navigation2D") -> Markdown:
    """`results_markdown`, displayed."""
    return Markdown(results_markdown(agents, family))


def show_code(*functions: Callable[..., Any]) -> Code:
    """The lines that really run: the source of functions of the package."""
    return Code("\n\n".join(inspect.getsource(f) for f in functions), language="python")


@cache
def starts(family: str) -> dict[str, Any]:
    """What `python3 -m dremeta_lite starts` has measured: ways to a starting point, on one family of tasks.

    Raises:
        store.StoreError: the file is missing.
    """
    return store.read_figures(store.DATA / "lesson06" / f"{family.lower()}.json", "starts")


def sinusoids_markdown() -> str:
    """The recorded ways on sinusoids as a Markdown table: the mean squared error after 0, 1, 5 and 10 steps, from 5 points."""
    data = starts("sinusoid")
    head, rows = ["way", "0 steps", "1 step", "5 steps", "10 steps", "median after 10", "run away", "seeds", "seconds of training"], []
    for row in data["algorithms"].values():
        found = row["5_points"]
        cells = [f"{error:.2f}" for error in (*found["mean"], found["median"][-1])]
        cells += [ran_away(found, data["origin"]["tested"]), f"{len(found['seeds'])}", f"{row['cpu_seconds']:.0f}"]
        rows.append([row["title"], *cells])
    for way in ("pooled", "maml"):
        cells = [f"*{error:.2f}*" for error in data["published"][way]]
        rows.append([f"*{LEARNERS[way]}: {data['published']['source']}*", "", *cells, "", "", "", ""])
    note = (
        f"Mean squared error on {data['origin']['tested']} held-out waves, 5 points seen of each; mean over seeds. *Run away*: the "
        f"share of waves on which ten steps end at an error of {CEILING:g} or more. In the means each of them counts as {CEILING:g}; the "
        f"median does not feel them. Made by `{data['origin']['command']}`."
    )
    return markdown(head, rows, note)


def ran_away(found: Mapping[str, Any], tested: int) -> str:
    """The share of tasks that ran away, over all seeds."""
    share = sum(found["ran_away"]) / (tested * len(found["ran_away"]))
    return f"{100 * share:.2f} %" if share else "0"


WAYS = ("pooled", "reptile", "first_order", "maml", "meta_sgd")


def ways_markdown(family: str) -> str:
    """Ways to a start on a navigation family as a Markdown table: mean return after 0 to 3 steps, [worst, best seed]."""
    agents = recorded(family)["agents"] | starts(family)["agents"]
    rows = []
    for agent in (agents[way] for way in WAYS if way in agents):
        cells = [within(mean, min(each), max(each)) for mean, *each in zip(agent["mean"], *agent["seeds"], strict=True)]
        training = f"{span(agent['iterations'])} iterations, {agent['cpu_seconds']:.0f} s, {len(agent['seeds'])} seeds"
        rows.append([agent["title"], *cells, training])
    note = (
        "Mean return on 100 held-out tasks, 40 trajectories a step [worst seed, best seed]. "
        f"Made by `{recorded(family)['origin']['command']}` and `{starts(family)['origin']['command']}`."
    )
    return markdown([family, *STEPS, "training"], rows, note)


@cache
def kept_out() -> dict[str, Any]:
    """What `python3 -m dremeta_lite compare --kept-out` has measured: learners of the hidden goal, some goals kept out of training.

    Raises:
        store.StoreError: the file is missing.
    """
    return store.read_figures(store.DATA / "lesson10" / "kept_out.json", "compare --kept-out")


def kept_out_markdown() -> str:
    """The recorded runs as a Markdown table: what a trial returns, and its last episode, for goals met in training and for the others."""
    data = kept_out()
    rows = []
    for row in data["learners"].values():
        cells = []
        for part in ("met", "new"):
            for values in ([sum(run[part]) for run in row["runs"]], [run[part][-1] for run in row["runs"]]):
                cells.append(within(sum(values) / len(values), min(values), max(values)))
        rows.append([row["title"], *cells])
    origin, seeds = data["origin"], len(next(iter(data["learners"].values()))["runs"])
    note = (
        f"Return of a trial on the hidden goal, mean over {seeds} seeds [worst, best], {origin['trials']} trials of each goal. "
        f"{origin['kept_out']} of the 21 goals are kept out of training, others with each seed. Made by `{origin['command']}`."
    )
    return markdown(["learner", "goals met in training", "its last episode", "goals kept out", "its last episode"], rows, note)


def show_kept_out() -> Markdown:
    """`kept_out_markdown`, displayed; folded."""
    return Markdown(folded(kept_out_markdown()))


def show_ways(*families: str) -> Markdown:
    """`sinusoids_markdown` or `ways_markdown` of each family, displayed."""
    return Markdown("\n\n".join(sinusoids_markdown() if name == "Sinusoid" else ways_markdown(name) for name in families))


@cache
def toggles() -> dict[str, Any]:
    """What `python3 -m dremeta_lite toggles` has measured: DQN on CartPole with one of its parts switched off at a time.

    Raises:
        store.StoreError: the file is missing.
    """
    return store.read_figures(store.DATA / "lesson03" / "dqn_toggles.json", "toggles")


def toggles_markdown() -> str:
    """The recorded runs of notebook 03 as a Markdown table, one row a setting, one number a seed."""
    data = toggles()
    rows, origin = [], data["origin"]
    for setting, found in data["settings"].items():
        rows.append(
            [setting, *(", ".join(f"{run[name]:,.0f}".replace(",", " ") for run in found["runs"]) for name in ("return", "largest"))]
        )
    note = (
        f"Seeds {', '.join(map(str, origin['seeds']))}, {origin['iterations']} iterations each. *Greedy return*: mean over the last 10 "
        f"judgements, of {origin['judged_episodes']} episodes each. *Largest max Q*: the largest mean over recent states of max Q, which "
        f"honestly cannot exceed 100. Made by `{origin['command']}`."
    )
    return markdown(["", "greedy return", "largest max Q"], rows, note)


def show_toggles() -> Markdown:
    """`toggles_markdown`, displayed; folded."""
    return Markdown(folded(toggles_markdown()))


def compare(learner: Any, agents: Sequence[str] = ("maml",)) -> Markdown:
    """A learner just trained, measured on the held-out tasks, beside recorded agents."""
    tasks = learner.family.held_out_tasks(device=learner.device)
    theta: Params = learner.theta
    returns = adapt_to(learner.family, tasks, learner.policy, theta, inner_lr=learner.hyper.inner_lr).returns().mean(1).tolist()
    rows = [[f"**yours**, {learner.iteration} iterations", *(f"**{value:.1f}**" for value in returns)]]
    for agent in (recorded(learner.family.name)["agents"][name] for name in agents):
        rows.append([f"{agent['title']}, {span(agent['iterations'])} iterations", *(f"{value:.1f}" for value in agent["mean"])])
    return Markdown(markdown(["agent", *STEPS], rows))
