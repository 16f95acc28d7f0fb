"""Measures published tables again: Duan et al. 2016, bandits and random MDPs.

    python3 -m dremeta_lite published                              n = 10 and 100, about five minutes on one CPU core
    python3 -m dremeta_lite published --pulls 10 100 500           the longest bandits too, about ten minutes more
    python3 -m dremeta_lite published --pulls 10 --fraction 0.1 --to FOLDER    a quick look, in a folder of your own
    python3 -m dremeta_lite published --learned                    the rows of RL², which has to be trained; a quarter of an hour

The files have the seeds, the versions, the tuned constants and between which values they were tuned.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from dremeta_lite.compare.published import FOLDER, Row, as_table, read, write
from dremeta_lite.files import print_anyway
from dremeta_lite.recording import duan, learned, plays
from dremeta_lite.recording.runner import parsed
from dremeta_lite.tasks.random_mdp import RandomMDP

DEFAULT_PULLS = (10, 100)
BANDIT_NOTES = {
    "Gittins": "*Gittins*: exact indices for the best of five γ; the paper's code has approximations of them.",
    "OTS": "*OTS*: the most likely of several draws, as in the paper's code.",
    "UCB1": "*UCB1*, *ε-greedy*, *OTS* and *Gittins* have their constants tuned on other tasks than these.",
    "Bayes-optimal, exact": "*Bayes-optimal*: no agent is better on average. A figure above it, ours or the paper's (its RL² has 6.8 at "
    "n = 10, k = 50), is luck with the tasks that were drawn.",
}
MDP_NOTES = {
    "PSRL": "*PSRL*, *OPSRL* and *BEB* believe in mean rewards around 0, as in the paper's code; in truth they are around 1. *UCRL2*, "
    "*greedy* and *ε-greedy* have nearly no prior there, so to *greedy* an action that paid once looks better than one never tried.",
    "BEB": "*BEB* is that of TabulaRL, which the paper's code imports: a bonus of β / (1 + counts) for each step that is left in the "
    "episode. *Kolter and Ng* define β / (1 + counts) on each reward; counts include the prior, here ten imagined visits. In *visits "
    "alone* they do not.",
    "greedy, true prior": "With the true prior (rows without a figure) greedy is far ahead of PSRL, which explores more than so few "
    "episodes repay.",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write the files."""
    parser = argparse.ArgumentParser(prog="python3 -m dremeta_lite published", description="Measure published tables again.")
    parser.add_argument(
        "--pulls", type=int, nargs="+", default=DEFAULT_PULLS, choices=list(duan.TRIALS), help="n of the bandits (default 10 100)"
    )
    parser.add_argument("--only", choices=["bandits", "mdps"], help="one of the two tables")
    parser.add_argument("--fraction", type=float, default=1.0, help="of the tasks, for a quick look (default 1)")
    parser.add_argument("--to", type=Path, default=FOLDER, help="the folder to write to (default: data/published)")
    parser.add_argument("--learned", action="store_true", help="train RL² and add its rows, instead of all others")
    options = parsed(parser, arguments)
    print_anyway()
    if options.learned:
        learned.main(options.to, options.only, options.fraction)
        return
    pulls = tuple(options.pulls)
    trials = lambda full: max(2, round(full * options.fraction))  # noqa: E731
    command = "python3 -m dremeta_lite published"
    command += f" --pulls {' '.join(map(str, pulls))}" if pulls != DEFAULT_PULLS else ""
    command += f" --fraction {options.fraction:g}" if options.fraction != 1 else ""
    seeds = {"tuning_tasks": plays.TUNING_TASKS, "tuning_play": plays.TUNING_PLAY, "tasks": plays.TASKS, "play": plays.PLAY}
    if options.only != "mdps":
        ticks = sum(plays.plays(duan.bandit_methods(n, k)) for n, k in duan.BANDITS if n in pulls)
        with tqdm(total=ticks, desc="bandits", file=sys.stdout) as bar:
            found = duan.bandit_rows(pulls, lambda n: trials(duan.TRIALS[n]), bar.update)
        tuned = {f"{c.name}, {duan.bandit_setting(n, 5)}": c.candidates for n in pulls for c in duan.bandit_methods(n, 5)}
        finish(options.to, "bandits", found, BANDIT_NOTES, command, seeds, tuned)
    if options.only != "bandits":
        with tqdm(total=len(duan.MDPS) * plays.plays(duan.mdp_methods(RandomMDP())), desc="MDPs", file=sys.stdout) as bar:
            found = duan.mdp_rows(trials(duan.MDP_TRIALS), bar.update)
        tuned = {c.name: c.candidates for c in duan.mdp_methods(RandomMDP())}
        finish(options.to, "mdps", found, MDP_NOTES, command, seeds, tuned)


def finish(folder: Path, name: str, found: list[Row], notes: dict, command: str, seeds: dict, tuned: dict) -> None:
    """Write a table's file, then print it; rows of learners that are recorded there stay."""
    measured = found
    trained = [row for row in read(name, folder)[0] if row.name == learned.NAME] if (folder / f"{name}.json").exists() else []
    found = [*found, *trained]
    notes = notes | ({learned.NAME: learned.NOTES[name]} if trained else {})
    candidates = {key: values for key, values in tuned.items() if len(values) > 1}
    tuning = "the best of these on a quarter as many tasks, drawn from the tuning seeds"
    write(folder / f"{name}.json", found, duan.SOURCE, notes, command=command, seeds=seeds, tuning=tuning, candidates=candidates)
    print(as_table(measured).markdown())
