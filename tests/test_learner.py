"""What everything that trains has in common: the safety net around a step, the state, Adam, the random stream, the device."""

import ast
import math
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import traitlets
from torch import Tensor
from torch.overrides import TorchFunctionMode

import dremeta_lite
from dremeta_lite.compare.regression_side_by_side import RegressionSideBySide
from dremeta_lite.hyper import HyperParameters, Real
from dremeta_lite.inner.baselines import SharedBaseline
from dremeta_lite.inner.dqn import DQN
from dremeta_lite.inner.monte_carlo import MonteCarlo
from dremeta_lite.inner.q_learning import QLearning
from dremeta_lite.learner import GradientLearner, NotFinite, describe_device, generator
from dremeta_lite.learner_state import bring_back, check_same_layout, find_non_finite, kept_by
from dremeta_lite.meta import MAML, Pooled
from dremeta_lite.meta.evaluation import adapt_to, bootstrap_interval, oracle, random_policy, standing_still
from dremeta_lite.meta.regression import ALGORITHMS
from dremeta_lite.tasks import CartPole, GridWorld, Sinusoid
from dremeta_lite.tasks.navigation import Navigation2D

FAMILY = Navigation2D()
SMALL: dict[str, Any] = {"hidden": (8,), "tasks": 3, "trajectories": 2}
KINDS = [MAML, Pooled]


def learner(kind: Any = MAML, seed: int = 0, **more: Any) -> Any:
    return kind(FAMILY, seed, **{**SMALL, **more})


# --- seeds and states --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_run_and_another_seed_another(kind: Any, same_state) -> None:
    """Bit for bit, numbers and state."""
    a, b, c = learner(kind, 1), learner(kind, 1), learner(kind, 2)
    for _ in range(3):
        assert a.step() == b.step()
        c.step()
    assert same_state(a.state_dict(), b.state_dict())
    assert all(not torch.equal(a.theta[name], c.theta[name]) for name in a.theta)


def test_a_state_has_a_copy_of_every_kind_of_attribute(same_state) -> None:
    kinds: dict[str, Any] = {"rng": generator(5), "table": torch.ones(2), "many": 3, "share": 0.1, "on": True, "nothing": None}
    kinds |= {"named": {"a": torch.zeros(1)}, "pair": SharedBaseline.blank(1), "part": learner()}
    owner = SimpleNamespace(**kinds)
    state = kept_by(owner, [*kinds, "not made yet"])
    assert {"table", "many", "named.a", "pair.scale", "part.iteration"} < state.keys() and "nothing" not in state
    drawn = torch.rand(1, generator=owner.rng)
    owner.table += 1
    owner.named["a"] += 1
    owner.pair.scale.zero_()
    owner.part.step()
    owner.many, owner.share, owner.on = 4, 0.2, False
    bring_back(owner, list(kinds), state)
    assert (owner.many, owner.share, owner.on, owner.nothing) == (3, 0.1, True, None) and same_state(kept_by(owner, list(kinds)), state)
    assert torch.rand(1, generator=owner.rng) == drawn
    owner.table += 1
    assert (state["table"] == 1).all(), "what is brought back is a copy"


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_goes_on_bit_for_bit_from_its_state(kind: Any, same_state) -> None:
    a = learner(kind)
    a.step()
    state = a.state_dict()
    numbers = [a.step() for _ in range(2)]
    b = learner(kind, seed=99)
    b.load_state_dict(state)
    assert b.iteration == 1
    assert [b.step() for _ in range(2)] == numbers and same_state(a.state_dict(), b.state_dict())


@pytest.mark.parametrize(
    ("make", "name", "value"),
    [
        (lambda: DQN(CartPole()), "memory.count", -1),
        (lambda: DQN(CartPole()), "stream.elapsed", -3),
        (lambda: QLearning(GridWorld()), "stream.state", -1),
        (lambda: QLearning(GridWorld()), "visits", -1),
        (lambda: MonteCarlo(GridWorld()), "episodes", -1),
        (lambda: RegressionSideBySide(Sinusoid()), f"learners.{next(iter(ALGORITHMS))}.adam.step.bias0", 1.5),
    ],
)
def test_what_cannot_be_a_count_is_refused_and_nothing_changes(make: Any, name: str, value: float, same_state) -> None:
    a = make()
    state = a.state_dict()
    with pytest.raises(ValueError, match=f"holds {value:g}; it must be a whole number"):
        a.load_state_dict({**state, name: torch.full_like(state[name], value)})
    assert same_state(a.state_dict(), state)


def test_a_state_is_a_copy(same_state) -> None:
    a = learner()
    state = a.state_dict()
    kept = {name: x.clone() for name, x in state.items()}
    a.step()
    assert same_state(state, kept)
    a.load_state_dict(state)
    a.step()
    assert same_state(state, kept)


@pytest.mark.parametrize("kind", KINDS)
def test_evaluation_does_not_disturb_the_random_stream(kind: Any, same_state) -> None:
    a, b = learner(kind), learner(kind)
    a.step()
    b.step()
    adapt_to(FAMILY, FAMILY.held_out_tasks(5), a.policy, a.theta, trajectories=3)
    random_policy(FAMILY, FAMILY.held_out_tasks(5), 2)
    bootstrap_interval(torch.arange(5.0))
    assert same_state(a.state_dict(), b.state_dict())
    assert a.step() == b.step()


def test_the_global_random_stream_is_neither_used_nor_moved() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = learner().step()
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert learner().step() == first


def test_hyperparameters_are_read_at_every_step() -> None:
    a, b = learner(), learner()
    a.step()
    b.step()
    b.hyper.meta_lr = 0.05
    a.step()
    b.step()
    moved = {c: sum((c.theta[n] - learner().theta[n]).abs().sum().item() for n in c.theta) for c in (a, b)}
    assert moved[b] > 2 * moved[a]  # the second step is ten times as long
    b.hyper.tasks, b.hyper.inner_steps = 2, 1
    assert b.step()["env_steps"] == 2 * 2 * 100 * 2


def test_an_unknown_hyperparameter_is_refused() -> None:
    with pytest.raises(traitlets.TraitError, match="MAMLHyper has no hyperparameter 'inner_rl'"):
        learner(inner_rl=1)
    with pytest.raises(traitlets.TraitError, match=r"inner_lr \(α\) must be in \[0.001, 100\], got 101"):
        learner(inner_lr=101)


def change(state: dict[str, Tensor], name: str, value: Tensor | None) -> dict[str, Tensor]:
    rest = {n: x for n, x in state.items() if n != name}
    return rest if value is None else {**rest, name: value}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("theta.weight0", None, "the state lacks 'theta.weight0'"),
        ("theta.weight9", torch.zeros(2), "holds 'theta.weight9', which this learner does not know"),
        ("theta.weight0", torch.zeros(2, 9), r"'theta.weight0' has shape \(2, 9\); this learner needs \(2, 8\)"),
        ("theta.weight0", torch.zeros(2, 8).double(), "'theta.weight0' holds torch.float64; this learner needs torch.float32"),
        ("iteration", torch.tensor(1.0), "'iteration' holds torch.float32"),
        ("rng", torch.zeros(5056, dtype=torch.uint8), "'rng' is not the state of a random generator"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(name: str, value: Tensor | None, message: str, same_state) -> None:
    a, other = learner(seed=0), learner(seed=1)
    other.step()
    before = a.state_dict()
    assert before["rng"].shape == (5056,)  # what a forged one must look like
    with pytest.raises(ValueError, match=message):
        a.load_state_dict(change(other.state_dict(), name, value))
    assert same_state(a.state_dict(), before)


def test_the_first_misfit_named_is_the_first_of_the_state() -> None:
    """Not a random one: a message that changes from run to run is hard to look up."""
    with pytest.raises(ValueError, match="'b'"):
        check_same_layout({"a": torch.zeros(1), "b": torch.zeros(1), "c": torch.zeros(1)}, {"a": torch.zeros(1)})


# --- the safety net ----------------------------------------------------------------------------------------------------------------


def test_an_absurd_learning_rate_is_stopped_and_the_last_good_parameters_are_kept(same_state) -> None:
    """β is bounded, so the absurd rate is set behind the bounds' back. The parameters then are of size 1e30: finite, but what follows
    from them is not, in this iteration or in the next."""
    a = learner()
    a.step()
    a.hyper.traits()["meta_lr"].high, high = 1e30, a.hyper.traits()["meta_lr"].high
    try:
        a.hyper.meta_lr = 1e30
    finally:
        a.hyper.traits()["meta_lr"].high = high
    before = a.state_dict()
    with pytest.raises(NotFinite) as caught:
        a.step()
        before = a.state_dict()
        a.step()
    done = int(before["iteration"])
    assert caught.value.iteration == done + 1 and not math.isfinite(caught.value.value)
    for part in (f"iteration {done + 1}: {caught.value.quantity}", "learning rate", f"after iteration {done}"):
        assert part in str(caught.value)
    assert same_state(a.state_dict(), before) and a.iteration == done


def test_going_on_after_the_stop_equals_never_having_been_stopped() -> None:
    a, b = learner(), learner()
    a.step()
    b.step()
    ascend = a.ascend
    a.ascend = lambda gradient, rate: ascend(gradient, math.inf)
    with pytest.raises(NotFinite, match=r"iteration 2: .* after iteration 1"):
        a.step()
    a.ascend = ascend
    assert a.step() == b.step()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("steps", [0, 2])
def test_a_poisoned_parameter_is_stopped_and_the_last_good_ones_come_back(kind: Any, steps: int, same_state) -> None:
    a = learner(kind)
    for _ in range(steps):
        a.step()
    before = a.state_dict()
    with torch.no_grad():
        a.theta["weight0"][0, 0] = math.nan
    with pytest.raises(NotFinite, match=f"iteration {steps + 1}: .* became nan.*after iteration {steps}"):
        a.step()
    assert same_state(a.state_dict(), before)
    a.step()
    assert a.iteration == steps + 1


@pytest.mark.parametrize("name", ["theta.log_std", "adam.exp_avg_sq.weight0"])
def test_a_non_finite_part_of_the_new_state_is_named(name: str, same_state) -> None:
    a = learner()
    before, advance = a.state_dict(), a.advance

    def poisoned() -> dict[str, float]:
        numbers = advance()
        kind, _, rest = name.partition(".")
        if kind == "theta":
            a.theta[rest].data[0] = -math.inf
        else:
            key, _, parameter = rest.partition(".")
            a.optimiser.state[a.theta[parameter]][key][0] = math.inf
        return numbers

    a.advance = poisoned
    with pytest.raises(NotFinite) as caught:
        a.step()
    assert (caught.value.quantity, abs(caught.value.value)) == (name, math.inf)
    assert same_state(a.state_dict(), before)


def test_a_non_finite_number_is_named() -> None:
    a = learner()
    a.advance = lambda: {"fine": 1.0, "odd": math.nan, "odder": math.inf}
    with pytest.raises(NotFinite, match="iteration 1: odd became nan"):
        a.step()
    assert a.iteration == 0


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_interrupted_iteration_leaves_no_trace(error: type[BaseException], same_state) -> None:
    """Pause arrives inside an iteration, through the heartbeat; the next step does that iteration again."""
    a, b = learner(), learner()
    a.step()
    b.step()
    before = a.state_dict()

    def interrupt() -> None:
        raise error

    a.heartbeat = interrupt
    with pytest.raises(error):
        a.step()
    assert same_state(a.state_dict(), before)
    a.heartbeat = lambda: None
    assert a.step() == b.step()


@pytest.mark.parametrize("kind", KINDS)
def test_the_heart_beats_inside_an_iteration(kind: Any) -> None:
    a, beats = learner(kind), []
    a.heartbeat = lambda: beats.append(1)
    a.step()
    assert len(beats) >= 1


def test_find_non_finite() -> None:
    assert find_non_finite({"a": 1.0, "b": torch.tensor([1, 2]), "c": torch.zeros(0)}) is None
    assert find_non_finite({"a": 1.0, "b": torch.tensor([1.0, -math.inf])}) == ("b", -math.inf)


# --- Adam --------------------------------------------------------------------------------------------------------------------------


class OneNumber(GradientLearner):
    """Ascends a given sequence of gradients."""

    family = FAMILY
    hyper: "Rate"

    def __init__(self) -> None:
        self.seed, self.hyper, self.device = 0, Rate(), torch.device("cpu")
        super().__init__({"x": torch.zeros(1)}, generator(0))

    def advance(self) -> dict[str, float]:
        self.ascend({"x": torch.tensor([2.0, -1.0, 0.5][self.iteration]).view(1)}, self.hyper.rate)
        return {"x": self.theta["x"].item()}


class Rate(HyperParameters):
    rate = Real(0.1, low=0, high=1, help="Adam's step size")


def test_ascend_is_adam_uphill() -> None:
    """Kingma & Ba 2015, algorithm 1, by hand with β₁ 0.9, β₂ 0.999, ε 1e-8; the rate changes before the third step."""
    a, x, m, v = OneNumber(), 0.0, 0.0, 0.0
    for t, (g, rate) in enumerate([(2.0, 0.1), (-1.0, 0.1), (0.5, 0.01)], start=1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        x += rate * (m / (1 - 0.9**t)) / (math.sqrt(v / (1 - 0.999**t)) + 1e-8)
        a.hyper.rate = rate
        assert a.step()["x"] == pytest.approx(x, rel=1e-5)  # float32
    assert x > 0


def test_adams_state_has_the_same_layout_before_the_first_step() -> None:
    a = learner()
    before = a.state_dict()
    a.step()
    check_same_layout(before, a.state_dict())
    assert sum(name.startswith("adam.") for name in before) == 3 * len(a.theta)


# --- the device --------------------------------------------------------------------------------------------------------------------

NAMES = "arange as_tensor empty eye full linspace logspace ones rand randint randn randperm tensor zeros"
FACTORIES = {getattr(torch, name): name for name in NAMES.split(" ")}


class EveryTensorNamesItsDevice(TorchFunctionMode):
    """Fails when a tensor is made without saying where. Without this, a tensor would land on the CPU beside a learner on a GPU.

    Not caught: `x.new_zeros(…)`, `torch.zeros_like(x)` and the like, which follow x's device, as they should.
    Let through: what torch's own files do (`torch.optim` keeps its step counters on the CPU).
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in FACTORIES and caller_is_ours():
            self.seen.add(FACTORIES[func])
            assert kwargs.get("device") is not None, f"torch.{FACTORIES[func]} is called without device="
        return func(*args, **kwargs)


def caller_is_ours() -> bool:
    """Whether the call comes from this package: the nearest frame that is not of the run-time type checks."""
    frame = sys._getframe(2)
    return "dremeta_lite" in frame.f_globals.get("__name__", "")


def test_the_device_check_does_catch() -> None:
    namespace: dict[str, Any] = {"__name__": "dremeta_lite.forgetful", "torch": torch}
    exec("def bad(): return torch.zeros(2)\ndef good(): return torch.zeros(2, device='cpu')", namespace)
    with EveryTensorNamesItsDevice() as mode:
        namespace["good"]()
        with pytest.raises(AssertionError, match=r"torch\.zeros is called without device="):
            namespace["bad"]()
    assert mode.seen == {"zeros"}


SCREENS = {"exercises", "lab", "recording", "compare", "start"}
"""What is only ever on the CPU."""


def test_no_line_of_what_learns_and_plays_forgets_the_device() -> None:
    """As above, but whether or not a test comes by. What follows another tensor's device is made of that tensor."""
    root = Path(dremeta_lite.__file__).parent
    names, forgotten = {*FACTORIES.values(), "empty", "randint", "tril_indices", "triu_indices"}, []
    for file in sorted(root.rglob("*.py")):
        place = file.relative_to(root)
        for call in ast.walk(ast.parse(file.read_text("utf-8"))) if place.parts[0] not in SCREENS and file.stem != "source_program" else ():
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "torch":
                named = {keyword.arg for keyword in call.keywords}
                forgotten += [f"{place}:{call.lineno}"] * (call.func.attr in names and not named & {"device", None})
    assert forgotten == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_tensor_is_made_on_a_named_device(kind: Any) -> None:
    with EveryTensorNamesItsDevice() as mode:
        a = learner(kind)
        a.step()
        state = a.state_dict()
        a.load_state_dict(state)
        tasks = FAMILY.held_out_tasks(4)
        returns = adapt_to(FAMILY, tasks, a.policy, a.theta, trajectories=2).returns()
        bootstrap_interval(returns[0])
        for yardstick in (standing_still, oracle, random_policy):
            yardstick(FAMILY, tasks)
        Navigation2D()
    assert {"rand", "randn", "randperm", "arange", "eye", "linspace"} <= mode.seen  # it did look


@pytest.mark.parametrize("kind", KINDS)
def test_a_default_device_elsewhere_changes_nothing(kind: Any) -> None:
    """Everything made without a device would now be on `meta`, hold no numbers, and fail. This sees inside torch's own files, too."""
    expected = learner(kind).step()
    with torch.device("meta"):
        a = learner(kind)
        numbers = a.step()
        adapt_to(FAMILY, FAMILY.held_out_tasks(4), a.policy, a.theta, trajectories=2)
    assert numbers == expected


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("kind", KINDS)
def test_cpu_and_gpu_agree(kind: Any) -> None:
    """The draws are made on the CPU, so one iteration meets the same tasks and noise; float32 sums of thousands of terms differ."""
    cpu, gpu = learner(kind), learner(kind, device="cuda")
    a, b = cpu.step(), gpu.step()
    assert b == pytest.approx(a, rel=1e-3, abs=1e-4)
    for name in cpu.theta:
        assert gpu.theta[name].is_cuda
        # Adam's first moment is a tenth of the gradient; θ itself moves by β whatever the gradient's size, so it says less.
        one, other = (c.optimiser.state[c.theta[name]]["exp_avg"].cpu() for c in (cpu, gpu))
        torch.testing.assert_close(other, one, rtol=1e-2, atol=1e-3 * one.abs().max().item())
    tasks, returns = FAMILY.held_out_tasks(10), []
    for c in (cpu, gpu):
        on_device = FAMILY.held_out_tasks(10, c.device)
        theta = {name: p.detach().to(c.device) for name, p in cpu.theta.items()}
        returns.append(adapt_to(FAMILY, on_device, c.policy, theta, steps=1, trajectories=5).returns().mean().item())
    assert returns[1] == pytest.approx(returns[0], rel=1e-2)
    assert len(tasks.goal) == 10


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_state_travels_between_cpu_and_gpu(tmp_path: Path) -> None:
    gpu = learner(device="cuda")
    gpu.step()
    gpu.save(tmp_path / "x.safetensors")
    cpu = learner(seed=5)
    cpu.load(tmp_path / "x.safetensors")
    assert cpu.iteration == 1
    assert all(torch.equal(cpu.theta[name], gpu.theta[name].cpu()) for name in cpu.theta)


def test_describe_device(monkeypatch: pytest.MonkeyPatch) -> None:
    assert describe_device(torch.device("cpu")) == "cpu, 1 thread"
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    assert describe_device(torch.device("cpu")) == "cpu, 4 threads"
