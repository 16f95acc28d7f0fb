"""The seam to the world: what is behind it makes no difference to what plays. Gymnasium's environments against the course's families."""

from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from torch import Tensor

from dremeta_lite.episodes import Episodes, FamilyEpisodes, OutsideFamily, begin
from dremeta_lite.inner.actor_critic import A2C
from dremeta_lite.inner.dqn import DQN
from dremeta_lite.inner.ppo import PPO
from dremeta_lite.inner.recurrent import RecurrentPPO
from dremeta_lite.inner.reinforce import Reinforce
from dremeta_lite.learner import GradientLearner
from dremeta_lite.meta import MAML, RL2
from dremeta_lite.rollout import Stream, play
from dremeta_lite.tasks.adapters import TaskEnv
from dremeta_lite.tasks.cartpole import CartPole, CartPoleTask
from dremeta_lite.tasks.family import TaskFamily, pick
from dremeta_lite.tasks.navigation import Navigation2D, NavigationTask
from dremeta_lite.tasks.pendulum import Pendulum
from tests.conftest import seeded

MODES = list(AutoresetMode)
START = 0.01
"""Where all poles of these tests begin: then nothing in the world is random, and both ways must give the same numbers."""


class Poles(CartPole):
    """The course's poles, from one start, for 20 steps."""

    horizon = 20

    def initial(self, rng: torch.Generator, params: CartPoleTask | None = None) -> Tensor:
        torch.randint(2**31, (), generator=rng)  # the seed that an outside environment would be given
        return torch.full((*(params or self.default_params).length.shape, 4), START)


class FromStart(gymnasium.Wrapper[Any, Any, Any, Any]):
    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        return self.env.reset(seed=seed, options={"low": START, "high": START})


class OutsidePoles(OutsideFamily):
    """Gymnasium's poles, of the same lengths and on the same planets."""

    name, horizon, mode = "OutsidePoles", 20, AutoresetMode.NEXT_STEP

    def get_default_params(self, **kwargs: Any) -> CartPoleTask:
        return CartPole().default_params

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> CartPoleTask:
        return CartPole().sample_tasks(n, rng, device)

    def make(self, tasks: CartPoleTask) -> SyncVectorEnv[Any, Any]:
        return SyncVectorEnv([lambda i=i: self.pole(*pick(tasks, i)) for i in range(len(tasks.length))], autoreset_mode=self.mode)

    def pole(self, length: Tensor, gravity: Tensor, push: Tensor) -> Any:
        env: Any = gymnasium.make("CartPole-v1", max_episode_steps=self.horizon, disable_env_checker=True)
        one = env.unwrapped
        one.length, one.polemass_length = length.item(), one.masspole * length.item()
        one.gravity, one.force_mag = gravity.item(), push.item()
        return FromStart(env)


class OutsideWalks(OutsideFamily):
    """The course's own navigation, through Gymnasium's eyes."""

    name = "OutsideWalks"

    def __init__(self, mode: AutoresetMode, horizon: int = 12) -> None:
        self.mode = mode
        super().__init__(horizon=horizon)

    def get_default_params(self, **kwargs: Any) -> NavigationTask:
        return Navigation2D().default_params

    def make(self, tasks: NavigationTask) -> SyncVectorEnv[Any, Any]:
        steps = getattr(self, "horizon", 12)
        one = lambda i: gymnasium.wrappers.TimeLimit(TaskEnv(Navigation2D(), pick(tasks, i)), steps)
        return SyncVectorEnv([lambda i=i: one(i) for i in range(len(tasks.goal))], autoreset_mode=self.mode)


def goals(n: int) -> NavigationTask:
    return NavigationTask(0.3 * torch.nn.functional.normalize(torch.randn(n, 2, generator=seeded(4))))


def towards(tasks: NavigationTask) -> Any:
    """Half of them reach their goal, in three steps or so; the others walk away from it."""
    sign = torch.where(torch.arange(len(tasks.goal)) % 2 == 0, 1.0, -1.0)[:, None]
    return lambda s: sign * 10 * (tasks.goal - s)


@pytest.mark.parametrize("family", [Navigation2D(), CartPole(), Pendulum()], ids=lambda f: f.name)
def test_whole_episodes_are_judged_at_once_as_they_are_step_by_step(family: TaskFamily) -> None:
    tasks, rng = family.sample_tasks(4, seeded(0)), seeded(3)
    act = lambda s: torch.randint(2, (4,), generator=rng) if family.name == "CartPole" else torch.rand(4, family.action_size, generator=rng)
    at_once = begin(family, tasks, seeded(1)).whole(act, 60)
    rng.manual_seed(3)
    for x, y in zip(at_once, Episodes.whole(FamilyEpisodes(family, tasks, seeded(1)), act, 60), strict=True):
        torch.testing.assert_close(x, y, rtol=1e-6, atol=1e-6)  # a vectorised sine may be rounded otherwise


@pytest.mark.parametrize("mode", MODES, ids=lambda m: m.value)
def test_a_stream_of_an_outside_environment_is_that_of_the_family_in_every_mode(mode: AutoresetMode) -> None:
    """Through terminations and truncations. A step that does not count is left out; then nothing differs but the rounding of a root."""
    n, tasks = 6, goals(6)
    ours, theirs = Stream(Navigation2D(), tasks, n, seeded(0), horizon=12), Stream(OutsideWalks(mode), tasks, n, seeded(0))
    a, b = play(ours, towards(tasks), 40), play(theirs, towards(tasks), 60)
    assert a.terminated.any() and a.truncated.any() and a.mask.all()
    assert bool(b.mask.all()) is (mode != AutoresetMode.NEXT_STEP)
    for i in range(n):
        counted = b.mask[i] > 0
        for name in ("observation", "action", "reward", "terminated", "truncated", "next_observation"):
            x, y = getattr(a, name)[i], getattr(b, name)[i][counted][:40]
            torch.testing.assert_close(x, y, rtol=1e-6, atol=1e-6, msg=lambda text, name=name: f"{name}: {text}")
    assert theirs.finished > 10 and theirs.recent_return() < 0
    assert (b.reward[b.mask == 0] == 0).all() and not (b.terminated | b.truncated)[b.mask == 0].any()


@pytest.mark.parametrize("mode", MODES, ids=lambda m: m.value)
def test_whole_episodes_of_an_outside_environment(mode: AutoresetMode) -> None:
    """With two axes of tasks; an episode that has ended is masked, whatever the environment does then."""
    tasks = NavigationTask(goals(6).goal.view(2, 3, 2))
    act = lambda s: 10 * (tasks.goal - s) * torch.tensor([1.0, -1.0]).view(2, 1, 1)
    a, b = (begin(family, tasks, seeded(0)).whole(act, 12) for family in (Navigation2D(), OutsideWalks(mode)))
    assert a.terminated.any() and (a.mask[1] == 1).all()
    for name in ("reward", "terminated", "mask"):
        torch.testing.assert_close(getattr(a, name), getattr(b, name), rtol=1e-6, atol=1e-6)
    assert torch.equal(a.action[a.mask > 0], b.action[b.mask > 0])


def test_actions_beyond_a_box_are_clipped_to_it() -> None:
    pendulum = OutsideFamily("Pendulum-v1")
    once = lambda x: begin(pendulum, pendulum.sample_tasks(2, seeded(0)), seeded(1)).whole(lambda _: torch.full((2, 1), x), 5)
    far, edge = once(9.0), once(2.0)
    assert torch.equal(far.observation, edge.observation) and torch.equal(far.reward, edge.reward) and (far.action == 9).all()


def test_an_environment_that_outlasts_the_horizon_of_its_family_is_refused() -> None:
    longer = OutsideWalks(AutoresetMode.SAME_STEP, horizon=12)
    stream = Stream(longer, goals(2), 2, seeded(0), horizon=5)
    with pytest.raises(ValueError, match="goes on after the horizon"):
        play(stream, torch.zeros_like, 6)


def test_who_does_not_say_how_long_an_episode_is_has_to_be_told() -> None:
    class Endless(OutsideWalks):
        def __init__(self) -> None:
            OutsideFamily.__init__(self)

        mode, name = AutoresetMode.SAME_STEP, "Endless"

    with pytest.raises(ValueError, match="Endless does not say after how many steps"):
        Endless()


def test_rules_of_an_outside_environment_cannot_be_asked() -> None:
    cart = OutsideFamily("CartPole-v1")
    assert (cart.name, cart.horizon, cart.observation_size, cart.action_size) == ("CartPole-v1", 500, 4, 2)
    with pytest.raises(ValueError, match="whose rules cannot be asked"):
        cart.transition(torch.zeros(4), torch.tensor(1), None)


def same(ours: GradientLearner, theirs: GradientLearner, iterations: int, tolerance: float = 1e-4) -> None:
    """Gymnasium computes a pole in float64, the family in float32, and a root in a vector may be rounded otherwise than a single one: 1e-7
    in an observation. Adam, whose steps are as long however small a gradient is, carries that on."""
    for _ in range(iterations):
        a, b = ours.step(), theirs.step()
        assert a == pytest.approx(b, rel=1e-3, abs=1e-3)
    for name, p in ours.theta.items():
        torch.testing.assert_close(p, theirs.theta[name], rtol=0, atol=tolerance, msg=lambda text, name=name: f"{name}: {text}")


@pytest.mark.parametrize("mode", [AutoresetMode.SAME_STEP, AutoresetMode.DISABLED], ids=lambda m: m.value)
@pytest.mark.parametrize("learner", [A2C, PPO])
def test_an_actor_critic_learns_the_same_from_gymnasiums_cartpole_as_from_the_familys(learner: Any, mode: AutoresetMode) -> None:
    class Here(OutsidePoles):
        pass

    Here.mode = mode
    ours, theirs = (learner(family, seed=2, hidden=(16,), episodes=8, steps=32) for family in (Poles(), Here()))
    ours.family.initial = lambda rng, params: torch.full((*params.length.shape, 4), START)  # a stream draws a seed once
    theirs.rng.set_state(ours.rng.get_state())
    same(ours, theirs, 4)
    assert ours.stream.finished == theirs.stream.finished > 20


META: dict[str, Any] = {
    "MAML": lambda f: MAML(f, 3, hidden=(16,), tasks=3, trajectories=4),
    "RL2": lambda f: RL2(f, 3, memory=8, trials=6, episodes=2),
}


@pytest.mark.parametrize("make", META.values(), ids=META)
@pytest.mark.parametrize("mode", MODES, ids=lambda m: m.value)
def test_meta_learners_learn_the_same_from_an_outside_family(make: Any, mode: AutoresetMode) -> None:
    class Here(OutsidePoles):
        pass

    Here.mode = mode
    ours, theirs = make(Poles()), make(Here())
    same(ours, theirs, 3)
    assert torch.equal(ours.rng.get_state(), theirs.rng.get_state())


@pytest.mark.parametrize("kind", [A2C, PPO, Reinforce, DQN])
def test_steps_that_do_not_count_are_not_learned_from(kind: Any) -> None:
    """`gymnasium.make_vec("CartPole-v1")` begins its next episode with a step of its own."""
    options: dict[str, Any] = {"agents": 4, "steps": 40} if kind is DQN else {"hidden": (8,)}
    learner: Any = kind(OutsideFamily("CartPole-v1"), seed=0, **options)
    numbers = [learner.step() for _ in range(2)]
    assert all(np.isfinite(list(each.values())).all() for each in numbers)
    if kind is DQN:
        assert learner.memory.count == 320 - learner.stream.finished + int(learner.stream.episodes.over.sum())  # each gap is a step less
    if kind is A2C:
        before = learner.stream.finished - int(learner.stream.episodes.over.sum())
        batch = learner.experience(learner.theta)
        after = learner.stream.finished - int(learner.stream.episodes.over.sum())
        assert len(batch.advantage) == learner.episodes * learner.hyper.steps - (after - before)


def test_a_memory_needs_episodes_without_a_step_between_them() -> None:
    with pytest.raises(ValueError, match="RecurrentPPO needs episodes without a step between them, and CartPole-v1 has one"):
        RecurrentPPO(OutsideFamily("CartPole-v1"), hidden=(4, 4), episodes=2)
    same_step = {"vectorization_mode": "sync", "vector_kwargs": {"autoreset_mode": AutoresetMode.SAME_STEP}}
    RecurrentPPO(OutsideFamily("CartPole-v1", **same_step), hidden=(4, 4), episodes=2).step()


def test_a_learner_in_an_outside_environment_is_saved_and_goes_on_with_new_episodes() -> None:
    first, second = (A2C(OutsideFamily("CartPole-v1"), seed=seed, hidden=(4,), episodes=3) for seed in (0, 1))
    first.step()
    second.load_state_dict(first.state_dict())
    assert second.iteration == 1 and not second.stream.elapsed.any() and second.stream.finished == first.stream.finished
    second.step()


def test_ppo_learns_gymnasiums_cartpole() -> None:
    """After 12 iterations five seeds had 207 ± 17 there, and 214 ± 29 in the family (mean and deviation); random actions earn 22."""
    learner = PPO(OutsideFamily("CartPole-v1"))
    returns = [learner.step()["return"] for _ in range(12)]
    assert returns[0] < 60 and returns[-1] > 100
