"""The tables and the agents of notebook 12: poles with hidden motors, and half cheetahs, from what `data/` holds."""

from collections.abc import Sequence
from statistics import fmean as mean
from typing import Any

from dremeta_lite import store
from dremeta_lite.agents.linear_quadratic import LinearQuadratic
from dremeta_lite.agents.yardsticks import Oracle
from dremeta_lite.compare.acting import ArmHyper
from dremeta_lite.compare.films import CHEETAH
from dremeta_lite.compare.tables import STEPS, over_seeds, recorded
from dremeta_lite.meta.rl2_ppo import RL2PPO
from dremeta_lite.meta.student import Student
from dremeta_lite.table import Table, Text, italic
from dremeta_lite.tasks.arm import MiswiredArm
from dremeta_lite.tasks.cheetah import HalfCheetahDir
from dremeta_lite.tasks.pole import PoleOnCart
from dremeta_lite.titles import LEARNERS, ORACLE, POOLED
from dremeta_lite.trials import Agent

POLES, ARMS, WIRES, CHEETAH_MAML, TAUGHT = "poles", "arms", "miswired cheetahs", "MAML on the half cheetah", "the taught half cheetah"
TAUGHT_ROWS = {"rl2": LEARNERS["rl2"], "teacher": "teacher, told where to run", "student": "its student, told nothing"}
WAYS = "forwards", "backwards"
FINN = 300, 200, "Finn et al. 2017, as read off figure 5"
"""The return after one inner step, mean over both directions, to two digits; the steps of an episode; and where that stands."""
WIRED = {"rl2": LEARNERS["rl2"], "pooled": POOLED, "oracle": ORACLE}
"""The agents on miswired cheetahs, by row. The oracle is trained, too: on the right robot, since whoever knows the wiring can undo it."""
MADE: dict[str, tuple[type[RL2PPO], dict[str, str]]] = {
    "rl2": (RL2PPO, {}),
    "switched": (RL2PPO, {}),
    "pooled": (RL2PPO, {"encoding": "nothing"}),
    "student": (Student, {}),
}
"""By row: what its file is loaded into."""


ARM_ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "rl2": (LEARNERS["rl2"], {"learning_rate": 0.012, "minibatches": 4}),
    "pooled": (POOLED, {"learning_rate": 0.012, "minibatches": 4, "encoding": "nothing"}),
    "student": ("student", {"learning_rate": 0.012, "minibatches": 4}),
}
"""By row: its title, and what is different from the settings for the arm, as `recording.tuned_tables` has found it."""


def arm_learner(row: str, seed: int = 0) -> RL2PPO:
    """A learner that is not trained yet."""
    kind = Student if row == "student" else RL2PPO
    return kind(MiswiredArm(), seed, privileged=True, **ARM_ROWS[row][1])


def arm_agents(*rows: str) -> dict[str, Agent]:
    """The recorded agents of seed 0, by their titles, and last the oracle. Raises store.StoreError: a file is missing, or damaged."""
    found = dict[str, Agent]()
    for row in rows:
        learner = arm_learner(row)
        learner.load(store.DATA / "lesson12" / f"arm_{row}.safetensors")
        found[ARM_ROWS[row][0]] = learner.agent(greedy=True)
    return {**found, ORACLE: Oracle(MiswiredArm(), ArmHyper().task())}


def pole_agents(*rows: str) -> dict[str, Agent]:
    """The recorded agents of seed 0, by their titles, and last the oracle. Raises store.StoreError: a file is missing, or damaged."""
    titles, family, found = recorded(POLES)["rows"], PoleOnCart(), dict[str, Agent]()
    for row in rows:
        kind, options = MADE[row]
        learner = kind(family, privileged=True, **options)  # type: ignore[arg-type]
        learner.load(store.DATA / "lesson12" / f"pole_{row}.safetensors")
        found[titles[row]["title"]] = learner.agent(greedy=True)
    return {**found, ORACLE: LinearQuadratic(family, type(family.default_params)(*(x[None] for x in family.default_params)))}


def show_poles() -> Text:
    """What each agent earns, and how often its pole falls before and after the motor is reversed; folded."""
    data, rows = recorded(POLES), []
    origin = data["origin"]
    at = origin["reversed_at"] // origin["tenth"]
    for row in data["rows"].values():
        runs = row["runs"]
        before, soon, late = (over_seeds([mean(run["falls"][part]) for run in runs]) for part in parts_around(at))
        ends = [run["curve"][-1] for run in runs]
        seconds = f"{mean(end['cpu_seconds'] for end in ends):.0f} s"
        earned, blank = over_seeds([end["return"] for end in ends]), over_seeds([run["blank"] for run in runs])
        rows.append([row["title"], earned, blank, before, soon, late, seconds])
    yardsticks = ", ".join(f"{name} {value:.2f}" for name, value in data["yardsticks"].items())
    note = (
        f"Mean over {origin['seeds']} seeds [95 % bootstrap interval], {origin['held_out_tasks']} held-out tasks. Return of 4 s; "
        f"{yardsticks}. "
        f"*Blank*: the same agent, told nothing of what happens. Falls in ten steps (0.4 s), of 8 s in whose middle the motor is reversed. "
        f"CPU-seconds of one thread. Made by `{origin['command']}`."
    )
    head = ["agent", "return", "return, blank", "falls before", "in the first second after", "in the last two seconds", "training"]
    return Table(head, rows, note).folded()


def parts_around(at: int) -> tuple[slice, slice, slice]:
    """The last two seconds before the reversal, the first after it, and the last two."""
    return slice(at - 5, at), slice(at, at + 3), slice(-5, None)


def falls_by_time() -> tuple[list[float], dict[str, list[float]]]:
    """Seconds since the motor was reversed, and the falls in ten steps there, by title; means over seeds."""
    data = recorded(POLES)
    origin = data["origin"]
    step = origin["tenth"] * PoleOnCart.time_step * PoleOnCart.substeps
    falls = {row["title"]: [mean(x) for x in zip(*(run["falls"] for run in row["runs"]), strict=True)] for row in data["rows"].values()}
    n = len(next(iter(falls.values())))
    return [step * (i + 0.5) - origin["reversed_at"] / origin["tenth"] * step for i in range(n)], falls


def by_seed(returns: Sequence[float]) -> str:
    """The mean, and in brackets what each seed returns."""
    return f"{mean(returns):.0f} ({', '.join(f'{each:.0f}' for each in returns)})"


def show_cheetah() -> Text:
    """What RL² on the half cheetah earns in each direction, over its training; folded."""
    data = recorded(CHEETAH)
    rows = []
    for i, point in enumerate(data["runs"][0]["curve"]):
        each = [run["curve"][i] for run in data["runs"]]
        cells = [by_seed([x[way] for x in each]) for way in WAYS]
        rows.append([f"{point['iteration']} iterations", *cells, f"{mean(x['cpu_seconds'] for x in each):.0f} s"])
    blank = [f"{mean(run['blank'][way] for run in data['runs']):.0f}" for way in WAYS]
    rows.append(["at the end, told nothing of what happens", *blank, ""])
    rows += [[f"*{name}*", *(f"*{value[way]:.0f}*" for way in WAYS), ""] for name, value in data["yardsticks"].items()]
    note = (
        f"Return of 100 steps (5 s), {data['origin']['robots'] // 2} robots in each direction: mean over {data['origin']['seeds']} seeds "
        f"(each seed). CPU-seconds of one thread. Made by `{data['origin']['command']}`, with MuJoCo {data['origin']['mujoco']}."
    )
    return Table(["RL² after", "forwards", "backwards", "training"], rows, note).folded()


def show_cheetah_maml() -> Text:
    """MAML on the half cheetah after 0 to 3 inner steps, in each direction, beside RL² and what was published; folded."""
    data, memory = recorded(CHEETAH_MAML), recorded(CHEETAH)["runs"]
    origin, ends = data["origin"], [run[-1] for run in data["runs"]]

    def row(title: str, episodes: int, forwards: list[float], backwards: list[float]) -> list[str]:
        each = [by_seed(forwards), by_seed(backwards)]
        return [title, f"{episodes}", *each, f"{mean([*forwards, *backwards]) / HalfCheetahDir.horizon:.2f}"]

    rows = []
    for k, steps in enumerate(STEPS):
        forwards, backwards = ([end["drawn"][way][k] for end in ends] for way in WAYS)
        rows.append(row(f"MAML after {steps}", k * origin["episodes"], forwards, backwards))
    rows.append(row(LEARNERS["rl2"], 0, *([run["curve"][-1][way] for run in memory] for way in WAYS)))
    published, horizon, source = FINN
    rows.append(italic([f"MAML after 1 step, {source}", "20", "", "", f"{published / horizon:.1f}"]))
    seconds = [mean(each) for each in ([end["cpu_seconds"] for end in ends], [run["curve"][-1]["cpu_seconds"] for run in memory])]
    note = (
        f"Return of 100 steps (5 s), mean over {origin['seeds']} seeds (each seed); MAML's actions are drawn, RL²'s the likeliest ones. "
        f"*Episodes before*: played in this task, and learned from. *A step*: the mean of both directions, divided by the steps of an "
        f"episode: {HalfCheetahDir.horizon}, and {horizon} in the paper. Training: {seconds[0]:.0f} and {seconds[1]:.0f} CPU-seconds. "
        f"MAML: {data['taken']}, the best of {len(data['tries'])} pairs, tried from a seed apart. Made by `{origin['command']}`."
    )
    return Table(["learner", "episodes before", "forwards", "backwards", "a step"], rows, note).folded()


def show_taught() -> Text:
    """What a trained teacher of the half cheetah earns in each direction, and its student over its training; folded."""
    data = recorded(TAUGHT)
    origin, runs, n = data["origin"], data["runs"], len(data["runs"][0]["student"])
    moments = [(TAUGHT_ROWS[row], [run[row][-1] for run in runs]) for row in ("rl2", "teacher")]
    moments += [(TAUGHT_ROWS["student"], [run["student"][i] for run in runs]) for i in range(n)]
    rows = []
    for title, each in moments:
        cells = [by_seed([x[way] for x in each]) for way in WAYS]
        rows.append([title, f"{each[0]['iteration']}", *cells, f"{mean(x['cpu_seconds'] for x in each):.0f} s"])
    rows.append(["the student, its memory blank", "", *(f"{mean(run['blank'][way] for run in runs):.0f}" for way in WAYS), ""])
    sizes = ", ".join(f"{row['taken']:g} (the best of {len(row['tries'])})" for row in data["rows"].values())
    note = (
        f"Return of 100 steps (5 s), {origin['robots'] // 2} robots in each direction: mean over {origin['seeds']} seeds (each seed). "
        f"CPU-seconds of one thread; those of a student are its own, without its teacher's. Step sizes, "
        f"tried from a seed apart: {sizes}. Made by `{origin['command']}`, with MuJoCo {origin['mujoco']}."
    )
    return Table(["who", "iterations", "forwards", "backwards", "training"], rows, note).folded()


def show_wires() -> Text:
    """What each agent earns with the cheetah's legs wired in four ways; folded."""
    data, rows = recorded(WIRES), []
    origin, yardsticks = data["origin"], data["yardsticks"]
    wirings = [*next(iter(yardsticks.values()))]
    each = lambda values: ", ".join(f"{x:.0f}" for x in values)  # noqa: E731

    def add(title: str, settings: dict[str, Any], runs: list[dict[str, Any]], memory: bool) -> None:
        ends = [run["curve"][-1] for run in runs]
        found = [each(end["return"] for end in ends), *(each(run["wirings"][wiring] for run in runs) for wiring in wirings)]
        rows.append([title, *found, f"{settings['learning_rate']:g}", f"{mean(end['cpu_seconds'] for end in ends):.0f} s"])
        if memory:
            rows.append([f"{title}, told nothing of what happens", each(run["blank"] for run in runs), *[""] * (len(wirings) + 2)])

    for key, row in data["rows"].items():
        add(row["title"], row["taken"], row["runs"], key == "rl2")
    for key, row in data["rows"].items():
        if further := row.get("further"):
            add(f"{row['title']}, a setting tried later", further["settings"], further["runs"], key == "rl2")
    for name, values in yardsticks.items():
        rows.append(italic([name, f"{mean(values.values()):z.0f}", *(f"{values[wiring]:z.0f}" for wiring in wirings), "", ""]))
    note = (
        f"Return of 100 steps (5 s), {origin['robots']} robots: one number for each of {origin['seeds']} seeds; then with each wiring. "
        f"β: the best of those that each agent tried, from a seed apart, for {origin['tried_for']} iterations; *tried later*: the best of "
        f"further ones, beyond the first. CPU-seconds of one thread, without the tries. Made by `{origin['command']}`, with MuJoCo "
        f"{origin['mujoco']}."
    )
    return Table(["agent", "return", *wirings, "β", "training"], rows, note).folded()


def wires_by_time() -> tuple[dict[str, list[float]], list[float]]:
    """What each agent earns in each ten steps of an episode, by title; and how many of 100 wirings of a leg a look at the body tells then,
    where pooled runs. Means over seeds, the second over both legs too."""
    runs = {row["title"]: row["runs"] for row in recorded(WIRES)["rows"].values()}
    paid = {title: [mean(x) for x in zip(*(run["paid"] for run in each), strict=True)] for title, each in runs.items()}
    looks = [found for run in runs[WIRED["pooled"]] for found in run["read_off"].values()]
    return paid, [100 * mean(x) for x in zip(*looks, strict=True)]


def arm_curves() -> tuple[dict[str, list[list[float]]], dict[str, list[list[float]]]]:
    """Of every agent on the arm: what an episode returns after each ten iterations, of every seed; and at the end, what each ten steps of
    an episode return, of every seed. The second has the yardsticks too, as one seed."""
    data = recorded(ARMS)
    runs = {row["title"]: row["runs"] for row in data["rows"].values()}
    returns = {title: [[point["return"] for point in run["curve"]] for run in each] for title, each in runs.items()}
    paid = {title: [run["paid"] for run in each] for title, each in runs.items()}
    return returns, paid | {name: [values] for name, values in data["yardsticks"].items()}
