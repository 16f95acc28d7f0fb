"""The pictures of hidden languages: what was heard, done and paid, by hand and by an agent, and a language that is taught."""

import itertools
from typing import Any

import numpy as np
import torch

from dremeta_lite.agents import BayesGreedy
from dremeta_lite.lab.parts import Row
from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.play_language import PlayLanguage
from dremeta_lite.lab.teach import SAMPLE, Lesson, Teach
from dremeta_lite.lab.views.language import ACTIONS, TriesSide
from dremeta_lite.meta import FastWeights, WalkingWeights
from dremeta_lite.tasks import LEXICON, GrammarWalk, HiddenGrammar, HiddenLanguage
from dremeta_lite.trials import play_trial
from tests.conftest import seeded

FAMILY = HiddenLanguage(4, 6)


def test_the_tries_of_a_trial_stand_where_they_happened() -> None:
    tasks = FAMILY.sample_tasks(3, seeded(0))
    trial, side = play_trial(FAMILY, tasks, BayesGreedy(FAMILY), seeded(1)), TriesSide(FAMILY, index=2)
    picture = Picture(Row(side, size=(9.6, 2.6)))
    side.show(trial, tasks)
    assert picture.draw(None)  # type: ignore[arg-type]
    word, action, reward = (x[2, :, 0].tolist() for x in (trial.observation, trial.action, trial.reward))
    for t, (w, a, r) in enumerate(zip(word, action, reward, strict=True), 1):
        points = side.series[f"{ACTIONS[a]} {'paid' if r else 'did not'}"].T.tolist()
        assert [t, w + 1] in points
    assert sum(xy.shape[1] for xy in side.series.values()) == 6
    assert f"{int(sum(reward))} of 6 tries pay" in side.words()


def test_a_person_hears_a_word_answers_and_hears_the_next() -> None:
    play = PlayLanguage(FAMILY, "test-language", seed=4, rivals={"Bayes-optimal": BayesGreedy(FAMILY)})
    game: Any = play.game
    assert play.paint() and f"You hear: {LEXICON[game.word]}." in play.view.summary()
    for action in (0, 1, 2, 3, 0, 1):
        word, meant = game.word, int(game.task.meaning[0, game.word])
        play.buttons[ACTIONS[action].capitalize()].click()
        assert game.tries[-1] == (word, action, float(action == meant))
    play.paint()
    assert game.over and not game.act(0) and len(game.played["Bayes-optimal"]) == 6
    said = play.view.summary()
    assert f"The words meant zup {ACTIONS[game.task.meaning[0, 0]]}" in said and "Bayes-optimal got" in said
    shown = {name: xy.shape[1] for name, xy in play.view.tried.series.items()}
    assert shown["paid"] + shown["failed"] == 6 and shown["paid"] == sum(r for *_, r in game.tries)
    play.buttons["Jump"].click()
    assert "No try is left" in play.trouble.value
    play.reset.click()
    assert not game.begun and "A new language" in play.view.summary()


def taught() -> Lesson:
    return Lesson(FastWeights(HiddenGrammar(), 0).agent(greedy=True), seed=1)


def test_a_lesson_is_a_trial_in_which_a_person_is_the_world() -> None:
    """What the agent binds is what it would have bound in a trial with the same words, scene, answer and pay."""
    lesson = taught()
    scene = lesson.scene.clone()
    assert lesson.say("Zup  dax") == "" and lesson.said == ("zup", "dax")
    numbers = torch.cat([torch.tensor([0, 0]), scene])
    assert torch.equal(lesson.seen, torch.nn.functional.one_hot(numbers, 4).flatten()[None].float())
    before = lesson.agent.memory.clone()
    assert lesson.answer(True) == "" and lesson.right == [True] and lesson.said is None
    assert not torch.equal(lesson.agent.memory, before)
    rows = lesson.beliefs()
    np.testing.assert_allclose(rows[[0, 4]].sum(1), 1, rtol=1e-5)
    assert (rows[[1, 2, 3, 5, 6, 7]] == 0).all(), "words that were never said have no row"
    lesson.reset()
    assert (lesson.agent.memory == 0).all() and lesson.known == ({}, {})


def test_what_cannot_be_said_is_refused_in_a_sentence() -> None:
    lesson = taught()
    assert "two words" in lesson.say("zup") and "this one has 3" in lesson.say("go to zup") and "Say something first" in lesson.answer(True)
    for word in SAMPLE[0][:4]:
        assert lesson.say(f"{word} ka") == "" and "waits for your answer" in lesson.say("zup mo")
        lesson.answer(False)
    assert "no more than 4 words in the first place: zup, dax, wif, lug. “toma” would be one more." in lesson.say("toma ka")
    assert len(lesson.right) == 4


def test_the_panel_says_goes_and_is_paid() -> None:
    panel = Teach(FastWeights(HiddenGrammar(), 0).agent(greedy=True), "test-teach", seed=2)
    panel.text.value = "zup ka"
    panel.buttons["Say it"].click()
    lesson = panel.lesson
    assert lesson.taken is not None and "You said “zup ka”, and it went to the" in panel.summary.value
    place = int(lesson.places[lesson.taken])
    assert panel.view.map.series["way"][:, -1].tolist() == [place % 5, place // 5]
    panel.buttons["Say it"].click()
    assert panel.trouble.value == "", "the same words once more, as Enter and the button together send them"
    panel.text.value = "zup mo"
    assert "waits for your answer" in panel.trouble.value
    panel.buttons["Wrong"].click()
    assert lesson.right == [False] and panel.text.value == "" and "Right in 0 of 1 tries" in panel.summary.value
    panel.sample(3)
    assert len(lesson.right) == 4 and panel.paint()
    panel.buttons["New one"].click()
    assert lesson.right == []


def test_a_walker_walks_cell_by_cell_and_swapped_words_swap_what_was_bound() -> None:
    panel = Teach(WalkingWeights(GrammarWalk(), 0).agent(), "test-walk", seed=2)
    lesson, reached = panel.lesson, list[bool]()
    for first, second in (("zup", "ka"), ("dax", "ri"), ("wif", "ka"), ("zup", "ri"), ("lug", "mo"), ("zup", "mo")):
        before = lesson.agent.memory.clone()
        panel.text.value = f"{first} {second}"
        steps = [abs(a // 5 - b // 5) + abs(a % 5 - b % 5) for a, b in itertools.pairwise(lesson.way)]
        assert lesson.way[0] == 12 and max(steps) <= 1 and len(steps) <= 6
        reached.append(lesson.way[-1] in lesson.places.tolist())
        assert reached[-1] == (lesson.taken != -1) and ("reached nothing" in panel.summary.value) != reached[-1]
        assert panel.view.map.series["way"].T.tolist() == [[cell % 5, cell // 5] for cell in lesson.way]
        panel.buttons["Right" if first == "zup" else "Wrong"].click()
        assert torch.equal(lesson.agent.memory, before) != reached[-1], "what was taken is bound, and nothing is if nothing was"
    rows = lesson.beliefs()
    assert panel.pair.value == ("zup", "dax"), "two words are chosen as soon as there are two"
    panel.pair.value = ("zup", "wif")
    panel.buttons["Swap"].click()
    assert [*lesson.known[0]] == ["wif", "dax", "zup", "lug"] and [*lesson.known[0].values()] == [0, 1, 2, 3]
    assert np.array_equal(lesson.beliefs(), rows) and panel.view.heat.axes.get_yticklabels()[0].get_text() == "wif"
    panel.text.value = "wif ka"
    panel.buttons["Swap"].click()
    assert "waits for your answer" in panel.trouble.value
    panel.buttons["New one"].click()
    panel.buttons["Swap"].click()
    assert "Say two different words" in panel.trouble.value and panel.pair.value is None
