"""Record what the source text's TensorFlow program really computes, as numbers that its torch port must reproduce.

The course answers to a text whose section 5 has a program: a network `MetaNetwork` and a function `train_meta_network`. This script has the
program once more, in the course's own words but statement by statement the same, runs it for a few steps from known starting weights, and
writes `golden.json` beside itself. It is the only file of the course that needs TensorFlow, and nobody who takes the course needs it:

    python3.11 -m venv elsewhere && elsewhere/bin/pip install tensorflow-cpu==2.21.0        # 1.6 GB
    elsewhere/bin/python data/source_program/record_with_tensorflow.py

Weights and data are drawn with NumPy's `RandomState`, whose numbers are frozen for good (NEP 19). So the tests make the same ones without
TensorFlow, by importing this file: TensorFlow is imported by `main` alone.

Run it on Linux. The program keeps every step's graph in a tape that it never asks: 1.2 GB in 100 steps. Hence few steps, and a
memory limit.
"""

import contextlib
import importlib
import json
import platform
from pathlib import Path
from typing import Any

import numpy as np

STATE_SIZE, WIDTH, NUM_ACTIONS, STEPS = 4, 1024, 3, 60
RATES = {"sgd": 0.01, "adam": 0.001}
MEMORY_LIMIT = 6 * 2**30


def starting_weights(seed: int = 5) -> list[np.ndarray]:
    """Kernels [in, out] uniform in ±√(6 / (in + out)) and zero biases, as Keras starts a Dense layer; float32."""
    rng = np.random.RandomState(seed)
    weights = []
    for fan_in, fan_out in ((STATE_SIZE, WIDTH), (WIDTH, WIDTH), (WIDTH, NUM_ACTIONS)):
        limit = np.sqrt(6 / (fan_in + fan_out))
        weights += [rng.uniform(-limit, limit, (fan_in, fan_out)).astype(np.float32), np.zeros(fan_out, np.float32)]
    return weights


def make_tasks(steps: int = STEPS, seed: int = 6) -> list[list[Any]]:
    """`steps` tasks in the one layout that runs, `[(state, action), reward]`: a batch of one state [1, 4], an action, a reward."""
    rng = np.random.RandomState(seed)
    tasks = []
    for _ in range(steps):
        state = rng.uniform(-1, 1, (1, STATE_SIZE)).astype(np.float32)
        tasks.append([(state, int(rng.randint(NUM_ACTIONS))), float(rng.uniform(-1, 1))])
    return tasks


def probes() -> np.ndarray:
    """Five states [5, 4] at which the logits are looked at."""
    return np.random.RandomState(7).uniform(-1, 1, (5, STATE_SIZE)).astype(np.float32)


def build(tf: Any) -> Any:
    """The source text's two definitions, with the losses of every step written down in `losses`."""
    losses: list[float] = []

    class MetaNetwork(tf.keras.Model):
        def __init__(self, num_actions):
            super().__init__()
            self.fc1 = tf.keras.layers.Dense(WIDTH, activation="relu")
            self.fc2 = tf.keras.layers.Dense(WIDTH, activation="relu")
            self.fc3 = tf.keras.layers.Dense(num_actions)

        def call(self, inputs):
            return self.fc3(self.fc2(self.fc1(inputs)))

    def train_meta_network(meta_network, tasks, optimizer, num_iterations):
        with tf.GradientTape() as tape:
            for task in tasks:
                for i in range(num_iterations):
                    state, action = task[i]  # noqa: RUF059
                    reward = task[i + 1]
                    with tf.GradientTape() as tape:
                        logits = meta_network(state)
                        loss = tf.keras.losses.mean_squared_error(logits, reward)
                    losses.append(float(np.sum(loss)))
                    gradients = tape.gradient(loss, meta_network.trainable_variables)
                    optimizer.apply_gradients(zip(gradients, meta_network.trainable_variables))  # noqa: B905
        return meta_network

    return MetaNetwork, train_meta_network, losses


def make_network(tf: Any, MetaNetwork: Any) -> Any:
    network = MetaNetwork(NUM_ACTIONS)
    network(probes())  # a Keras model has weights once it has seen an input
    network.set_weights(starting_weights())
    return network


def make_optimizer(tf: Any, name: str) -> Any:
    return {"sgd": tf.keras.optimizers.SGD, "adam": tf.keras.optimizers.Adam}[name](RATES[name])


def record_run(tf: Any, name: str) -> dict[str, Any]:
    """Train on the sixty tasks: the losses, and logits and sums of the weights every ten steps."""
    MetaNetwork, train_meta_network, losses = build(tf)
    network, optimizer, tasks, looks = make_network(tf, MetaNetwork), make_optimizer(tf, name), make_tasks(), []
    for start in range(0, STEPS, 10):
        train_meta_network(network, tasks[start : start + 10], optimizer, num_iterations=1)
        weights = [w.astype(np.float64) for w in network.get_weights()]
        looks.append(
            {
                "step": start + 10,
                "logits": np.asarray(network(probes())).tolist(),
                "sums": [w.sum() for w in weights],
                "sums_of_squares": [(w**2).sum() for w in weights],
            }
        )
    return {"learning_rate": RATES[name], "losses": losses, "looks": looks}


def attempts() -> dict[str, tuple[list[Any], int]]:
    """Other layouts of a task that a reader might try: tasks and `num_iterations`."""
    (state, action), reward = make_tasks(1)[0]
    three = np.concatenate([task[0][0] for task in make_tasks(3)])
    rewards = np.array([0.5, -1.0, 2.0], np.float32)
    return {
        "two iterations on [(s, a), r, (s, a), r]": ([[(state, action), reward, (state, action), reward]], 2),
        "two iterations on [(s, a), (s, a), r]": ([[(state, action), (state, action), reward]], 2),
        "a list of pairs [((s, a), r), ((s, a), r)]": ([[((state, action), reward)] * 2], 1),
        "a list of triples [(s, a, r), (s, a, r)]": ([[(state, action, reward)] * 2], 1),
        "an integer reward": ([[(state, action), 1]], 1),
        "a state without a batch axis": ([[(state[0], action), reward]], 1),
        "one state, three rewards": ([[(state, action), rewards]], 1),
        "three states, three rewards": ([[(three, action), rewards]], 1),
        "three states, three rewards in a column": ([[(three, action), rewards[:, None]]], 1),
    }


def record_attempts(tf: Any) -> dict[str, Any]:
    """What each layout does: the exception and its first line, or the loss; and how many updates had been applied by then."""
    MetaNetwork, train_meta_network, losses = build(tf)
    found = {}
    for name, (tasks, iterations) in attempts().items():
        network, optimizer = make_network(tf, MetaNetwork), make_optimizer(tf, "sgd")
        losses.clear()
        try:
            train_meta_network(network, tasks, optimizer, iterations)
            outcome = {"raises": None, "loss": losses[-1], "logits": np.asarray(network(probes())).tolist()}
        except Exception as error:
            outcome = {"raises": type(error).__name__, "says": str(error).strip().splitlines()[0][:160]}
        found[name] = {**outcome, "updates": int(optimizer.iterations)}
    return found


def same_for_every_action(tf: Any) -> bool:
    """Whether the weights after training are equal, bit for bit, when every action is replaced by another one."""
    MetaNetwork, train_meta_network, _ = build(tf)
    ends = []
    for chosen in (0, 2):
        network = make_network(tf, MetaNetwork)
        tasks = [[(state, chosen), reward] for (state, _), reward in make_tasks(5)]
        train_meta_network(network, tasks, make_optimizer(tf, "sgd"), 1)
        ends.append(network.get_weights())
    return all(np.array_equal(a, b) for a, b in zip(*ends, strict=True))


def as_written(tf: Any) -> str:
    """What the program says before the one name that TensorFlow has dropped is given back to it."""
    MetaNetwork, train_meta_network, _ = build(tf)
    try:
        train_meta_network(make_network(tf, MetaNetwork), make_tasks(1), make_optimizer(tf, "sgd"), 1)
    except AttributeError as error:
        return f"AttributeError: {error}"
    return "runs"


def tape_megabytes(tf: Any) -> float:
    """Memory that one call with all tasks adds for each step, in MB: what the outer tape keeps, though nobody asks it."""
    import resource

    MetaNetwork, train_meta_network, _ = build(tf)
    network, optimizer = make_network(tf, MetaNetwork), make_optimizer(tf, "sgd")
    train_meta_network(network, make_tasks(5), optimizer, 1)  # what is needed once
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    train_meta_network(network, make_tasks(), optimizer, 1)
    return round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / 1e6 / STEPS, 1)


def rounded(x: Any) -> Any:
    """Numbers with eight significant digits, which is more than float32 has."""
    if isinstance(x, dict):
        return {key: rounded(value) for key, value in x.items()}
    return [rounded(value) for value in x] if isinstance(x, list) else float(f"{x:.8g}") if isinstance(x, float) else x


def main() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_LIMIT, MEMORY_LIMIT))
    tf: Any = importlib.import_module("tensorflow")

    tf.config.set_visible_devices([], "GPU")
    written = as_written(tf)
    if not hasattr(tf.keras.losses, "mean_squared_error"):
        tf.keras.losses.mean_squared_error = tf.keras.losses.MSE
    golden = {
        "origin": {
            "command": "python data/source_program/record_with_tensorflow.py",
            "python": platform.python_version(),
            "tensorflow": tf.__version__,
            "keras": tf.keras.__version__,
            "numpy": np.__version__,
        },
        "as_written": written,
        "tape_megabytes_a_step": tape_megabytes(tf),
        "same_for_every_action": same_for_every_action(tf),
        "first_weights": [w.flat[1].item() for w in starting_weights()],
        "runs": {name: record_run(tf, name) for name in RATES},
        "attempts": record_attempts(tf),
    }
    path = Path(__file__).with_name("golden.json")
    path.write_text(json.dumps(rounded(golden), indent=1) + "\n", encoding="utf-8")
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
