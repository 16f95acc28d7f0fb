"""The source text's program: the torch port reproduces what was recorded under TensorFlow, and each fault is shown by running it."""

import importlib.util
import inspect
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dremeta_lite.meta import source_program
from dremeta_lite.meta.source_program import SGD, GradientTape, MetaNetwork, Pairs, mean_squared_error, train_meta_network

FOLDER = Path(__file__).parents[2] / "data" / "source_program"
GOLDEN = json.loads((FOLDER / "golden.json").read_text(encoding="utf-8"))
RATE = 0.01


def load_script() -> Any:
    """The recording script as a module: it draws the starting weights and the tasks, and reaches for TensorFlow only when it is run."""
    spec = importlib.util.spec_from_file_location("record_with_tensorflow", FOLDER / "record_with_tensorflow.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT = load_script()


def to_torch(x: Any) -> Any:
    if isinstance(x, list | tuple):
        return type(x)(to_torch(y) for y in x)
    return torch.from_numpy(x) if isinstance(x, np.ndarray) else x


PROBES, TASKS, ATTEMPTS = to_torch(SCRIPT.probes()), to_torch(SCRIPT.make_tasks()), to_torch(list(SCRIPT.attempts().items()))


@pytest.fixture
def network() -> MetaNetwork:
    """With the starting weights of the recording. (Torch keeps the transpose of Keras' kernels.)"""
    network = MetaNetwork(SCRIPT.STATE_SIZE, SCRIPT.NUM_ACTIONS, torch.Generator().manual_seed(0))
    with torch.no_grad():
        for p, w in zip(network.parameters(), SCRIPT.starting_weights(), strict=True):
            p.copy_(torch.from_numpy(w.T))
    return network


@pytest.fixture
def small() -> MetaNetwork:
    return MetaNetwork(4, 3, torch.Generator().manual_seed(1), width=32)


def copy_of(network: MetaNetwork) -> list[Tensor]:
    return [p.detach().clone() for p in network.parameters()]


def loss_of(network: MetaNetwork, task: Any) -> float:
    with torch.no_grad():
        return mean_squared_error(network(task[0][0]), task[1]).sum().item()


class KerasAdam:
    """Adam as Keras computes it: w ← w - rate · √(1 - β₂ᵗ) / (1 - β₁ᵗ) · m / (√v + ε).

    This is the short form at the end of section 2 of Kingma and Ba (2015), whose ε is *their* ε̂. `torch.optim.Adam` has Algorithm 1 of
    the same paper, where ε is added after the correction of v: in Keras' form that is an ε smaller by √(1 - β₂ᵗ), at first by 32 times.
    Where gradients are tiny the two part.
    """

    def __init__(self, learning_rate: float = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7) -> None:
        self.learning_rate, self.beta_1, self.beta_2, self.epsilon, self.iterations = learning_rate, beta_1, beta_2, epsilon, 0
        self.moments: dict[nn.Parameter, tuple[Tensor, Tensor]] = {}

    @torch.no_grad()
    def apply_gradients(self, gradients_and_variables: Pairs) -> None:
        self.iterations += 1
        alpha = self.learning_rate * (1 - self.beta_2**self.iterations) ** 0.5 / (1 - self.beta_1**self.iterations)
        for gradient, w in gradients_and_variables:
            m, v = self.moments.setdefault(w, (torch.zeros_like(w), torch.zeros_like(w)))
            m += (1 - self.beta_1) * (gradient - m)
            v += (1 - self.beta_2) * (gradient**2 - v)
            w -= alpha * m / (v.sqrt() + self.epsilon)


class TorchAdam:
    """torch's own Adam in the program's interface: the control, which does not agree."""

    def __init__(self, network: MetaNetwork, learning_rate: float) -> None:
        self.adam = torch.optim.Adam(network.parameters(), lr=learning_rate, eps=1e-7)

    def apply_gradients(self, gradients_and_variables: Any) -> None:
        for gradient, w in gradients_and_variables:
            w.grad = gradient
        self.adam.step()


class TestAgainstTensorFlow:
    def follow(self, network: MetaNetwork, optimizer: Any, run: dict[str, Any]) -> dict[str, float]:
        """Train as recorded; the largest differences of losses, logits and sums of the weights."""
        worst = {"loss": 0.0, "logits": 0.0, "squares": 0.0}
        for k, task in enumerate(TASKS):
            worst["loss"] = max(worst["loss"], abs(loss_of(network, task) - run["losses"][k]))
            train_meta_network(network, [task], optimizer, num_iterations=1)
            if (k + 1) % 10 == 0:
                look = run["looks"][k // 10]
                worst["logits"] = max(worst["logits"], (network(PROBES) - torch.tensor(look["logits"])).abs().max().item())
                sums = [w.double().square().sum().item() for w in network.parameters()]
                squares = max(abs(mine / theirs - 1) for mine, theirs in zip(sums, look["sums_of_squares"], strict=True))
                worst["squares"] = max(worst["squares"], squares)
        return worst

    def test_the_starting_weights_are_those_of_the_recording(self) -> None:
        assert [w.flat[1].item() for w in SCRIPT.starting_weights()] == pytest.approx(GOLDEN["first_weights"], rel=1e-7)
        assert "tensorflow" not in sys.modules

    def test_sgd_agrees_to_1e_5_over_sixty_steps(self, network: MetaNetwork) -> None:
        """Measured: 2e-7 in the losses, 6e-8 in the logits."""
        worst = self.follow(network, SGD(GOLDEN["runs"]["sgd"]["learning_rate"]), GOLDEN["runs"]["sgd"])
        assert max(worst.values()) < 1e-5, worst

    def test_adam_in_keras_form_agrees_to_1e_4(self, network: MetaNetwork) -> None:
        """Measured: 1.1e-5 in the losses, 6e-6 in the logits, 9e-5 in the (relative) sums of squares."""
        worst = self.follow(network, KerasAdam(GOLDEN["runs"]["adam"]["learning_rate"]), GOLDEN["runs"]["adam"])
        assert worst["loss"] < 1e-4 and worst["logits"] < 1e-4 and worst["squares"] < 5e-4, worst

    def test_torchs_own_adam_does_not_with_its_epsilon_elsewhere(self, network: MetaNetwork) -> None:
        """Measured: 1.6e-2 in the losses, a thousand times more than Keras' form. So the place of ε is no detail here."""
        worst = self.follow(network, TorchAdam(network, GOLDEN["runs"]["adam"]["learning_rate"]), GOLDEN["runs"]["adam"])
        assert worst["loss"] > 1e-3, worst

    @pytest.mark.parametrize(("layout", "attempt"), ATTEMPTS, ids=[name for name, _ in ATTEMPTS])
    def test_the_same_layouts_fail_after_the_same_number_of_updates(self, layout: str, attempt: Any, network: MetaNetwork) -> None:
        """The one exception: torch's layers take a state without a batch axis, and Keras' do not."""
        (tasks, iterations), recorded, optimizer = attempt, GOLDEN["attempts"][layout], SGD(GOLDEN["runs"]["sgd"]["learning_rate"])
        if layout == "a state without a batch axis":
            assert recorded["raises"] == "ValueError"
        elif recorded["raises"]:
            with pytest.raises((TypeError, ValueError, RuntimeError)):
                train_meta_network(network, tasks, optimizer, iterations)
            assert optimizer.iterations == recorded["updates"]
        else:
            assert loss_of(network, tasks[0]) == pytest.approx(recorded["loss"], abs=1e-5)
            train_meta_network(network, tasks, optimizer, iterations)
            torch.testing.assert_close(network(PROBES), torch.tensor(recorded["logits"]), atol=1e-5, rtol=0)
            assert optimizer.iterations == recorded["updates"] == 1

    def test_the_idle_tape_kept_every_step(self) -> None:
        """Two copies of a million weights, or more, for each step: over a gigabyte in a hundred steps."""
        assert 8 < GOLDEN["tape_megabytes_a_step"] < 20

    def test_as_written_it_did_not_even_start(self) -> None:
        assert "mean_squared_error" in GOLDEN["as_written"] and GOLDEN["as_written"].startswith("AttributeError")


class TestFaults:
    def test_the_action_is_never_used(self, network: MetaNetwork) -> None:
        assert GOLDEN["same_for_every_action"] is True
        start, ends = copy_of(network), []
        for chosen in (0, 2):
            with torch.no_grad():
                for p, w in zip(network.parameters(), start, strict=True):
                    p.copy_(w)
            train_meta_network(network, [[(state, chosen), reward] for (state, _), reward in TASKS[:5]], SGD(RATE), 1)
            ends.append(copy_of(network))
        assert all(torch.equal(a, b) for a, b in zip(*ends, strict=True))
        assert not torch.equal(start[0], ends[0][0])

    def test_every_logit_becomes_the_reward(self, small: MetaNetwork) -> None:
        """One state, in which action 1 earns 1 and the others nothing; each is taken equally often. A sensible learner ends with the values
        (0, 1, 0). This one ends with the average reward, three times."""
        state = torch.tensor([[0.3, -0.2, 0.9, 0.1]])
        tasks = [[(state, action), float(action == 1)] for action in (0, 1, 2)] * 300
        train_meta_network(small, tasks, SGD(0.02), 1)
        logits = small(state)
        assert logits.tolist()[0] == pytest.approx([1 / 3] * 3, abs=0.06)  # a constant step leaves a ripple of that size
        assert (logits.max() - logits.min()).item() < 1e-3

    def test_the_outer_tape_is_never_asked(self, small: MetaNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
        tapes: list[GradientTape] = []

        class Registered(GradientTape):
            def __init__(self) -> None:
                super().__init__()
                tapes.append(self)

        monkeypatch.setattr(source_program, "GradientTape", Registered)
        train_meta_network(small, TASKS[:4], SGD(RATE), 1)
        assert [tape.asked for tape in tapes] == [0, 1, 1, 1, 1]

    def test_no_gradient_passes_through_an_update(self, small: MetaNetwork) -> None:
        """The weights after training are leaves: no graph leads from them to the weights before."""
        train_meta_network(small, TASKS[:4], SGD(RATE), 1)
        assert all(p.grad_fn is None and p.is_leaf for p in small.parameters())
        with pytest.raises(RuntimeError, match="not have been used in the graph"):
            torch.autograd.grad(small(PROBES).sum(), [p.clone() for p in small.parameters()])

    def test_a_second_iteration_reads_the_reward_as_a_pair_after_one_update(self, small: MetaNetwork) -> None:
        before, optimizer = copy_of(small), SGD(RATE)
        (state, action), reward = TASKS[0]
        with pytest.raises(TypeError, match="cannot unpack non-iterable float"):
            train_meta_network(small, [[(state, action), reward, (state, action), reward]], optimizer, num_iterations=2)
        assert optimizer.iterations == 1 and not torch.equal(before[0], next(small.parameters()))

    def test_the_last_task_wins(self, small: MetaNetwork) -> None:
        """Two tasks that disagree, 40 steps on each: what is left depends on their order, and is near the reward of the last."""
        state, start = torch.tensor([[0.3, -0.2, 0.9, 0.1]]), copy_of(small)
        ends = {}
        for order in ((-1.0, 1.0), (1.0, -1.0)):
            with torch.no_grad():
                for p, w in zip(small.parameters(), start, strict=True):
                    p.copy_(w)
            train_meta_network(small, [[(state, 0), reward] for reward in order for _ in range(40)], SGD(0.05), 1)
            ends[order[-1]] = small(state).mean().item()
        assert ends[1.0] == pytest.approx(1.0, abs=0.05) and ends[-1.0] == pytest.approx(-1.0, abs=0.05)

    def test_three_rewards_are_broadcast_against_three_logits(self, small: MetaNetwork) -> None:
        """Rewards [3] of three states [3, 4]: reward j meets logit j of *every* state. As a column [3, 1] each meets its own."""
        states = torch.cat([state for (state, _), _ in TASKS[:3]])
        rewards = torch.tensor([0.5, -1.0, 2.0])
        logits = small(states)
        silently, meant = mean_squared_error(logits, rewards), mean_squared_error(logits, rewards[:, None])
        by_hand = [sum((logits[i, j].item() - rewards[j].item()) ** 2 for j in range(3)) / 3 for i in range(3)]
        assert silently.tolist() == pytest.approx(by_hand, abs=1e-5)
        assert (silently - meant).abs().min() > 0.1


def test_the_program_that_is_shown_does_not_give_its_faults_away() -> None:
    """Lesson 05 shows it, and asks the reader what it does."""
    source = inspect.getsource(train_meta_network)
    assert "#" not in source and train_meta_network.__doc__ == "Train, as the text says."
