"""Our families under RLlib's PPO, on its new API stack: `tasks/adapters.py` says by which line."""

# pyright: reportMissingImports=false
from typing import Any

import gymnasium
import pytest
from gymnasium.spaces import Discrete

from dremeta_lite.ray_workers import import_ray, start_ray
from dremeta_lite.tasks import Bandit
from dremeta_lite.tasks.adapters import TaskVectorEnv

pytest.importorskip("ray.rllib")
pytestmark = [pytest.mark.scale, pytest.mark.filterwarnings("ignore")]
FAMILIES = sorted(name for name in gymnasium.registry if name.startswith("dremeta/"))


@pytest.fixture(scope="module", autouse=True)
def ray() -> Any:
    ray = import_ray()
    start_ray(ray, 2, None)
    yield ray
    ray.shutdown()


def ppo(env: str, *, vector: bool = True, runners: int = 0, flat: bool = False, steps: int = 400, **config: Any) -> Any:
    """RLlib's PPO, small."""
    from ray.rllib.algorithms.ppo import PPOConfig
    from ray.rllib.connectors.env_to_module import FlattenObservations
    from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig

    connector = {"env_to_module_connector": lambda *_, **__: FlattenObservations()} if flat else {}
    return (
        PPOConfig()
        .environment(env, env_config=config)
        .env_runners(
            num_env_runners=runners,
            num_envs_per_env_runner=32 if vector else 8,
            gym_env_vectorize_mode="vector_entry_point" if vector else "sync",
            **connector,
        )
        .training(train_batch_size_per_learner=steps, minibatch_size=steps, num_epochs=6, lr=1e-2, entropy_coeff=0)
        .rl_module(model_config=DefaultModelConfig(fcnet_hiddens=[32]))
        .build_algo()
    )


@pytest.mark.parametrize("name", FAMILIES)
def test_any_family_trains_by_its_name(name: str) -> None:
    flat = isinstance(gymnasium.spec(name).make().observation_space, Discrete)
    algorithm = ppo(f"dremeta_lite:{name}", flat=flat, drawn=True)
    before = algorithm.get_module().get_state()
    found = algorithm.train()
    assert found["env_runners"]["num_env_steps_sampled_lifetime"] >= 400
    after = algorithm.get_module().get_state()
    assert any((before[each] != after[each]).any() for each in before)
    algorithm.stop()


@pytest.mark.parametrize(("vector", "runners"), [(True, 0), (False, 0), (True, 1)], ids=["many at once", "single ones", "a remote runner"])
def test_a_task_in_each_episode_told_is_learned_and_hidden_is_not(vector: bool, runners: int) -> None:
    """One pull of one of five arms, each as good as any other over p(T): who is told how much they pay learns to take a better one.
    By a registered line, as for a family of one's own."""
    from ray.tune import register_env

    def make(config: Any) -> Any:
        options = {"drawn": True, "told": config["told"]}
        return TaskVectorEnv(Bandit(), config["num_envs"], **options) if vector else gymnasium.make("dremeta/Bandit-v0", **options)

    register_env("bandits", make)
    earned = {}
    for told in (True, False) if vector and not runners else (True,):
        algorithm = ppo("bandits", vector=vector, runners=runners, flat=not told, steps=1000, told=told)
        for _ in range(8):
            found = algorithm.train()
        earned[told] = found["env_runners"]["episode_return_mean"]
        algorithm.stop()
    assert earned[True] > 0.65 and earned.get(False, 0.0) < 0.6, earned
