"""Trains teachers for the half cheetah, forwards or backwards, and a student of each, for notebook 12. Needs the extra `robots`.

    python3 -m dremeta_lite robots taught                  about fifteen minutes of one CPU core

Nobody can compute how a cheetah runs best. So a teacher is trained by reinforcement, as in RMA, with the direction before its eyes; then a
memory that is not told imitates it. Beside them RL² is trained, with a memory of the same kind. The step sizes of all three are tried
before, from a seed apart and for half as long: four, and further ones as long as the best lies at an end. The best of all is taken.
"""

from pathlib import Path
from typing import Any

from torch import Tensor

from dremeta_lite.compare.robot_tables import TAUGHT_ROWS
from dremeta_lite.learner import generator
from dremeta_lite.meta.rl2_ppo import RL2PPO
from dremeta_lite.meta.student import Student, Teacher
from dremeta_lite.recording.cheetah import ROBOTS, judged
from dremeta_lite.recording.poles import Blank
from dremeta_lite.recording.runner import Job, Tick, beside, finish, origin, results, train
from dremeta_lite.recording.tuning import HEAT_SEEDS, PLAY_SEED, onwards
from dremeta_lite.tasks.cheetah import Direction, HalfCheetahDir, with_sign

SEEDS, EVERY = 3, 10
ITERATIONS = {"rl2": 120, "teacher": 120, "student": 40}
RATES, RANGE = (3e-3, 1.5e-3, 6e-3, 1.2e-2), (1e-5, 0.1)
"""Step sizes that are tried, of which the first is where the search began; and where further ones may lie."""


def teacher_learner(seed: int, rate: float, iterations: int) -> RL2PPO:
    """A learner that is told the direction, and needs no memory; not trained yet."""
    return RL2PPO(HalfCheetahDir(told=True), seed, encoding="nothing", iterations=iterations, learning_rate=rate)


def memory_learner(seed: int, rate: float, iterations: int) -> RL2PPO:
    """RL², which has no teacher; not trained yet."""
    return RL2PPO(HalfCheetahDir(), seed, privileged=True, iterations=iterations, learning_rate=rate)


def ask(teacher: RL2PPO) -> Teacher:
    """What a teacher would do, as `Student` asks it: its likeliest action, in the direction of the task."""
    agent = teacher.agent(greedy=True)

    def answer(observation: Tensor, tasks: Direction) -> Tensor:
        agent.begin(len(observation), generator(0))
        return agent.intended(with_sign(observation, tasks.sign))[0]

    return answer


def student_learner(seed: int, rate: float, iterations: int, teacher: RL2PPO) -> Student:
    """A student that is not trained yet."""
    return Student(HalfCheetahDir(), seed, teacher=ask(teacher), iterations=iterations, learning_rate=rate)


def mean_return(learner: RL2PPO) -> float:
    """Of both directions, with other draws than the table's."""
    return round(sum(judged(learner.family, learner.agent(greedy=True), PLAY_SEED).values()) / 2, 1)  # type: ignore[arg-type]


def tried(row: str, teacher: float, tick: Tick = lambda: None) -> dict[str, float]:
    """By step size, what half of a training returns. All students have one teacher, trained with the step size that is given."""
    seed, half, whole = HEAT_SEEDS[0], ITERATIONS[row] // 2, ITERATIONS["teacher"]
    asked = train(teacher_learner(seed, teacher, whole), whole, tick).learner if row == "student" else None

    def score(rate: float) -> float:
        alone = teacher_learner if row == "teacher" else memory_learner
        learner = student_learner(seed, rate, half, asked) if asked else alone(seed, rate, half)
        return mean_return(train(learner, half, tick).learner)

    return {f"{rate:g}": found for rate, found in onwards({rate: score(rate) for rate in RATES}, score, RANGE).items()}


def curve(learner: Any, iterations: int, tick: Tick) -> list[dict[str, float]]:
    """Train, and say what was `judged` after some iterations, with the CPU-seconds until then."""
    stops = range(0, iterations + 1, EVERY)
    trained = train(learner, iterations, tick, stops, keep=lambda x: judged(x.family, x.agent(greedy=True)))
    return [{"iteration": n, "cpu_seconds": round(trained.seconds[n], 1), **trained.kept[n]} for n in stops]


def measure(seed: int, rates: dict[str, float], tick: Tick = lambda: None) -> dict[str, Any]:
    """RL², a teacher and its student: a `curve` of each, and what the student earns with a memory that stays blank."""
    n, alone = ITERATIONS, memory_learner(seed, rates["rl2"], ITERATIONS["rl2"])
    teacher = teacher_learner(seed, rates["teacher"], n["teacher"])
    found: dict[str, Any] = {"rl2": curve(alone, n["rl2"], tick), "teacher": curve(teacher, n["teacher"], tick)}
    student = student_learner(seed, rates["student"], n["student"], teacher)
    found["student"] = curve(student, n["student"], tick)
    return found | {"blank": judged(student.family, Blank(student.agent(greedy=True)))}  # type: ignore[arg-type]


def record(folder: Path) -> None:
    """Try step sizes, train, measure and write the file."""
    path, rows = folder / "taught.json", dict[str, Any]()
    tries = {row: folder / f"taught_{row}.json" for row in TAUGHT_ROWS}
    for row, title in TAUGHT_ROWS.items():
        total = len(RATES) * (ITERATIONS[row] // 2) + (row == "student") * ITERATIONS["teacher"]
        job, teacher = Job(row, HEAT_SEEDS[0], f"{title}: trying step sizes", total), rows.get("teacher", {}).get("taken", 0.0)
        ((scores,),) = results(tries[row], [job], lambda job, tick, asked=teacher: tried(job.row, asked, tick)).values()
        rows[row] = {"taken": float(max(scores, key=lambda rate: scores[rate])), "tries": scores}
    taken = {row: found["taken"] for row, found in rows.items()}
    jobs = [Job("all", seed, "RL², a teacher for the half cheetah, and its student", sum(ITERATIONS.values())) for seed in range(SEEDS)]
    runs = results(path, jobs, lambda job, tick: measure(job.seed, taken, tick))["all"]
    about = {"seeds": SEEDS, "robots": ROBOTS, "tried_seed": HEAT_SEEDS[0]}
    finish(path, {"origin": origin("robots taught", mujoco=HalfCheetahDir().version, **about), "rows": rows, "runs": runs})
    for each in tries.values():
        beside(each).unlink(missing_ok=True)
