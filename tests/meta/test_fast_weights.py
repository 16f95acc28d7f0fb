"""Fast weights: what is trained in one sweep is what the agent does step by step, and words keep what was bound to them."""

from typing import Any

import pytest
import torch

from dremeta_lite.meta import FastWeights, WalkingWeights
from dremeta_lite.meta.word_gru import WalkingPairsGRU, WalkingPlainGRU
from dremeta_lite.tasks import Bandit, GrammarWalk, HiddenGrammar, HiddenLanguage
from dremeta_lite.trials import Agent, Seen, play_trial
from tests.conftest import seeded


class Noting(Agent):
    """Another agent, whose probabilities are kept."""

    def __init__(self, agent: Any) -> None:
        self.agent, self.kept = agent, list[torch.Tensor]()

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.agent.begin(n, rng)

    def begin_episode(self) -> None:
        self.agent.begin_episode()

    def act(self, observation: torch.Tensor) -> torch.Tensor:
        self.kept.append(self.agent.probabilities(observation))
        return self.agent.act(observation)

    def see(self, step: Seen) -> None:
        self.agent.see(step)


@pytest.mark.parametrize("family", [HiddenLanguage(3, 6), HiddenGrammar(3, 6)], ids=lambda f: f.name)
def test_one_sweep_gives_the_probabilities_that_the_agent_had_step_by_step(family: Any) -> None:
    learner = FastWeights(family, 1, trials=8)
    learner.step()
    agent = Noting(learner.agent())
    trial = play_trial(family, family.sample_tasks(5, seeded(0)), agent, seeded(1))
    logits = learner.network.recall(learner.theta, trial.observation[:, :, 0], trial.action[:, :, 0], trial.reward[:, :, 0])
    torch.testing.assert_close(logits.softmax(-1), torch.stack(agent.kept, 1))


def test_what_was_bound_to_a_word_comes_back_with_it_alone() -> None:
    """With keys at right angles, what is heard of one word changes nothing about the others."""
    family = HiddenLanguage(4, 3)
    learner = FastWeights(family, 0)
    learner.theta["keys"].data = torch.eye(16)[None, :4]
    agent, word, yes = learner.agent(), torch.arange(4), torch.ones(4, dtype=torch.bool)
    agent.begin(4, seeded(0))
    before = agent.probabilities(word)
    agent.see(Seen(torch.full((4,), 2), torch.full((4,), 1), torch.ones(4), torch.full((4,), 2), yes, yes))
    moved = (agent.probabilities(word) - before).abs().amax(1) > 1e-6
    assert moved.tolist() == [False, False, True, False]
    after = agent.probabilities(word)
    agent.see(Seen(torch.full((4,), 2), torch.full((4,), 1), torch.ones(4), torch.full((4,), 2), yes, ~yes))
    assert torch.equal(agent.probabilities(word), after), "a step that does not count changes nothing"


def test_a_try_is_judged_against_the_others_of_its_number() -> None:
    """The gradient of the objective is the plain sum, try by try, of ∇ log π times the reward minus its mean, over the std of all."""
    family = HiddenLanguage(3, 4)
    learner = FastWeights(family, 0, trials=6, entropy_weight=0.0)
    trial = play_trial(family, family.sample_tasks(6, seeded(2)), learner.agent(), seeded(3))
    seen, action, paid = trial.observation[:, :, 0], trial.action[:, :, 0], trial.reward[:, :, 0]
    p = learner.network.recall(learner.theta, seen, action, paid).softmax(-1)
    total = torch.tensor(0.0)
    for i in range(6):
        for t in range(4):
            total = total + p[i, t, action[i, t]].log() * (paid[i, t] - sum(paid[j, t] for j in range(6)) / 6)
    expected = torch.autograd.grad(total / 24 / paid.std(), [*learner.theta.values()])
    found = torch.autograd.grad(learner.objective(learner.theta, trial)["objective"], [*learner.theta.values()])
    for x, y in zip(found, expected, strict=True):
        torch.testing.assert_close(x, y, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", [WalkingWeights, WalkingPairsGRU, WalkingPlainGRU])
def test_one_sweep_over_walks_gives_what_the_walker_did_and_judges_each_step_by_its_try(kind: type[WalkingWeights]) -> None:
    family = GrammarWalk(3, 4)
    learner = kind(family, 0, trials=8, entropy_weight=0.0, discount=0.9)
    for _ in range(3):
        learner.step()
    agent = Noting(learner.agent())
    trial = play_trial(family, family.sample_tasks(6, seeded(2)), agent, seeded(3))
    happened, p = trial.mask > 0, torch.stack(agent.kept, 1).unflatten(1, (4, 6))
    torch.testing.assert_close(learner.log_pi(learner.theta, trial).exp(), p[happened])
    assert not happened.all() and (p[:, :, 0].std(1) > 0).any(), "some walks are over before the sixth step, and what is wanted changes"
    worth = [[float(trial.reward[i, t].sum() * 0.9 ** happened[i, t].sum()) for t in range(4)] for i in range(6)]
    total = 0.0
    for i, t, step in happened.nonzero().tolist():
        total += p[i, t, step, trial.action[i, t, step]].log().item() * (worth[i][t] - sum(each[t] for each in worth) / 6)
    found = learner.objective(learner.theta, trial)["objective"].item()
    assert found == pytest.approx(total / int(happened.sum()) / torch.tensor(worth).std().item(), rel=1e-4, abs=1e-6)


def test_a_family_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match=r"FastWeights needs words that are heard, each with a meaning, and Bandit has none\."):
        FastWeights(Bandit())
    with pytest.raises(ValueError, match=r"WalkingWeights needs objects with names, to walk to, and HiddenGrammar has none\."):
        WalkingWeights(HiddenGrammar())
