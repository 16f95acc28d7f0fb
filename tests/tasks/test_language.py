"""The two hidden languages are what their pages say: languages and scenes drawn evenly, one answer a try, ordinary environments."""

import warnings
from collections import Counter
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env

from dremeta_lite.agents import Oracle, RandomActions
from dremeta_lite.tasks import GrammarTask, HiddenGrammar, HiddenLanguage, LanguageTask
from dremeta_lite.tasks.family import pick, with_axes
from dremeta_lite.tasks.grammar import never_heard
from dremeta_lite.trials import play_trial
from tests.conftest import seeded
from tests.stepping import step_both

FAMILIES: dict[str, Any] = {"HiddenLanguage": HiddenLanguage(), "HiddenGrammar": HiddenGrammar()}
BOTH = pytest.mark.parametrize("name", FAMILIES)


@BOTH
def test_every_language_is_equally_likely(name: str) -> None:
    """Chi squared over all L languages, in units of its standard deviation √(2 (L - 1)): within five of its mean."""
    family, n = FAMILIES[name], 40_000
    rows = lambda tasks: torch.cat([x.reshape(len(x), -1) for x in tasks], 1).tolist()
    every, drawn = rows(family.languages()), Counter(map(tuple, rows(family.sample_tasks(n, seeded(0)))))
    assert len({*map(tuple, every)}) == len(every) == {"HiddenLanguage": 24, "HiddenGrammar": 1152}[name] and {*drawn} <= {
        *map(tuple, every)
    }
    expected, k = n / len(every), len(every) - 1
    chi = sum((drawn[tuple(language)] - expected) ** 2 / expected for language in every)
    assert abs(chi - k) < 5 * (2 * k) ** 0.5


@BOTH
def test_an_agent_that_knows_the_language_is_always_paid_and_a_random_one_in_a_quarter_of_the_tries(name: str) -> None:
    family = FAMILIES[name]
    tasks = family.sample_tasks(500, seeded(1))
    told, guessed = (play_trial(family, tasks, agent, seeded(2)).returns() for agent in (Oracle(family, tasks), RandomActions(family)))
    assert (told == 1).all() and guessed.mean().item() == pytest.approx(0.25, abs=4 * (0.1875 / guessed.numel()) ** 0.5)


def test_words_are_heard_evenly_and_mean_what_the_task_says() -> None:
    family = HiddenLanguage(3)
    words = family.initial(seeded(0), LanguageTask(torch.tensor([[2, 0, 1]]).expand(30_000, 3)))
    assert (torch.bincount(words) - 10_000).abs().max() < 4 * (30_000 * 2 / 9) ** 0.5
    task, word = LanguageTask(torch.tensor([2, 0, 1])), torch.arange(3)
    assert family.best_action(word, task).tolist() == [2, 0, 1]
    assert family.reward(word[:, None], torch.arange(3), word, None, task).tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]


def test_a_scene_holds_what_is_asked_for_once_and_words_name_it() -> None:
    """Each colour and shape of the scene differs from the other; what is asked for is spread evenly over the K² objects."""
    family, n = HiddenGrammar(4), 32_000
    tasks = family.sample_tasks(n, seeded(0))
    state = family.initial(seeded(1), tasks)
    assert (state[:, 2] < state[:, 3]).all() and (state[:, 4] < state[:, 5]).all() and (state[:, -1] == 0).all()
    seen = family.observation(state)
    asked = family.meanings(seen)[torch.arange(n), family.best_action(seen, tasks)]
    colour, shape = asked[:, :4].argmax(1), asked[:, 4:].argmax(1)
    said = family.heard(seen)
    first, second = (x.gather(1, said[:, i : i + 1])[:, 0] for i, x in enumerate((tasks.first, tasks.second)))
    assert torch.equal(torch.where(tasks.order == 0, first, second), colour)
    assert torch.equal(torch.where(tasks.order == 0, second, first), shape)
    counts = torch.bincount(4 * colour + shape, minlength=16).double()
    assert ((counts - n / 16).square() / (n / 16)).sum() < 15 + 5 * 30**0.5
    assert torch.equal(family.meanings(seen)[..., :4].sum(1), 2 * (seen[:, 8:12] + seen[:, 12:16]))


@BOTH
def test_the_answer_ends_the_try_and_all_functions_broadcast(name: str) -> None:
    family = FAMILIES[name]
    tasks = family.sample_tasks(2, seeded(0))
    state = family.initial(seeded(1), tasks).unsqueeze(1).unsqueeze(1)
    action = torch.randint(4, (2, 3, 5), generator=seeded(2))
    after = family.transition(state, action)
    paid = family.reward(state, action, after, None, with_axes(tasks, 2))
    assert paid.shape == (2, 3, 5) and not family.terminal(state).any() and family.terminal(after).all()
    assert torch.equal(family.observation(after), family.observation(state).expand_as(family.observation(after)))
    for i, j, t in np.ndindex(2, 3, 5):
        one = family.best_action(family.observation(state[i, 0, 0]), pick(tasks, i))
        assert paid[i, j, t] == float(one == action[i, j, t])
    assert (family.reward(after, action, after, None, with_axes(tasks, 2)) == 0).all() and torch.equal(
        family.transition(after, action), after
    )


def test_never_heard_together_but_each_before() -> None:
    words = torch.tensor([[[0, 0], [1, 1], [0, 1], [0, 1], [2, 1], [1, 0]]])
    assert never_heard(words).tolist() == [[False, False, True, False, False, True]]


@BOTH
@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
def test_gymnasiums_own_checks_pass_without_a_warning(name: str, render_mode: str | None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gymnasium.make(f"dremeta/{name}-v0", render_mode=render_mode)
        assert env.spec is not None and env.spec.max_episode_steps == 1
        check_env(env.unwrapped)


class SameWord(HiddenLanguage):
    """The same word in every try: one at a time and many at once draw them in another order."""

    def initial(self, rng: Any = None, params: LanguageTask | None = None) -> torch.Tensor:
        return 0 * (params or self.default_params).meaning[..., 0] + 1


class SameScene(HiddenGrammar):
    """The same words and the same scene in every try."""

    def initial(self, rng: Any = None, params: GrammarTask | None = None) -> torch.Tensor:
        return torch.tensor([0, 0, 0, 1, 2, 3, 0]).expand(*(params or self.default_params).order.shape, 7)


@BOTH
def test_many_at_once_agree_step_by_step_with_one_by_one(name: str) -> None:
    family: Any = {"HiddenLanguage": SameWord, "HiddenGrammar": SameScene}[name]()
    step_both(f"dremeta/{name}-v0", family.sample_tasks(6, seeded(5)), 20, family=family)


def test_the_pictures_show_the_language_and_what_is_asked_for() -> None:
    family = HiddenLanguage(3)
    _, image = family.render_image(torch.tensor(1), None, LanguageTask(torch.tensor([1, 0, 2])))
    assert image.shape == (72, 72, 3) and [
        tuple(image[12 + 24 * i, 12 + 24 * j].tolist()) == (230, 159, 0) for i, j in ((0, 1), (1, 0), (2, 2))
    ]
    assert (image[25, 36] == (0, 114, 178)).all() and (image[12, 36] == (230, 159, 0)).all()
    grammar = HiddenGrammar()
    state = grammar.initial(seeded(0), grammar.default_params)
    _, image = grammar.render_image(state, None)
    asked = int(grammar.best_action(grammar.observation(state), grammar.default_params))
    assert image.shape == (36, 128, 3) and np.nonzero((image[-1] == (0, 114, 178)).all(-1))[0].mean() // 32 == asked


@BOTH
def test_what_cannot_be_is_refused(name: str) -> None:
    family = type(FAMILIES[name])
    for arguments in ({"words": 1}, {"words": 9}, {"tries": 0}):
        with pytest.raises(ValueError, match=f"{next(iter(arguments))} .* got {next(iter(arguments.values()))}"):
            family(**arguments)
    with pytest.raises(ValueError, match=r"needs a torch\.Generator"):
        family().initial()
