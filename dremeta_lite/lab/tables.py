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
from dremeta_lite.titles import LEARNERS


@cache
def recorded(family: str = "Navigation2D") -> dict[str, Any]:
    """The table of a family in `data/` that `python3 -m dremeta_lite pretrain` has measured.

    Raises:
        store.StoreError: the file is missing.
    """
    return store.read_figures(store.DATA / family.lower() / "results.json", "pretrain")


FAR_APART = 10.0
"""Seeds whose returns before adaptation differ by more than this are named below a table: there an interval of the mean says too little."""


def results_markdown(agents: Sequence[str] = (), family: str = "Navigation2D") -> str:
    """The recorded agents as a Markdown table: mean return after 0 to 3 steps, [95 % interval over seeds], α, and the training.

    Args:
        agents: the rows, by name; all if empty.
        family: the family's name.
    """
    data = recorded(family)
    lines = ["| agent | 0 steps | 1 step | 2 steps | 3 steps | α | training |", "|---|---|---|---|---|---|---|"]
    for name in agents or data["agents"]:
        agent = data["agents"][name]
        cells = [f"{mean:.1f} [{low:.1f}, {high:.1f}]" for mean, (low, high) in zip(agent["mean"], agent["interval"], strict=True)]
        training = f"{span(agent['iterations'])} iterations" if max(agent["iterations"]) else "none"
        lines.append(f"| {agent['title']} | " + " | ".join(cells) + f" | {span(agent['inner_lr'])} | {training} |")
    if published := data.get("published"):
        lines.append(f"| *{published['source']}* | " + " | ".join(f"*{value:.1f}*" for value in published["mean"]) + " | | |")
    yardsticks = ", ".join(f"{name} {value:.1f}" for name, value in data["yardsticks"].items())
    origin, seeds = data["origin"], seeds_in_words({agent["title"]: len(agent["seeds"]) for agent in data["agents"].values()})
    firsts = {agent["title"]: sorted(seed[0] for seed in agent["seeds"]) for agent in data["agents"].values()}
    wide = [f"{title}, {each[0]:.0f} to {each[-1]:.0f}" for title, each in firsts.items() if each[-1] - each[0] > FAR_APART]
    spread = f" Before adaptation single seeds are far apart: {'; '.join(wide)}." if wide else ""
    return "\n".join(lines) + (
        f"\n\n{family}: mean return on {origin['held_out_tasks']} held-out tasks, {origin['trajectories_a_step']} trajectories a step, "
        f"[95 % bootstrap interval over {seeds}].{spread} Yardsticks: {yardsticks}. Made by `{origin['command']}`."
    )


def span(values: Sequence[float]) -> str:
    """One value, or the range of several."""
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


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
    heads = ["way", "0 steps", "1 step", "5 steps", "10 steps", "median after 10", "run away", "seeds", "seconds of training"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for row in data["algorithms"].values():
        found = row["5_points"]
        cells = [f"{error:.2f}" for error in (*found["mean"], found["median"][-1])]
        cells += [ran_away(found, data["origin"]["tested"]), f"{len(found['seeds'])}", f"{row['cpu_seconds']:.0f}"]
        lines.append(f"| {row['title']} | {' | '.join(cells)} |")
    for way in ("pooled", "maml"):
        cells = " | ".join(f"*{error:.2f}*" for error in data["published"][way])
        lines.append(f"| *{LEARNERS[way]}: {data['published']['source']}* | | {cells} | | | | |")
    return "\n".join(lines) + (
        f"\n\nMean squared error on {data['origin']['tested']} held-out waves, 5 points seen of each; mean over seeds. *Run away*: the "
        f"share of waves on which ten steps end at an error of {CEILING:g} or more. In the means each of them counts as {CEILING:g}; the "
        f"median does not feel them. Made by `{data['origin']['command']}`."
    )


def ran_away(found: Mapping[str, Any], tested: int) -> str:
    """The share of tasks that ran away, over all seeds."""
    share = sum(found["ran_away"]) / (tested * len(found["ran_away"]))
    return f"{100 * share:.2f} %" if share else "0"


WAYS = ("pooled", "reptile", "first_order", "maml", "meta_sgd")


def ways_markdown(family: str) -> str:
    """Ways to a start on a navigation family as a Markdown table: mean return after 0 to 3 steps, [worst, best seed]."""
    agents = recorded(family)["agents"] | starts(family)["agents"]
    lines = [f"| {family} | 0 steps | 1 step | 2 steps | 3 steps | training |", "|---|---|---|---|---|---|"]
    for agent in (agents[way] for way in WAYS if way in agents):
        ends = [(min(column), max(column)) for column in zip(*agent["seeds"], strict=True)]
        cells = [f"{mean:.1f} [{low:.1f}, {high:.1f}]" for mean, (low, high) in zip(agent["mean"], ends, strict=True)]
        training = f"{span(agent['iterations'])} iterations, {agent['cpu_seconds']:.0f} s, {len(agent['seeds'])} seeds"
        lines.append(f"| {agent['title']} | " + " | ".join(cells) + f" | {training} |")
    return "\n".join(lines) + (
        "\n\nMean return on 100 held-out tasks, 40 trajectories a step [worst seed, best seed]. "
        f"Made by `{recorded(family)['origin']['command']}` and `{starts(family)['origin']['command']}`."
    )


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
    lines = ["| learner | goals met in training | its last episode | goals kept out | its last episode |", "|---" * 5 + "|"]
    for row in data["learners"].values():
        cells = []
        for part in ("met", "new"):
            for values in ([sum(run[part]) for run in row["runs"]], [run[part][-1] for run in row["runs"]]):
                cells.append(f"{sum(values) / len(values):.1f} [{min(values):.1f}, {max(values):.1f}]")
        lines.append(f"| {row['title']} | {' | '.join(cells)} |")
    origin, seeds = data["origin"], len(next(iter(data["learners"].values()))["runs"])
    return "\n".join(lines) + (
        f"\n\nReturn of a trial on the hidden goal, mean over {seeds} seeds [worst, best], {origin['trials']} trials of each goal. "
        f"{origin['kept_out']} of the 21 goals are kept out of training, others with each seed. Made by `{origin['command']}`."
    )


def show_kept_out() -> Markdown:
    """`kept_out_markdown`, displayed; folded, as `show_toggles` is."""
    return Markdown(f"<details><summary><b>The measured table</b></summary>\n\n{kept_out_markdown()}\n\n</details>")


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
    lines = ["| | greedy return | largest max Q |", "|---|---|---|"]
    for setting, found in data["settings"].items():
        cells = (", ".join(f"{run[name]:,.0f}".replace(",", " ") for run in found["runs"]) for name in ("return", "largest"))
        lines.append(f"| {setting} | " + " | ".join(cells) + " |")
    origin = data["origin"]
    return "\n".join(lines) + (
        f"\n\nSeeds {', '.join(map(str, origin['seeds']))}, {origin['iterations']} iterations each. *Greedy return*: mean over the last 10 "
        f"judgements, of {origin['judged_episodes']} episodes each. *Largest max Q*: the largest mean over recent states of max Q, which "
        f"honestly cannot exceed 100. Made by `{origin['command']}`."
    )


def show_toggles() -> Markdown:
    """`toggles_markdown`, displayed; folded, so that whoever runs all cells at once can still predict."""
    return Markdown(f"<details><summary><b>The measured table</b></summary>\n\n{toggles_markdown()}\n\n</details>")


def compare(learner: Any, agents: Sequence[str] = ("maml",)) -> Markdown:
    """A learner just trained, measured on the held-out tasks, beside recorded agents."""
    tasks = learner.family.held_out_tasks(device=learner.device)
    theta: Params = learner.theta
    returns = adapt_to(learner.family, tasks, learner.policy, theta, inner_lr=learner.hyper.inner_lr).returns().mean(1).tolist()
    lines = ["| agent | 0 steps | 1 step | 2 steps | 3 steps |", "|---|---|---|---|---|"]
    lines.append(f"| **yours**, {learner.iteration} iterations | " + " | ".join(f"**{value:.1f}**" for value in returns) + " |")
    for name in agents:
        agent = recorded(learner.family.name)["agents"][name]
        lines.append(
            f"| {agent['title']}, {span(agent['iterations'])} iterations | " + " | ".join(f"{v:.1f}" for v in agent["mean"]) + " |"
        )
    return Markdown("\n".join(lines))
