"""What a GPU can bring, on paper: counted operations, and a GPU that is never waited for in a step."""

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch

from dremeta_lite.compare import show_gpu_limits
from dremeta_lite.compare.devices import BYTES, FLOPS, LAUNCH, Work, work
from dremeta_lite.hyper import HyperParameters, Whole
from dremeta_lite.learner import Learner, draws_on
from dremeta_lite.meta import MAML, RL2, MetaSGD, Pooled, Reptile, VariBAD
from dremeta_lite.recording import devices as recorder
from dremeta_lite.tasks import Bandit, CartPole, HiddenGoal, Navigation2D, TaskFamily


class TwoHyper(HyperParameters):
    tasks = Whole(2, low=1, high=9)


class Two(Learner):
    """Multiplies two matrices, looks at a number, and transposes for nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.hyper = TwoHyper()

    def advance(self) -> dict[str, float]:
        return {"x": (torch.ones(8, 4, device="cpu") @ torch.ones(4, 2, device="cpu")).mT[0, 0].item()}


def test_operations_are_counted_as_by_hand() -> None:
    """Two tensors are filled, of 32 and 8 numbers of 4 bytes, and multiplied: 2 · 8 · 4 · 2 operations. Up to two more make room."""
    found = work(Two())
    assert (found.tasks, found.flops, found.waits) == (2, 128, 1)
    assert 3 <= found.operations <= 5 and 4 * (32 + 8 + 32 + 8 + 16) <= found.bytes <= 2 * 4 * (32 + 8 + 32 + 8 + 16)


def test_the_limits_are_those_of_the_slower_part() -> None:
    found = Work(tasks=20, operations=5000, flops=int(FLOPS / 1000), bytes=int(BYTES / 250), waits=0)
    assert found.told() == pytest.approx(5000 * LAUNCH) and found.computed() == pytest.approx(0.005)
    assert found.free() == pytest.approx(20 * 5000 * LAUNCH / 0.005)


MAKE: dict[str, tuple[TaskFamily, Callable[..., Any]]] = {
    "MAML": (Navigation2D(), lambda family, n: MAML(family, tasks=n, trajectories=2, hidden=(4,))),
    "MetaSGD": (Navigation2D(), lambda family, n: MetaSGD(family, tasks=n, trajectories=2, hidden=(4,))),
    "Reptile": (Navigation2D(), lambda family, n: Reptile(family, tasks=n, trajectories=2, hidden=(4,))),
    "Pooled": (CartPole(), lambda family, n: Pooled(family, tasks=n, trajectories=2, hidden=(4,))),
    "RL2": (HiddenGoal(3), lambda family, n: RL2(family, trials=n, memory=4, hidden=(4,))),
    "RL2 on bandits": (Bandit(3, 5), lambda family, n: RL2(family, trials=n, memory=4, hidden=(4,))),
    "VariBAD": (HiddenGoal(3), lambda family, n: VariBAD(family, trials=n, memory=4, hidden=(4,), latent=2)),
}


@pytest.mark.parametrize("name", MAKE)
def test_nothing_waits_for_a_number_in_each_step_or_each_task(name: str) -> None:
    """Each wait leaves a GPU idle until Python has come round again. Twice the steps, or three times the tasks, have as many."""
    family, make = MAKE[name]
    longer = copy.copy(family)
    if name == "RL2 on bandits":
        longer = Bandit(3, 10)
    else:
        longer.horizon = 2 * family.horizon
    waits = work(make(family, 2)).waits
    assert work(make(longer, 2)).waits == work(make(family, 6)).waits == waits < 25


def test_the_table_has_this_processors_time_beside_what_a_gpu_takes_at_least() -> None:
    text = str(show_gpu_limits({"a memory": RL2(HiddenGoal(3), trials=4, memory=4)}))
    assert re.search(r"a memory\W+4\W+\d+ ms\W+[\d,]+\W+\d+ ms\W+[\d,]+ tasks", text) and "not measured" in text


def test_devices_prints_what_this_machine_takes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(recorder, "TIMES", (1, 2))
    monkeypatch.setattr(recorder, "ENOUGH", 0.01)
    threads = torch.get_num_threads()
    recorder.main(["RL²"])
    torch.set_num_threads(threads)
    lines = capsys.readouterr().out.splitlines()
    assert [re.sub(r"[\d.]+ (?=ms|tasks/s)", "", line) for line in lines[:2]] == [
        "RL², 20 tasks, cpu, 1 thread: ms, tasks/s",
        "RL², 40 tasks, cpu, 1 thread: ms, tasks/s",
    ]
    with pytest.raises(SystemExit):
        recorder.main(["RL3"])
    assert "there is no RL3: take one of MAML" in capsys.readouterr().err


def test_learners_made_inside_draw_on_the_device_that_is_named() -> None:
    """Without a GPU, torch refuses the generator, by the name of its device."""
    name = "cuda" if not torch.cuda.is_available() else "mps"
    with draws_on(name), pytest.raises(RuntimeError, match=rf"(?i){name}"):
        MAML(Navigation2D())
    assert MAML(Navigation2D()).rng.device == torch.device("cpu"), "after it, as before"
