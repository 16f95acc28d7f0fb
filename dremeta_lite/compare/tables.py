"""The tables of the notebooks and of README, made from what `data/` holds or from a run just made. No number is typed."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import torch

from dremeta_lite import store
from dremeta_lite.compare.published import seeds_in_words
from dremeta_lite.meta.evaluation import adapt_to, bootstrap_interval
from dremeta_lite.meta.regression import CEILING
from dremeta_lite.table import Table, Text, italic, span, together, within
from dremeta_lite.titles import LEARNERS

FILES = {
    "Navigation2D": ("navigation2d/results", "pretrain"),
    "MirroredNavigation2D": ("mirrorednavigation2d/results", "pretrain"),
    "starts on Navigation2D": ("lesson06/navigation2d", "starts"),
    "starts on MirroredNavigation2D": ("lesson06/mirrorednavigation2d", "starts"),
    "starts on Sinusoid": ("lesson06/sinusoid", "starts"),
    "DQN without its parts": ("lesson03/dqn_toggles", "toggles"),
    "beliefs": ("lesson08/ablation", "beliefs"),
    "models that adapt": ("lesson09/models", "models table"),
    "RL² on pendulums": ("lesson09/rl2", "models rl2"),
    "searches for drawn tasks": ("lesson11/search", "tasks search"),
    "goals in the maze": ("lesson11/maze", "tasks maze"),
    "skills": ("lesson11/skills", "tasks skills"),
    "poles": ("lesson12/poles", "robots poles"),
    "arms": ("lesson12/arms", "robots arms"),
    "the half cheetah": ("lesson12/cheetah", "robots cheetah"),
    "the taught half cheetah": ("lesson12/taught", "robots taught"),
    "MAML on the half cheetah": ("lesson12/cheetah_maml", "robots maml"),
    "miswired cheetahs": ("lesson12/wires", "robots wires"),
    "battles": ("lesson14/battles", "games battles"),
    "pixels": ("lesson14/pixels", "games pixels"),
    "colours": ("lesson14/colours", "games colours"),
    "language: words": ("lesson15/words", "languages words"),
    "language: grammar": ("lesson15/grammar", "languages grammar"),
    "language: described": ("lesson15/described", "languages described"),
    "language: walk": ("lesson15/walk", "languages walk"),
    "language: products": ("lesson15/products", "languages products"),
    "language: swapped": ("lesson15/swapped", "languages swapped"),
    "language: gradient": ("lesson15/gradient", "languages gradient"),
    "more workers": ("lesson16/scaling", "scaling"),
    "RLlib": ("lesson16/rllib", "rllib"),
    "goals kept out": ("lesson10/kept_out", "compare --kept-out"),
}
"""What is recorded: the file in `data/`, and the command of `python3 -m dremeta_lite` that makes it."""
STEPS = ("0 steps", "1 step", "2 steps", "3 steps")
FAR_APART = 10.0
"""Seeds whose returns before adaptation differ by more than this are named below a table: there an interval of the mean says too little."""
ALGORITHMS = ("pooled", "reptile", "first_order", "maml", "meta_sgd")


@cache
def recorded(name: str = "Navigation2D") -> dict[str, Any]:
    """What a command has measured, by its name in `FILES`. Raises store.StoreError: the file is missing, or damaged."""
    file, command = FILES[name]
    return store.read_figures(store.DATA / f"{file}.json", command)


def over_seeds(values: Sequence[float], decimals: int = 2) -> str:
    """The mean, and its interval; without one where there is one seed."""
    each = torch.tensor(values, device="cpu")
    mean = each.mean().item()
    return within(mean, *bootstrap_interval(each), decimals) if len(each) > 1 else f"{mean:.{decimals}f}"


def show_results(agents: Sequence[str] = (), family: str = "Navigation2D") -> Table:
    """The recorded agents: mean return after 0 to 3 steps, [95 % interval over seeds], α, and the training.

    Args:
        agents: the rows, by name; all if empty.
    """
    data, rows = recorded(family), []
    for agent in (data["agents"][name] for name in agents or data["agents"]):
        cells = [within(mean, *interval) for mean, interval in zip(agent["mean"], agent["interval"], strict=True)]
        training = f"{span(agent['iterations'])} iterations" if max(agent["iterations"]) else "none"
        rows.append([agent["title"], *cells, span(agent["inner_lr"]), training])
    if published := data.get("published"):
        rows.append(italic([published["source"], *(f"{value:.1f}" for value in published["mean"]), "", ""]))
    yardsticks = ", ".join(f"{name} {value:.1f}" for name, value in data["yardsticks"].items())
    origin, seeds = data["origin"], seeds_in_words({agent["title"]: len(agent["seeds"]) for agent in data["agents"].values()})
    firsts = {agent["title"]: sorted(seed[0] for seed in agent["seeds"]) for agent in data["agents"].values()}
    wide = [f"{title}, {each[0]:.0f} to {each[-1]:.0f}" for title, each in firsts.items() if each[-1] - each[0] > FAR_APART]
    spread = f" Before adaptation single seeds are far apart: {'; '.join(wide)}." if wide else ""
    note = (
        f"{family}: mean return on {origin['held_out_tasks']} held-out tasks, {origin['trajectories_a_step']} trajectories a step, "
        f"[95 % bootstrap interval over {seeds}].{spread} Yardsticks: {yardsticks}. Made by `{origin['command']}`."
    )
    return Table(["agent", *STEPS, "α", "training"], rows, note)


def show_measured(learner: Any, agents: Sequence[str] = ("maml",)) -> Table:
    """A learner just trained, measured on the held-out tasks, beside recorded agents."""
    tasks = learner.family.held_out_tasks(device=learner.device)
    result = adapt_to(learner.family, tasks, learner.policy, learner.theta, inner_lr=learner.hyper.inner_lr, rates=learner.rates)
    rows = [[f"**yours**, {learner.iteration} iterations", *(f"**{value:.1f}**" for value in result.returns().mean(1).tolist())]]
    for agent in (recorded(learner.family.name)["agents"][name] for name in agents):
        rows.append([f"{agent['title']}, {span(agent['iterations'])} iterations", *(f"{value:.1f}" for value in agent["mean"])])
    return Table(["agent", *STEPS], rows)


def show_starts(*families: str) -> Text:
    """The recorded algorithms that learn a start, a table for each family."""
    return together(*(on_waves() if name == "Sinusoid" else on_navigation(name) for name in families))


def on_waves() -> Table:
    """On sinusoids: the mean squared error after 0, 1, 5 and 10 steps, from 5 points."""
    data, rows = recorded("starts on Sinusoid"), []
    tested, published = data["origin"]["tested"], data["published"]
    for row in data["algorithms"].values():
        found = row["5_points"]
        errors = [f"{error:.2f}" for error in (*found["mean"], found["median"][-1])]
        rows.append([row["title"], *errors, ran_away(found, tested), f"{len(found['seeds'])}", f"{row['cpu_seconds']:.0f}"])
    for key in ("pooled", "maml"):
        errors = [f"{error:.2f}" for error in published[key]]
        rows.append(italic([f"{LEARNERS[key]}: {published['source']}", "", *errors, "", "", "", ""]))
    note = (
        f"Mean squared error on {tested} held-out waves, 5 points seen of each; mean over seeds. *Run away*: the "
        f"fraction of waves on which ten steps end at an error of {CEILING:g} or more. In the means each counts as {CEILING:g}; the "
        f"median does not feel them. Made by `{data['origin']['command']}`."
    )
    head = ["way", "0 steps", "1 step", "5 steps", "10 steps", "median after 10", "run away", "seeds", "seconds of training"]
    return Table(head, rows, note)


def ran_away(found: Mapping[str, Any], tested: int) -> str:
    """The fraction of tasks that ran away, over all seeds."""
    fraction = sum(found["ran_away"]) / (tested * len(found["ran_away"]))
    return f"{100 * fraction:.2f} %" if fraction else "0"


def on_navigation(family: str) -> Table:
    """On a navigation family: mean return after 0 to 3 steps, [worst, best seed]."""
    trained, starts = recorded(family), recorded(f"starts on {family}")
    agents, rows = trained["agents"] | starts["agents"], []
    for agent in (agents[key] for key in ALGORITHMS if key in agents):
        columns = zip(*agent["seeds"], strict=True)
        cells = [within(mean, min(column), max(column)) for mean, column in zip(agent["mean"], columns, strict=True)]
        training = f"{span(agent['iterations'])} iterations, {agent['cpu_seconds']:.0f} s, {len(agent['seeds'])} seeds"
        rows.append([agent["title"], *cells, training])
    note = (
        "Mean return on 100 held-out tasks, 40 trajectories a step [worst seed, best seed]. "
        f"Made by `{trained['origin']['command']}` and `{starts['origin']['command']}`."
    )
    return Table([family, *STEPS, "training"], rows, note)


def show_toggles() -> Text:
    """DQN on CartPole with one of its parts switched off at a time, one row a setting, one number a seed; folded."""
    data, rows = recorded("DQN without its parts"), []
    for setting, found in data["settings"].items():
        rows.append(
            [setting, *(", ".join(f"{run[name]:,.0f}".replace(",", " ") for run in found["runs"]) for name in ("return", "largest"))]
        )
    origin = data["origin"]
    note = (
        f"Seeds {', '.join(map(str, origin['seeds']))}, {origin['iterations']} iterations each. *Greedy return*: mean over the last 10 "
        f"judgements, of {origin['judged_episodes']} episodes each. *Largest max Q*: the largest mean over recent states of max Q, which "
        f"honestly cannot exceed 100. Made by `{origin['command']}`."
    )
    return Table(["", "greedy return", "largest max Q"], rows, note).folded()


def show_beliefs() -> Text:
    """Which choices matter for a learned belief: return, its fraction of the optimum, and how far the belief is from the exact one. One row
    a variant, one number a seed; folded."""
    data, rows = recorded("beliefs"), []
    best, origin = data["bayes_optimal"], data["origin"]
    for row in data["rows"].values():
        runs = [row["seeds"][seed] for seed in sorted(row["seeds"], key=int)]
        totals = [sum(run["sampled"]) for run in runs]
        if runs:
            distances = [", ".join(f"{run[key]:.2f}" for run in runs) for key in ("kl_before", "kl_after")]
            rows.append([row["title"], ", ".join(f"{x:.1f}" for x in totals), f"{sum(totals) / len(totals) / best:.0%}", *distances])
    note = (
        f"One number a seed, from 0 on. *Return*: mean over {origin['tasks']}, of the policy as it draws its actions; Bayes-optimal is "
        f"{best:.2f}. *KL*: from the exact belief to the learned one, in nats, over the moments before and after the goal was met. "
        f"Made by `{origin['command']}`."
    )
    return Table(["variant", "return of a trial", "of Bayes-optimal", "KL before", "KL after the goal is met"], rows, note).folded()


def show_kept_out() -> Text:
    """What a trial returns on the hidden goal, and its last episode, for goals met in training and for those kept out of it; folded."""
    data, rows = recorded("goals kept out"), []
    for row in data["learners"].values():
        parts = [[run[part] for run in row["runs"]] for part in ("met", "new")]
        columns = [values for part in parts for values in ([sum(each) for each in part], [each[-1] for each in part])]
        rows.append([row["title"], *(within(sum(x) / len(x), min(x), max(x)) for x in columns)])
    origin, seeds = data["origin"], len(next(iter(data["learners"].values()))["runs"])
    note = (
        f"Return of a trial on the hidden goal, mean over {seeds} seeds [worst, best], {origin['trials']} trials of each goal. "
        f"{origin['kept_out']} of the 21 goals are kept out of training, others with each seed. Made by `{origin['command']}`."
    )
    return Table(["learner", "goals met in training", "its last episode", "goals kept out", "its last episode"], rows, note).folded()
