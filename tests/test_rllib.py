"""RLlib, both ways: our families under its PPO and APPO (`tasks/adapters.py` says by which line), our MAML on its meta-learning API."""

# pyright: reportMissingImports=false
from importlib import import_module
from typing import Any

import gymnasium
import pytest
import torch
from gymnasium.spaces import Discrete

from dremeta_lite import collect, detach, generator, stack
from dremeta_lite.lab.scrubber import Scrubber
from dremeta_lite.meta import MAML, Pooled, adapt_to
from dremeta_lite.ray_workers import import_ray, start_ray
from dremeta_lite.tasks import Bandit, HiddenGoal, Navigation2D
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


def algorithm_of(
    env: str,
    *,
    kind: str = "PPO",
    vector: bool = True,
    runners: int = 0,
    flat: bool = False,
    steps: int = 400,
    ours: Any = None,
    **config: Any,
) -> Any:
    """RLlib's PPO or APPO, small; with a policy of ours if its `model_config` is given."""
    made = getattr(import_module(f"ray.rllib.algorithms.{kind.lower()}"), f"{kind}Config")()
    epochs = {"minibatch_size": steps, "num_epochs": 6} if kind == "PPO" else {}
    from ray.rllib.connectors.env_to_module import FlattenObservations
    from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig
    from ray.rllib.core.rl_module.rl_module import RLModuleSpec

    connector = {"env_to_module_connector": lambda *_, **__: FlattenObservations()} if flat else {}
    module: dict[str, Any] = {"model_config": DefaultModelConfig(fcnet_hiddens=[32])}
    if ours is not None:
        module = {"rl_module_spec": RLModuleSpec(import_module("dremeta_lite.rllib_policy").PolicyWithValue, model_config=ours)}
    return (
        made.environment(env, env_config=config, normalize_actions=ours is None, clip_actions=ours is not None)
        .env_runners(
            num_env_runners=runners,
            num_envs_per_env_runner=32 if vector else 8,
            gym_env_vectorize_mode="vector_entry_point" if vector else "sync",
            **connector,
        )
        .training(train_batch_size_per_learner=steps, lr=1e-2, entropy_coeff=0, **epochs)
        .reporting(min_time_s_per_iteration=0)
        .rl_module(**module)
        .build_algo()
    )


@pytest.mark.parametrize("name", FAMILIES)
def test_any_family_trains_by_its_name(name: str) -> None:
    """What is counted becomes a one-hot vector, and a picture is laid flat: RLlib has convolutions for other sizes of pictures alone."""
    space: Any = gymnasium.spec(name).make().observation_space
    algorithm = algorithm_of(f"dremeta_lite:{name}", flat=isinstance(space, Discrete) or len(space.shape) > 1, drawn=True)
    before = algorithm.get_module().get_state()
    found = algorithm.train()
    assert found["env_runners"]["num_env_steps_sampled_lifetime"] >= 400
    after = algorithm.get_module().get_state()
    assert any((before[each] != after[each]).any() for each in before)
    algorithm.stop()


def register_bandits(vector: bool) -> None:
    from ray.tune import register_env

    def make(config: Any) -> Any:
        options = {"drawn": True, "told": config["told"]}
        return TaskVectorEnv(Bandit(), config["num_envs"], **options) if vector else gymnasium.make("dremeta/Bandit-v0", **options)

    register_env("bandits", make)


@pytest.mark.parametrize(("vector", "runners"), [(True, 0), (False, 0), (True, 1)], ids=["many at once", "single ones", "a remote runner"])
def test_a_task_in_each_episode_told_is_learned_and_hidden_is_not(vector: bool, runners: int) -> None:
    """One pull of one of five arms, each as good as any other over p(T): who is told how much they pay learns to take a better one.
    By a registered line, as for a family of one's own."""
    register_bandits(vector)
    earned = {}
    for told in (True, False) if vector and not runners else (True,):
        algorithm = algorithm_of("bandits", vector=vector, runners=runners, flat=not told, steps=1000, told=told)
        for _ in range(8):
            found = algorithm.train()
        earned[told] = found["env_runners"]["episode_return_mean"]
        algorithm.stop()
    assert earned[True] > 0.65 and earned.get(False, 0.0) < 0.6, earned


@pytest.mark.parametrize("vector", [True, False], ids=["many at once", "single ones"])
def test_appo_learns_as_ppo_does(vector: bool) -> None:
    """The same bandits, told, by RLlib's asynchronous PPO: it takes what has been played when it has been learned from."""
    register_bandits(vector)
    algorithm = algorithm_of("bandits", kind="APPO", vector=vector, steps=500, told=True)
    for _ in range(300):
        if algorithm.train()["env_runners"].get("episode_return_mean", 0) > 0.65:
            break
    else:
        pytest.fail("it has not learned to take a better arm")
    algorithm.stop()


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("family", [Navigation2D(), HiddenGoal(3)], ids=["real actions", "choices, a shared baseline"])
def test_rllibs_meta_gradient_is_ours(family: Any, steps: int) -> None:
    """From the same seed the first iteration has the same parameters, tasks and episodes; hyperparameters are read when they are needed."""
    from dremeta_lite.meta.rllib_maml import RLlibMAML

    ours, theirs = MAML(family, 4, tasks=4, trajectories=5, hidden=(8,)), RLlibMAML(family, 4, tasks=4, trajectories=5, hidden=(8,))
    for learner in (ours, theirs):
        learner.hyper.inner_steps, learner.hyper.inner_lr, learner.hyper.meta_lr = steps, 0.7, 0.02
        learner.set_parameters({name: p + 0.1 for name, p in learner.parameters().items()})
    before, start = theirs.parameters(), theirs.state_dict()
    here, there = ours.step(), theirs.step()
    assert there == pytest.approx(here, rel=1e-4, abs=1e-5)
    for name, p in theirs.learned.items():
        assert p.grad is not None and p.grad.abs().max() > 1e-5
        torch.testing.assert_close(p.grad, ours.learned[name].grad, rtol=1e-3, atol=1e-5)
        assert 0.9 * 0.02 < (p - before[name]).abs().max() < 1.1 * 0.02, "Adam's first step is as long as β"
    after = theirs.state_dict()
    theirs.load_state_dict(start)
    assert theirs.step() == there and all(torch.equal(x, after[name]) for name, x in theirs.state_dict().items())


def test_maml_on_rllib_learns_a_start() -> None:
    """By the course's own judgement; before training the return is near -60 whatever the number of steps."""
    from dremeta_lite.meta.rllib_maml import RLlibMAML

    learner = RLlibMAML(Navigation2D(), 1)
    for _ in range(30):
        learner.step()
    found = adapt_to(learner.family, learner.family.held_out_tasks(40), learner.policy, learner.theta, trajectories=20).returns().mean(-1)
    assert found[0] < -30 and found[1] > -22 and found[3] > -14, found


@pytest.mark.parametrize("family", [Navigation2D(), HiddenGoal()], ids=["real actions", "choices"])
def test_weights_go_both_ways_by_name(family: Any) -> None:
    """What RLlib trained plays here as it does there, in the scrubber too; what was trained here plays there as it does here."""
    from dremeta_lite.rllib_policy import to_learner, to_module

    here, options = Pooled(family, 3, hidden=(8,)), {"ours": {"hidden": (8,)}, "flat": family.name == "HiddenGoal"}
    algorithm = algorithm_of(f"dremeta_lite:dremeta/{family.name}-v0", steps=3200, **options)  # in the family's default task
    module, task = algorithm.get_module(), family.default_params
    same = lambda: (theirs(algorithm), ours(here, type(task)(*(x[None] for x in task))))
    first = module.get_state()
    algorithm.train()
    assert any((first[name] != x).any() for name, x in module.get_state().items())
    to_learner(module, here)
    there, found = same()
    assert found == pytest.approx(there, rel=1e-4, abs=1e-4)
    assert Scrubber(here, name="from-rllib").run.checkpoints[0].agents.keys() == {"Pooled"}
    here.step()  # it can be trained on
    before = module.get_state()
    to_module(here, module)
    there, again = same()
    assert again == pytest.approx(there, rel=1e-4, abs=1e-4)
    assert all((before[name] == x).all() == name.startswith("value_") for name, x in module.get_state().items())
    algorithm.set_state({"learner_group": {"learner": {"rl_module": {"default_policy": module.get_state()}}}})
    algorithm.train()  # RLlib goes on from there: 6 steps of Adam, 0.01 long each
    far = [(p - here.theta[name]).abs().max().item() for name, p in module.named_parameters() if not name.startswith("value_")]
    assert 0 < max(far) < 0.1
    algorithm.stop()
    with pytest.raises(ValueError, match="weight0"):
        to_learner(module, Pooled(family, hidden=(9,)))


def theirs(algorithm: Any) -> float:
    """The return without noise, played by RLlib's runner."""
    return algorithm.env_runner.sample(num_episodes=1, explore=False)[0].get_return()


def ours(learner: Any, task: Any) -> float:
    """The same, played here."""
    played = collect(learner.family, task, learner.policy, stack(detach(learner.theta), 1), 1, generator(0), noise=0)
    return played.returns().item()


@pytest.mark.parametrize("family", [Navigation2D(), HiddenGoal()], ids=["real actions", "choices"])
@pytest.mark.parametrize("shared", [False, True], ids=["V apart", "V on shared layers"])
def test_rllibs_own_networks_go_both_ways(family: Any, shared: bool) -> None:
    """If they are of the course's kind. Beside each other: where they look, and what they would do there."""
    from dremeta_lite.rllib_policy import to_learner, to_module

    here, (theirs, observation) = Pooled(family, 3, hidden=(8, 5)), own_network(family, shared=shared)
    outputs = lambda: theirs({"obs": observation})["action_dist_inputs"]
    first, mean = outputs().clone(), lambda: here.policy.forward(detach(here.theta), observation)
    to_learner(theirs, here)
    torch.testing.assert_close(mean(), first[:, : mean().shape[1]])
    here.step()
    to_module(here, theirs)
    torch.testing.assert_close(mean(), outputs()[:, : mean().shape[1]])
    assert (outputs() - first).abs().max() > 1e-4
    if family.name == "Navigation2D":
        torch.testing.assert_close(outputs()[0, 2:], here.theta["log_std"].detach())


def test_networks_of_another_kind_are_refused() -> None:
    from dremeta_lite.rllib_policy import to_learner

    here = Pooled(Navigation2D(), hidden=(8, 5))
    for other, word in [({"fcnet_activation": "relu"}, "ReLU"), ({"use_lstm": True}, "LSTM"), ({"fcnet_use_layernorm": True}, "LayerNorm")]:
        with pytest.raises(ValueError, match=f"{word}.*fcnet_activation='tanh'"):
            to_learner(own_network(here.family, **other)[0], here)
    with pytest.raises(ValueError, match="weight2"):  # log std depends on the state
        to_learner(own_network(here.family, free_log_std=False)[0], here)


def own_network(family: Any, shared: bool = False, **other: Any) -> tuple[Any, torch.Tensor]:
    """The module that PPO makes by itself, with all parameters drawn, and observations."""
    from ray.rllib.algorithms.ppo.torch.default_ppo_torch_rl_module import DefaultPPOTorchRLModule
    from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig
    from ray.rllib.core.rl_module.rl_module import RLModuleSpec

    many = isinstance(family.action_space, Discrete)
    seen = gymnasium.spaces.Box(-1, 1, (family.observation_size,))
    shape = DefaultModelConfig(**{"fcnet_hiddens": [8, 5], "vf_share_layers": shared, "free_log_std": not many, **other})
    module = RLModuleSpec(DefaultPPOTorchRLModule, observation_space=seen, action_space=family.action_space, model_config=shape).build()
    for p in module.parameters():
        p.data.normal_(generator=generator(5))
    return module, torch.randn(6, family.observation_size, generator=generator(6))


def test_a_memory_of_rllibs_plays_trials() -> None:
    """Before it has learned anything, ten pulls pay 5 in the mean; an optimal player gets 6.7."""
    from dremeta_lite.recording.rllib import TRIALS, RLlibMemory

    learner = RLlibMemory(5e-3, 0)
    assert 4.5 < learner.step()["return"] < 6.7
    assert learner.algorithm.metrics.peek(("env_runners", "num_episodes_lifetime")) == TRIALS
    learner.algorithm.stop()
