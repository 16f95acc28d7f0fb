"""What goes in at the entrances of learners, families, environments and commands: it works, or one sentence says what to give instead.

The tables go over every family that is registered with Gymnasium and every learner of `test_matrix`, so that a new one is tried by itself.
"""

import copy
import io
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
import test_matrix
import torch
from gymnasium.error import ResetNeeded
from gymnasium.spaces import Box, Discrete
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers import RescaleAction
from traitlets import TraitError

import dremeta_lite
from dremeta_lite.compare.published import Row
from dremeta_lite.files import print_anyway
from dremeta_lite.learner import Learner
from dremeta_lite.meta import MAML, RL2
from dremeta_lite.recording import published
from dremeta_lite.start import doctor
from dremeta_lite.tasks import Bandit, CartPole, GridTask, GridWorld, HiddenGoal, HiddenGoalTask, Navigation2D, NavigationTask, RandomMDP
from dremeta_lite.tasks.adapters import TaskEnv, TaskVectorEnv
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.trials import play_trial

Task: Any = NavigationTask  # not of tensors alone
make_env: Any = gymnasium.make
IDS = [name for name in gymnasium.registry if name.startswith("dremeta/")]
SENTENCE = r"[^\n]{30,330}"
SMALL = {"hidden": (4,), "tasks": 2, "trajectories": 2}


def refused(call: Callable[[], Any]) -> str:
    """The sentence with which a call is refused."""
    with pytest.raises(ValueError) as error:
        call()
    assert re.fullmatch(SENTENCE, str(error.value)), str(error.value)
    return str(error.value)


# --- actions -----------------------------------------------------------------------------------------------------------------------


def bad_actions(space: Any, n: int) -> dict[str, Any]:
    """What is no action, for one environment (n = 0) or for n."""
    good = space.sample()
    many = [good] * n if n else good
    common = {
        "None": None,
        "text": "left",
        "flat list": [[1, 2], [3]],
        "one axis too many": np.asarray(many)[None],
        "a dict": {"action": 0},
    }
    if not isinstance(space, Box):
        wrong = {"below": -1, "above": space.n, "far above": 2**62, "half": 0.5, "NaN": np.nan, "a float": 1.0, "a bool": True}
    else:
        wrong = {"NaN": np.full(space.shape, np.nan), "infinite": np.full(space.shape, np.inf), "bools": np.ones(space.shape, bool)}
        wrong |= {"complex": np.ones(space.shape, complex), "no axis": 0.5, "too large for its type": np.full(space.shape, 1e300)}
    alone = {"a bool", "bools", "no axis"}  # beside others they would turn into numbers
    return common | {name: np.stack([x, *[x if name in alone else good] * (n - 1)]) if n else x for name, x in wrong.items()}


@pytest.mark.parametrize("name", IDS)
def test_no_family_takes_what_is_no_action(name: str) -> None:
    """Single, and three at once, of which one is wrong. The episode goes on as if nothing had been asked."""
    one = make_env(name, disable_env_checker=True).unwrapped
    many = gymnasium.make_vec(name, num_envs=3, vectorization_mode="vector_entry_point")
    one.reset(seed=0)
    many.reset(seed=0)
    for what, action in bad_actions(one.action_space, 0).items():
        before = one.state.clone()
        assert "action" in refused(lambda a=action: one.step(a)), what
        assert torch.equal(one.state, before)
    for what, action in bad_actions(one.action_space, 3).items():
        assert "action" in refused(lambda a=action: many.step(a)), what
    one.step(one.action_space.sample())
    many.step(many.action_space.sample())


@pytest.mark.parametrize("name", IDS)
def test_every_family_takes_an_action_in_any_form(name: str) -> None:
    one = make_env(name, disable_env_checker=True).unwrapped
    action = one.action_space.sample()
    forms = [action, np.asarray(action), np.asarray(action).tolist(), torch.as_tensor(action)]
    if isinstance(one.action_space, Box):
        forms += [torch.as_tensor(action).requires_grad_()]  # as a policy gives it
    states = []
    for form in forms:
        one.reset(seed=5)
        one.step(form)
        states.append(one.state)
    assert all(torch.equal(state, states[0]) for state in states)


def test_a_box_of_whole_numbers_takes_whole_numbers_as_gymnasium_does() -> None:
    one, two = TaskEnv(Steps()), TaskVectorEnv(Steps(), 2)
    one.reset(seed=0)
    two.reset(seed=0)
    for action in ([0.7, 1.0], [1.0, 1.0], [300, 0]):
        assert "must be whole numbers of shape (2,)" in refused(lambda action=action: one.step(action))
        assert "must be whole numbers of shape (2, 2)" in refused(lambda action=action: two.step([action, [0, 0]]))
    one.step([1, 0])
    two.step([[1, 0], [0, 1]])
    assert torch.equal(one.state, torch.tensor([0.1, 0.0])) and torch.equal(two.state, torch.tensor([[0.1, 0.0], [0.0, 0.1]]))


def test_beyond_a_box_each_family_does_as_its_page_says() -> None:
    """Navigation and the pendulum clip; an answer of Sinusoid counts as it is."""
    for name, far, clipped in (
        ("Navigation2D", 3.0, True),
        ("MirroredNavigation2D", 3.0, True),
        ("Pendulum", 5.0, True),
        ("Sinusoid", 20.0, False),
    ):
        rewards = []
        for action in (far, 1.0 if far == 3 else 2.0 if clipped else 10.0):
            env = make_env(f"dremeta/{name}-v0", disable_env_checker=True).unwrapped
            env.reset(seed=1)
            rewards.append(env.step(np.full(env.action_space.shape, action))[1])
        assert (rewards[0] == rewards[1]) is clipped, name
        assert "not clipped" in env.family.__doc__ if not clipped else True


def test_the_pages_of_boxes_that_are_not_normalised_say_why(recwarn: pytest.WarningsRecorder) -> None:
    """The checkers of Gymnasium and Stable-Baselines3 ask for [-1, 1]. Both pages say why not, and how to get it."""
    for name in ("Pendulum", "Sinusoid"):
        env = make_env(f"dremeta/{name}-v0")
        assert "RescaleAction" in (env.unwrapped.family.__doc__ or "")
        scaled = RescaleAction(env, np.float32(-1), np.float32(1))
        assert isinstance(scaled.action_space, Box) and (scaled.action_space.high == 1).all() and (scaled.action_space.low == -1).all()


# --- seeds, counts and tasks of environments ---------------------------------------------------------------------------------------


def vector(name: str = "Navigation2D", **options: Any) -> Any:
    given: dict[str, Any] = {"num_envs": 3, "vectorization_mode": "vector_entry_point", **options}
    return gymnasium.make_vec(f"dremeta/{name}-v0", **given)


def test_seeds_of_environments() -> None:
    many = vector("CartPole")
    assert 'vectorization_mode="sync"' in refused(lambda: many.reset(seed=[1, 2, 3]))
    for seed in (-1, 2**64, 1.5, "3", True):
        assert repr(seed) in refused(lambda s=seed: many.reset(seed=s))
    assert np.array_equal(many.reset(seed=np.int64(3))[0], many.reset(seed=3)[0])


def test_random_draws_are_others_than_those_of_single_environments_and_of_the_same_distribution() -> None:
    """As the adapters' page says. Where nothing is random they agree (`test_adapters`)."""
    assert "other numbers" in (sys.modules["dremeta_lite.tasks.adapters"].__doc__ or "")
    n = 4000
    many = vector("CartPole", num_envs=n)
    one_by_one: Any = SyncVectorEnv(
        [lambda: make_env("dremeta/CartPole-v0", disable_env_checker=True)] * 200, autoreset_mode=AutoresetMode.NEXT_STEP
    )
    ours, theirs = many.reset(seed=3)[0], one_by_one.reset(seed=3)[0]
    assert not np.array_equal(ours[:200], theirs)
    # Uniform in ±0.05, so the mean of 200 numbers has a standard deviation of 0.002.
    assert abs(ours.mean(0)).max() < 0.01 and abs(theirs.mean(0)).max() < 0.01
    assert abs(ours).max() <= 0.05 and abs(theirs).max() <= 0.05


@pytest.mark.parametrize("options", [3, "task", ["task"], {"goal": 3}, {"task": 3}], ids=repr)
def test_options_of_a_reset(options: Any) -> None:
    for env in (make_env("dremeta/Navigation2D-v0").unwrapped, vector()):
        assert "task" in refused(lambda e=env: e.reset(options=options))


def test_before_the_first_reset() -> None:
    """Gymnasium looks after this for single environments, and not for vectors of them."""
    for env in (make_env("dremeta/Bandit-v0").unwrapped, vector("Bandit", render_mode="rgb_array")):
        with pytest.raises(ResetNeeded, match=r"call its reset\(\) first"):
            env.step(env.action_space.sample())
    with pytest.raises(ResetNeeded):
        env.render()


@pytest.mark.parametrize(
    "name", ["Bandit", "dremeta_lite.tasks:Nope", "no.such:X", "dremeta_lite.tasks:BanditTask", "os:getcwd", "a:b:c", ":X"]
)
def test_names_of_families(name: str) -> None:
    from dremeta_lite.tasks.adapters import TaskEnv

    assert "needs a family" in refused(lambda: TaskEnv(name))


@pytest.mark.parametrize("options", [{"num_envs": 0}, {"num_envs": -1}, {"max_episode_steps": 0}, {"device": "cuda:9"}])
def test_counts_and_devices_of_environments(options: dict[str, Any]) -> None:
    from dremeta_lite.tasks.adapters import TaskVectorEnv

    (name,) = options
    assert name in refused(lambda: TaskVectorEnv(Navigation2D(), **options))


FORMS = {
    "float64": NavigationTask(torch.tensor([0.5, -0.25], dtype=torch.float64)),
    "numpy": Task(np.array([0.5, -0.25])),
    "lists": Task([0.5, -0.25]),
}


@pytest.mark.parametrize("task", FORMS.values(), ids=FORMS)
def test_a_task_in_any_form_is_the_same_task(task: Any) -> None:
    plain = NavigationTask(torch.tensor([0.5, -0.25]))
    rewards = []
    for one in (task, plain):
        env = make_env("dremeta/Navigation2D-v0", task=one)
        env.reset()
        rewards.append(env.step(np.array([1, 0]))[1])
        assert env.unwrapped.task.goal.dtype == torch.float32
    assert rewards[0] == rewards[1]


BAD_TASKS = {
    "NaN": (Navigation2D(), NavigationTask(torch.tensor([0.5, torch.nan])), "finite"),
    "infinite": (Navigation2D(), NavigationTask(torch.tensor([0.5, torch.inf])), "finite"),
    "text": (Navigation2D(), Task("here"), "numbers"),
    "no numbers": (Navigation2D(), NavigationTask(torch.empty(2, device="meta")), "numbers"),
    "sparse": (Navigation2D(), NavigationTask(torch.ones(2).to_sparse()), "numbers"),
    "outside the grid": (GridWorld(), GridTask(torch.tensor(30), torch.tensor(0.0)), r"whole number in [-1, 29], got 30"),
    "half a cell": (HiddenGoal(), HiddenGoalTask(torch.tensor(2.5)), r"whole number in [0, 24], got 2.5"),
    "slip": (GridWorld(), GridTask(torch.tensor(3), torch.tensor(1.5)), "slip"),
    "chance": (Bandit(2), Bandit(2).default_params._replace(probability=torch.tensor([0.5, 2.0])), "probability"),
    "odds that do not sum to 1": (RandomMDP(2, 2), RandomMDP(2, 2).default_params._replace(transition=torch.full((2, 2, 2), 0.4)), "sum"),
    "no pole": (CartPole(), CartPole().default_params._replace(length=torch.tensor(0.0)), "length"),
}


@pytest.mark.parametrize(("family", "task", "words"), BAD_TASKS.values(), ids=BAD_TASKS)
def test_what_no_task_can_be_is_refused(family: TaskFamily, task: Any, words: str) -> None:
    from dremeta_lite.tasks.adapters import TaskEnv

    assert words in refused(lambda: TaskEnv(family, task))


def test_one_task_where_many_are_needed() -> None:
    agent = MAML(Navigation2D(), **SMALL).agent()
    text = refused(lambda: play_trial(Navigation2D(), Navigation2D().default_params, agent, torch.Generator()))
    assert "needs (n, 2)" in text


# --- learners ----------------------------------------------------------------------------------------------------------------------


class FromOne(HiddenGoal):
    action_space = Discrete(5, start=1)


class SeenFromOne(GridWorld):
    def __init__(self) -> None:
        super().__init__()
        self.observation_space = Discrete(30, start=1)


class Wide(Navigation2D):
    action_space = Box(-100.0, 100.0, (2,), np.float32)


class Endless(Navigation2D):
    observation_space = Box(-np.inf, np.inf, (2,), np.float32)


class Grid(Navigation2D):
    action_space = Box(-1.0, 1.0, (2, 2), np.float32)


class Nothing(Navigation2D):
    action_space = Box(-1.0, 1.0, (0,), np.float32)


class Steps(Navigation2D):
    action_space = Box(-3, 3, (2,), np.int8)

    def transition(self, state: torch.Tensor, action: torch.Tensor, rng: Any = None, params: Any = None) -> torch.Tensor:
        return super().transition(state, action.float(), rng, params)

    def reward(self, state: Any, action: Any, next_state: Any, rng: Any = None, params: Any = None) -> Any:
        return super().reward(state, action.float(), next_state, rng, params)


NO_FAMILIES: dict[str, Any] = {
    "a name": "Navigation2D",
    "a class": Navigation2D,
    "an environment": gymnasium.make("CartPole-v1"),
    "one of ours": make_env("dremeta/Bandit-v0"),
    "nothing": None,
    "choices from 1": FromOne(),
    "cells from 1": SeenFromOne(),
    "no bounds": Endless(),
    "actions in two axes": Grid(),
    "no actions": Nothing(),
    "actions in whole numbers": Steps(),
}


@pytest.mark.parametrize("family", NO_FAMILIES.values(), ids=NO_FAMILIES)
@pytest.mark.parametrize("name", [name for name in test_matrix.LEARNERS if name != "Specialists"])  # its row asks the family for tasks
def test_no_learner_takes_what_is_no_family(name: str, family: Any) -> None:
    text = refused(lambda: test_matrix.LEARNERS[name][0](family, 0))
    assert name.split()[-1] in text


SEEDS = {"too large": 2**64, "negative": -1, "a float": 1.0, "text": "3", "none": None, "a bool": True}


@pytest.mark.parametrize("seed", SEEDS.values(), ids=SEEDS)
@pytest.mark.parametrize("name", test_matrix.LEARNERS)
def test_no_learner_takes_what_is_no_seed(name: str, seed: Any) -> None:
    make, families = test_matrix.LEARNERS[name]
    family = test_matrix.FAMILIES[sorted(families)[0]]
    assert "seed must be a whole number" in refused(lambda: make(family, seed))


@pytest.mark.parametrize("name", test_matrix.LEARNERS)
def test_a_seed_of_numpy_is_a_seed_and_a_copy_goes_on_by_itself(name: str) -> None:
    """Deep copies and pickles go on alike, and what happens to them changes nothing in the learner."""
    make, families = test_matrix.LEARNERS[name]
    learner = make(test_matrix.FAMILIES[sorted(families)[-1]], np.int64(3))  # type: ignore[arg-type]
    assert type(learner.seed) is int
    learner.heartbeat = lambda: None  # as a panel's, which no pickle could hold
    copies: list[Learner] = [copy.deepcopy(learner), pickle.loads(pickle.dumps(learner))]
    numbers = [x.step() for x in (*copies, learner)]
    assert numbers[0] == numbers[1] == numbers[2]


OTHERS: dict[str, dict[str, Any]] = {
    "device": {"device": "nonsense"},
    "a device that holds no numbers": {"device": "meta"},
    "no device": {"device": None},
    "hidden": {"hidden": 5},
    "hidden in words": {"hidden": "32"},
    "hidden without an axis": {"hidden": np.array(4)},
    "hidden width": {"hidden": (0,)},
    "episodes": {"episodes": 0},
    "episodes without end": {"episodes": 10**12},
    "half an episode": {"episodes": 1.5},
    "log_std": {"log_std": float("nan")},
}


@pytest.mark.parametrize("options", OTHERS.values(), ids=OTHERS)
def test_other_arguments(options: dict[str, Any]) -> None:
    (name,) = options
    assert name in refused(lambda: MAML(Navigation2D(), **{**SMALL, **options}))


@pytest.mark.skipif(torch.cuda.is_available(), reason="here it is a device")
def test_cuda_without_one() -> None:
    assert "cpu, got 'cuda'" in refused(lambda: RL2(Bandit(), device="cuda"))


def test_actions_in_a_wide_box_are_warned_of() -> None:
    with pytest.warns(UserWarning, match=r"Box\(-100.0, 100.0.*let the family scale them"):
        MAML(Wide(), **SMALL)


class Aside(Navigation2D):
    action_space = Box(10.0, 12.0, (2,), np.float32)


def test_actions_in_a_box_beside_zero_are_warned_of() -> None:
    with pytest.warns(UserWarning, match="around 0 ±"):
        MAML(Aside(), **SMALL)


def test_a_hyperparameter_that_there_is_not_cannot_be_set() -> None:
    learner = MAML(Navigation2D(), **SMALL)
    with pytest.raises(TraitError, match="has no hyperparameter 'inner_rl'; it has inner_lr"):
        learner.hyper.inner_rl = 0.1


@pytest.mark.parametrize("make", [lambda: RL2(Bandit(5, 1), episodes=1, trials=2), lambda: MAML(Bandit(5, 1), episodes=1, **SMALL)])
def test_a_trial_of_one_step(make: Callable[[], Learner]) -> None:
    learner = make()
    learner.step()
    learner.step()


@pytest.mark.parametrize("make", [lambda: Bandit(10**12), lambda: RandomMDP(0), lambda: HiddenGoal(2)])
def test_arguments_of_families(make: Callable[[], TaskFamily]) -> None:
    refused(make)


def test_sentences_come_without_the_tests_type_checks_too() -> None:
    """Tests check annotations at every call; a user has no such help."""
    program = """
import dremeta_lite, gymnasium, numpy as np
from dremeta_lite.inner.reinforce import Reinforce
from dremeta_lite.meta import MAML, RL2
from dremeta_lite.tasks import *
from dremeta_lite.tasks.adapters import TaskVectorEnv
env = gymnasium.make("dremeta/HiddenGoal-v0")
env.reset()
for call in (lambda: MAML("Navigation2D"), lambda: MAML(Navigation2D), lambda: MAML(Navigation2D(), seed=None), lambda: Bandit("5"),
             lambda: MAML(Navigation2D(), hidden=3), lambda: env.unwrapped.step(0.5), lambda: HiddenGoal(2.5),
             lambda: GridWorld(5), lambda: Bandit(2.5), lambda: RandomMDP(states="3"), lambda: TaskVectorEnv(Navigation2D(), num_envs=2.5),
             lambda: Reinforce(Navigation2D(), task="here"), lambda: RL2(Bandit(), memory=4.0),
             lambda: MAML(Navigation2D()).save(None), lambda: MAML(Navigation2D()).load(b"a")):
    try:
        call()
    except ValueError as error:
        print(error)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(dremeta_lite.__file__).parents[1])
    assert len(run.stdout.splitlines()) == 15 and not run.stderr, run.stdout + run.stderr


# --- files and outputs -------------------------------------------------------------------------------------------------------------


def test_a_path_as_text_and_places_where_no_file_can_be(tmp_path: Path) -> None:
    learner = MAML(Navigation2D(), **SMALL)
    place = f"{tmp_path}/new/folder/a.safetensors"
    learner.save(place)
    assert learner.load(place)["seed"] == 0
    (tmp_path / "file").touch()
    for wrong in (tmp_path, tmp_path / "file" / "a.safetensors"):
        with pytest.raises(OSError, match=r"was not written .*: give a file in a folder"):
            learner.save(str(wrong))
    with pytest.raises(ValueError, match="it is a folder"):
        learner.load(tmp_path)
    for wrong in ("", ".", "a\0b"):
        assert "needs a path" in refused(lambda w=wrong: learner.save(w))
        assert "needs a path" in refused(lambda w=wrong: learner.load(w))


def test_a_wave_before_a_path_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    learner = MAML(Navigation2D(), **SMALL)
    learner.save("~/mine.safetensors")
    assert (tmp_path / "mine.safetensors").exists() and learner.load("~/mine.safetensors")["seed"] == 0


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "cp1252"])
def test_a_command_ends_well_whatever_its_output_can_show(encoding: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    output = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict")
    monkeypatch.setattr(sys, "stdout", output)
    doctor.tell([doctor.Finding("Python", True, "3.12 (/home/Ян/课程/λ)")])
    output.flush()
    assert b"3.12 (/home/" in output.buffer.getvalue()  # type: ignore[attr-defined]


def test_a_command_ends_well_without_any_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with `>&-`, or under Windows' pythonw."""
    monkeypatch.setenv("PYTHONIOENCODING", "")
    monkeypatch.setattr(sys, "stdout", None)
    print_anyway()
    doctor.tell([doctor.Finding("Python", True, "3.12")])
    sys.stdout.close()


def test_what_was_measured_is_written_before_it_is_printed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError("nobody reads any more")

    row = Row("Gittins", "n = 10, k = 5", 6.6, 6.6, 6.5, 6.7, 1.0)
    monkeypatch.setattr(sys, "stdout", Gone())
    with pytest.raises(BrokenPipeError):
        published.finish(tmp_path, "bandits", [row], {}, "command", {}, {})
    assert (tmp_path / "bandits.json").exists()


# --- precision ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def double_by_default() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("name", test_matrix.LEARNERS)
def test_learners_train_where_torch_makes_float64(name: str, double_by_default: None) -> None:
    make, families = test_matrix.LEARNERS[name]
    learner = make(copy.deepcopy(test_matrix.FAMILIES[sorted(families)[0]]), 3)
    learner.step()
    learner.step()


@pytest.mark.parametrize("name", IDS)
def test_observations_stay_in_their_space_where_torch_makes_float64(name: str, double_by_default: None) -> None:
    env = make_env(name, disable_env_checker=True)
    assert env.observation_space.contains(env.reset(seed=0)[0])
    assert env.observation_space.contains(env.step(env.action_space.sample())[0])


class DoubleCartPole(CartPole):
    """The same tasks in float64."""

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> Any:
        tasks = super().sample_tasks(n, rng, device)
        return type(tasks)(*(x.double() for x in tasks))


class DoubleBandit(Bandit):
    """The same tasks in float64."""

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> Any:
        return type(self.default_params)(super().sample_tasks(n, rng, device).probability.double())


@pytest.mark.parametrize("family", [DoubleCartPole(), DoubleBandit(3, 4)], ids=["CartPole", "Bandit"])
@pytest.mark.parametrize("name", ["MAML", "MetaSGD", "Reptile", "Pooled", "FineTuned", "RL2"])
def test_learners_train_on_tasks_in_float64(name: str, family: Any) -> None:
    family.horizon = min(family.horizon, 20)
    learner = test_matrix.LEARNERS[name][0](family, 3)
    learner.step()
    learner.step()
