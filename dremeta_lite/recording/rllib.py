"""Measures RLlib beside ours, notebook 16: MAML at equal experience, and a memory that learns bandits at equal steps.

    python3 -m dremeta_lite rllib                        about fifteen minutes on one CPU core
    python3 -m dremeta_lite rllib --seeds 1 --to FILE    a quick look, in a file of your own

It runs in the environment of the extra `scale`, which is made first if there is none.
"""

from collections.abc import Sequence
from importlib import import_module
from statistics import mean
from typing import Any

from dremeta_lite.compare.scaling import RLLIB
from dremeta_lite.meta import MAML, RL2PPO, adapt_to
from dremeta_lite.meta.trial_env import TrialVectorEnv
from dremeta_lite.ray_workers import import_ray, start_ray
from dremeta_lite.recording.runner import Job, Tick, beside, finish, options, origin, results, train
from dremeta_lite.tasks import Bandit, Navigation2D

ITERATIONS, LIBRARIES = {"maml": 60, "memory": 20}, ("ours", "rllib")
JUDGED, TRIALS, BANDIT = 100, 1024, Bandit(5, 10)
RATES, TRIED_WITH, LAST = (2.5e-3, 5e-3, 1e-2), 100, 0.05
"""Adam's first step sizes that a memory is tried with, by a seed of their own; they fall in a line to this fraction."""
OURS = {"discount": 0.99, "gae_lambda": 0.3, "entropy_weight": 0.0, "piece": 10, "epochs": 4, "minibatches": 4}
THEIRS = {"gamma": 0.99, "lambda_": 0.3, "entropy_coeff": 0.0, "num_epochs": 4, "minibatch_size": 2560, "clip_param": 0.2}
"""The same settings by their names: 4 × 4 steps of Adam with each batch of trials."""


def start(library: str, seed: int, tick: Tick = lambda: None) -> dict[str, Any]:
    """MAML on Navigation2D: the return after 0 to 3 steps in held-out tasks, and the CPU-seconds of training."""
    kind = MAML if library == "ours" else import_module("dremeta_lite.meta.rllib_maml").RLlibMAML
    learner, seconds, _, _ = train(kind(Navigation2D(), seed), ITERATIONS["maml"], tick)
    found = adapt_to(learner.family, learner.family.held_out_tasks(JUDGED), learner.policy, learner.theta).returns().mean(-1)
    return {"returns": [round(x, 2) for x in found.tolist()], "seconds": round(seconds[-1], 1)}


def memory(library: str, rate: float, seed: int, tick: Tick = lambda: None) -> dict[str, Any]:
    """A recurrent policy on bandits, 10 pulls of 5 arms: what the trials of each iteration returned, all in new tasks, and CPU-seconds."""
    ours = {"trials": TRIALS, "iterations": ITERATIONS["memory"], "learning_rate": rate, **OURS}
    learner = RL2PPO(BANDIT, seed, **ours) if library == "ours" else RLlibMemory(rate, seed)
    _, seconds, history, _ = train(learner, ITERATIONS["memory"], tick)
    return {"curve": [round(row["return"], 3) for row in history], "seconds": round(seconds[-1], 1)}


class RLlibMemory:
    """RLlib's PPO with its own LSTM, on trials as episodes."""

    def __init__(self, rate: float, seed: int) -> None:
        register, ppo = import_module("ray.tune").register_env, import_module("ray.rllib.algorithms.ppo").PPOConfig()
        model = import_module("ray.rllib.core.rl_module.default_model_config").DefaultModelConfig
        register("trials", lambda config: TrialVectorEnv(BANDIT, config["num_envs"]))
        shape = model(fcnet_hiddens=[64], use_lstm=True, lstm_cell_size=64, max_seq_len=BANDIT.episodes, vf_share_layers=False)
        batch, last = TRIALS * BANDIT.episodes, ITERATIONS["memory"] - 1
        config = (
            ppo.environment("trials")
            .env_runners(num_env_runners=0, num_envs_per_env_runner=256, gym_env_vectorize_mode="vector_entry_point")
            .training(train_batch_size_per_learner=batch, lr=[[0, rate], [last * batch, rate * LAST]], grad_clip=0.5, **THEIRS)
            .reporting(metrics_num_episodes_for_smoothing=TRIALS)
            .rl_module(model_config=shape)
            .debugging(seed=seed)
        )
        ray = import_ray()
        if not ray.is_initialized():
            start_ray(ray, 1, None)
        self.algorithm = config.build_algo()

    def step(self) -> dict[str, float]:
        return {"return": float(self.algorithm.train()["env_runners"]["episode_return_mean"])}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write the file."""
    chosen = options("rllib", "Measure RLlib beside ours again, notebook 16.", arguments, RLLIB, seeds=3)
    tries = [Job(f"{library} {rate}", TRIED_WITH, f"{library} {rate}", ITERATIONS["memory"]) for library in LIBRARIES for rate in RATES]
    tried_beside = chosen.to.with_stem(f"{chosen.to.stem}_tries")
    tried = results(tried_beside, tries, lambda job, tick: memory(job.row.split()[0], float(job.row.split()[1]), job.seed, tick))
    ends = {row: round(mean(run["curve"][-3:]), 3) for row, (run,) in tried.items()}
    rates = {library: max(RATES, key=lambda rate: ends[f"{library} {rate}"]) for library in LIBRARIES}

    def run(job: Job, tick: Tick) -> dict[str, Any]:
        what, library = job.row.split()
        return start(library, job.seed, tick) if what == "maml" else memory(library, rates[library], job.seed, tick)

    rows = [(f"{what} {library}", ITERATIONS[what]) for what in ITERATIONS for library in LIBRARIES]
    found = results(chosen.to, [Job(row, seed, row, many) for row, many in rows for seed in range(chosen.seeds)], run)
    about = {"iterations": ITERATIONS, "judged_tasks": JUDGED, "trials": TRIALS, "ppo": OURS, "ray": import_ray().__version__}
    about |= {"tries": {"seed": TRIED_WITH, "mean of the last three iterations": ends}, "first step sizes": rates}
    finish(chosen.to, {"origin": origin(f"rllib --seeds {chosen.seeds}", **about), **found})
    beside(tried_beside).unlink(missing_ok=True)
