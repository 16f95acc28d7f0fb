"""How fast is it here? Prints figures of one machine; they are read, never asserted.

    python3 -m dremeta_lite bench               about one minute

Reference set-up: Navigation2D, 20 tasks × 20 trajectories × 100 steps, one inner step, all time steps in the gradients, MLP 64-64,
one thread. Beside it the set-up that the course trains with. CPU-seconds are those of the training thread.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import cycle
from typing import Any

import torch
from jupyter_client.manager import start_new_kernel
from tqdm import tqdm

from dremeta_lite.lab.views.navigation import showcase
from dremeta_lite.learner import generator
from dremeta_lite.meta import MAML, adapt_to
from dremeta_lite.networks import stack
from dremeta_lite.rollout import collect
from dremeta_lite.speed import prepare_cpu
from dremeta_lite.tasks import Navigation2D
from dremeta_lite.titles import LEARNERS

FAMILY = Navigation2D()
REFERENCE: dict[str, Any] = {"hidden": (64, 64), "inner_steps": 1, "tasks": 20, "trajectories": 20, "fraction": 1.0}
PANEL = """
import time, psutil
bare = psutil.Process().memory_info().rss
began = time.perf_counter()
from dremeta_lite.lab.panel import LivePanel
from dremeta_lite.lab.views.navigation import AdaptationView
from dremeta_lite.meta import MAML
from dremeta_lite.tasks import Navigation2D
family = Navigation2D()
panel = LivePanel("bench", lambda seed: MAML(family, seed), AdaptationView(family), controls=("inner_lr",))
panel.show()
shown = time.perf_counter()
"""
START = """
import json
frames, first = panel.picture.frames, None
clicked = time.perf_counter()
panel.runner.start()
while time.perf_counter() - clicked < 10:
    time.sleep(0.002)
    if first is None and panel.picture.frames > frames and panel.runner.history:
        first = time.perf_counter() - clicked
panel.runner.pause()
print(json.dumps({
    "notebook cell to panel": shown - began, "start to picture": first, "frames": (panel.picture.frames - frames) / 10,
    "iterations": len(panel.runner.history) / 10, "drawing": 1 - panel.runner.seconds / 10,
    "bare": bare / 1e6, "memory": psutil.Process().memory_info().rss / 1e6}))
"""


def cpu_seconds(work: Callable[[], Any], repeats: int = 7) -> float:
    """The median CPU-seconds of this thread for one call, after a first one that is not counted."""
    work()
    times = []
    for _ in range(repeats):
        began = time.thread_time()
        work()
        times.append(time.thread_time() - began)
    return statistics.median(times)


def training() -> dict[str, str]:
    """CPU-seconds of a meta-iteration, and environment steps a second."""
    lines = {}
    for name, settings in (("reference", REFERENCE), ("the course's", {})):
        for order in (True, False):
            learner = MAML(FAMILY, second_order=order, **settings)
            lines[f"one meta-iteration, {name}, {'second' if order else 'first'} order"] = f"{1e3 * cpu_seconds(learner.step):.0f} ms"
    learner = MAML(FAMILY, **REFERENCE)
    tasks, rng = FAMILY.held_out_tasks(20), generator(0)
    seconds = cpu_seconds(lambda: collect(FAMILY, tasks, learner.policy, stack(learner.theta, 20), 20, rng))
    lines["rollout alone, reference"] = f"{20 * 20 * FAMILY.horizon / seconds / 1e6:.2f} million environment steps a second"
    seconds = cpu_seconds(lambda: adapt_to(FAMILY, showcase(FAMILY), learner.policy, learner.theta, steps=1, trajectories=20, calm=True))
    lines["the map of five held-out tasks, before it is drawn"] = f"{1e3 * seconds:.0f} ms"
    return lines


def importing() -> dict[str, str]:
    """Wall seconds of a whole process that imports the package, less those of one that imports nothing."""

    def seconds(code: str) -> float:
        times = []
        for _ in range(5):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            times.append(time.perf_counter() - began)
        return statistics.median(times)

    nothing = seconds("pass")
    return {f"`{code}`": f"{seconds(code) - nothing:.2f} s" for code in ("import dremeta_lite", "import torch")}


def live() -> dict[str, str]:
    """A real kernel, the real panel, ten seconds of training."""
    manager, client = start_new_kernel(env={**os.environ, "DREMETA_HEADLESS": "0"})
    try:
        run(client, PANEL)
        numbers = json.loads(run(client, START).strip().splitlines()[-1])
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return {
        "from the imports to the panel, in a new kernel": f"{numbers['notebook cell to panel']:.1f} s",
        "from a cold Start, pressed at once, to the first picture": f"{numbers['start to picture']:.2f} s",
        "pictures": f"{numbers['frames']:.1f} a second, at {numbers['iterations']:.1f} meta-iterations a second",
        "time spent on pictures": f"{100 * numbers['drawing']:.0f} %",
        "memory of a kernel with this one panel": f"{numbers['memory']:.0f} MB, of which bare {numbers['bare']:.0f} MB",
    }


def touching() -> dict[str, str]:
    """CPU-seconds from a move of the playground's star to the frame that shows it."""
    from dremeta_lite.lab.playground import Playground, pretrained

    playground, places = Playground({LEARNERS["maml"]: pretrained("maml")}, name="bench"), cycle([0.1, 0.2, 0.3, 0.4])
    seconds = cpu_seconds(lambda: playground.move({"goal_x": next(places), "goal_y": 0.2}) or playground.paint(), repeats=15)
    return {"one move of the playground's star": f"{1e3 * seconds:.0f} ms, so {1 / seconds:.0f} pictures a second"}


def run(client: Any, code: str) -> str:
    """Run code in the kernel; returns what it printed."""
    printed: list[str] = []

    def listen(message: Any) -> None:
        if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
            printed.append(message["content"]["text"])

    reply = client.execute_interactive(code, timeout=120, output_hook=listen)
    if reply["content"]["status"] != "ok":
        raise RuntimeError("\n".join(reply["content"].get("traceback", [reply["content"]["status"]])))
    return "".join(printed)


def main() -> None:
    threads = prepare_cpu()
    print(
        f"Python {platform.python_version()}, torch {torch.__version__}, {threads} thread(s), {platform.processor() or platform.machine()}"
    )
    figures: dict[str, str] = {}
    parts = {"training": training, "importing": importing, "the live panel": live, "the playground": touching}
    with tqdm(parts.items(), file=sys.stdout, leave=False) as bar:
        for name, part in bar:
            bar.set_description(name)
            figures |= part()
    for name, figure in figures.items():
        print(f"{name:55s} {figure}")


if __name__ == "__main__":
    main()
