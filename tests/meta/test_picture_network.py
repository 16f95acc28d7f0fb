"""Eyes before RL²'s memory: the same numbers as torch's own layers make, and each picture of a trial looked at once."""

from typing import Any

import pytest
import torch

from dremeta_lite.learner import generator
from dremeta_lite.meta import DPT, RL2, RL2PPO
from dremeta_lite.meta.rl2_network import RL2Agent
from dremeta_lite.networks import Eyes
from dremeta_lite.tasks import Colours, SkirmishPixels
from dremeta_lite.trials import play_trial


@pytest.mark.parametrize("sums", [True, False])
def test_eyes_are_strided_convolutions_beside_sums(sums: bool) -> None:
    eyes = Eyes((3, 7, 8), 10, sums)
    params = {name: p + 0.1 * torch.randn(p.shape, generator=generator(1)) for name, p in eyes.init(generator(0)).items()}
    picture = torch.randn(2, 5, 3, 7, 8, generator=generator(2))
    first, second = torch.nn.Conv2d(3, 16, 3, 2, 1), torch.nn.Conv2d(16, 32, 3, 2, 1)
    for i, layer in enumerate((first, second)):
        layer.load_state_dict({"weight": params[f"kernel{i}"], "bias": params[f"shift{i}"]})
    seen = second(first(3 * picture.flatten(0, 1)).relu()).relu().flatten(1) @ params["head_weight0"] + params["head_bias0"]
    if sums:
        more = picture.flatten(0, 1).flatten(2).sum(-1) @ params["sum_weight0"] + params["sum_bias0"]
        seen = torch.cat([seen, more], -1)
    torch.testing.assert_close(eyes.forward(params, picture), seen.relu().view(2, 5, 10))


def test_each_picture_is_looked_at_as_if_by_itself_and_the_memory_is_that_of_who_played() -> None:
    """Battles of different lengths: what the last step of an episode led to is seen before the next one begins."""
    family = SkirmishPixels()
    learner = RL2(family, core="eyes", trials=6, memory=5, hidden=(4,))
    theta = {name: p.detach() + 0.2 * torch.randn(p.shape, generator=generator(3)) for name, p in learner.theta.items()}
    agent: Any = RL2Agent(learner.network, theta)
    raw = play_trial(family, family.sample_tasks(6, generator(4)), agent, generator(5))
    assert len(set(raw.mask.sum(-1).flatten().tolist())) > 1
    trial, happened = learner.network.look_at(theta, raw), raw.mask > 0
    for name in ("observation", "next_observation"):
        one_by_one = torch.stack([learner.network.look(theta, each) for each in getattr(raw, name)[happened]])
        torch.testing.assert_close(getattr(trial, name)[happened], one_by_one)
    torch.testing.assert_close(learner.network.memories(theta, trial)[happened], agent.memories()[happened])


@pytest.mark.parametrize("core", ["eyes", "places"])
def test_the_gradient_reaches_the_eyes(core: str) -> None:
    learner = RL2(Colours(), core=core, trials=3, memory=4, hidden=(4,), entropy_weight=0.5)
    before = learner.parameters()
    learner.step()
    assert all(not torch.equal(before[name], learner.theta[name]) for name in learner.network.eyes.init(generator(0)))  # type: ignore[attr-defined]


def test_who_cannot_use_eyes_says_so() -> None:
    with pytest.raises(ValueError, match='told "plain" or "nothing", and Colours has "effects" here'):
        RL2(Colours(), core="eyes", encoding="effects")
    with pytest.raises(ValueError, match="needs a transformer or a GRU without eyes, and Colours has core='eyes'"):
        DPT(Colours(), core="eyes")
    with pytest.raises(ValueError, match="transformers and eyes"):
        RL2PPO(Colours(), core="eyes", trials=1).step()
