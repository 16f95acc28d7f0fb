"""Notebook 15: what it says was measured, from the recorded runs where there are any, else computed again over seeds."""

from typing import Any

import pytest
import torch

from dremeta_lite import store
from dremeta_lite.compare import show_described, show_grammar, show_walk, show_words, trained_walker
from dremeta_lite.compare.language_tables import ROWS
from dremeta_lite.compare.tables import recorded
from dremeta_lite.exercises import find
from dremeta_lite.meta import MAML, RL2, FastWeights, adapt_to
from dremeta_lite.tasks import DescribedGoal, GrammarWalk, HiddenGrammar, HiddenLanguage, never_heard
from dremeta_lite.trials import play_trial
from dremeta_lite.world import bayes_optimal_plan
from tests.conftest import seeded

LANGUAGE, GRAMMAR = HiddenLanguage(), HiddenGrammar()


def runs(table: str, row: str, number: str = "return", stop: int = -1) -> list[float]:
    """What the runs of a row have come to, seed by seed."""
    data = recorded(f"language: {table}")
    assert {*data["rows"]} == {*ROWS[table]} and all(len(each) == data["origin"]["seeds"] for each in data["rows"].values())
    return [run[number][stop] for run in data["rows"][row]]


def test_told_pairs_a_memory_listens_and_told_plain_codes_it_hardly_does() -> None:
    """In each of five seeds, after 150 iterations; each row with the settings that were found for it."""
    assert min(runs("words", "pairs")) > 16.8 and min(runs("words", "fast")) > 16.7
    assert min(runs("words", "plain")) > 5.5 and max(runs("words", "plain")) < 12, "better than guessing, and not like elimination"


def test_the_grammar_is_not_learned_from_plain_codes_with_any_of_the_settings_tried() -> None:
    tries = store.read_figures(store.DATA / "lesson15" / "tuning.json", "compare --tune")["benchmarks"]["grammar"]["gru"]["heat"]
    assert len(tries) == 5 and max(each["score"] for each in tries) < 6.5, "guessing: 6"


def test_pairs_never_heard_together_are_obeyed() -> None:
    for stop, least in ((0, 0.82), (1, 0.96), (2, 0.97)):
        assert min(runs("grammar", "fast", "unheard", stop)) > least
    assert max(runs("grammar", "gru", "unheard")) < 0.3


def test_listening_and_walking_are_learned_from_one_reward() -> None:
    """In each of five seeds. One who takes any object without a memory is paid 6 times of 24, who rules out 21.97 times; see
    `tests/tasks/test_grammar_walk.py`. And the walker that is kept is the one that was judged."""
    first, middle, last = (runs("walk", "fast", stop=stop) for stop in range(3))
    assert len(last) == 5 and min(first) > 8 and min(middle) > 11.5 and min(last) > 16 and max(last) < 21.97
    heard, unheard = ([runs("walk", "fast", name, stop) for stop in (0, -1)] for name in ("heard", "unheard"))
    apart = [[a - b for a, b in zip(*both, strict=True)] for both in zip(heard, unheard, strict=True)]
    assert min(apart[0]) > 0.07 and max(apart[1]) < 0.03 and min(unheard[1]) > 0.84
    family = GrammarWalk()
    kept = play_trial(family, family.held_out_tasks(200), trained_walker(), seeded(0)).returns().sum(1)
    assert kept.mean().item() == pytest.approx(runs("walk", "fast")[0], abs=0.1 + 4 * kept.std().item() / 200**0.5)


def test_a_gru_that_is_told_products_walks_too_and_falls_behind_fast_weights() -> None:
    """In each of five seeds, each row with the settings found for it. Told plain codes, no try of its tuning leaves chance."""
    fast, pairs = ([runs("walk", row, stop=stop) for stop in (0, 1, 2)] for row in ("fast", "pairs"))
    assert min(pairs[0]) > 6.5 and min(pairs[1]) > 11 and min(pairs[2]) > 13 and max(pairs[2]) < min(fast[2])
    heard, unheard = runs("walk", "pairs", "heard"), runs("walk", "pairs", "unheard")
    assert min(unheard) > 0.6 and all(0 < a - b < 0.1 for a, b in zip(heard, unheard, strict=True))
    tries = store.read_figures(store.DATA / "lesson15" / "tuning.json", "compare --tune")["benchmarks"]["walk"]
    assert max(each["score"] for each in tries["plain"]["heat"]) < 6.5, "whoever takes any object: 6"
    assert not tries["pairs"]["final"] and [round(each["score"], 1) for each in tries["fast"]["final"]] == [17.2, 17.1]
    assert [round(tries["fast"]["heat"][i]["score"], 1) for i in (0, 2)] == [11.0, 13.4]


def test_a_description_is_worth_what_it_lets_one_do() -> None:
    """Exactly, by the exercise; and learned in each of three seeds, where no search has to be learned first."""
    best = {}
    for says in ROWS["described"]:
        grid = DescribedGoal(says)
        labels = grid.word(grid.goal_cells)
        worth = [bayes_optimal_plan(grid, goals=grid.goal_cells[labels == word].tolist()).value for word in labels.unique()]
        best[says] = 37.2143 + find("15.description_value").reference(labels, torch.tensor(worth), 37.2143).item()
    assert [round(x, 2) for x in best.values()] == [37.21, 37.21, 41.35, 44.29]
    assert all(43.8 < x < best["row"] + 0.3 for x in runs("described", "row"))
    untold, half = [x for says in ("nothing", "colour") for x in runs("described", says)], runs("described", "half")
    assert min(untold) >= 13 and max(untold) < 19 < 24 < min(half) and max(half) < 35, "after 100 iterations, as the notebook says"


def test_the_goal_has_to_be_one_that_can_be() -> None:
    with pytest.raises(ValueError, match="got 15"):
        bayes_optimal_plan(DescribedGoal(), goals=[4, 15])
    with pytest.raises(ValueError, match="says must be one of nothing, colour, half, row, got 'left'"):
        DescribedGoal("left")
    seen = DescribedGoal("row").observation(torch.tensor([20, 3]), None, type(DescribedGoal().default_params)(torch.tensor([4, 13])))
    assert seen.nonzero()[:, 1].tolist() == [20, 25, 3, 27]


@pytest.mark.claims
def test_a_start_is_paid_no_more_than_guessing_and_moves_better_all_the_same() -> None:
    """A run of one's own, beside the recorded ones below."""
    tasks, maml = LANGUAGE.held_out_tasks(400), MAML(LANGUAGE, 1, inner_lr=2.0)
    paid = lambda: adapt_to(LANGUAGE, tasks, maml.policy, maml.theta, inner_lr=2.0, trajectories=20).returns().mean(1).tolist()
    untrained = paid()
    for _ in range(100):
        maml.step()
    assert untrained[0] == pytest.approx(0.25, abs=0.02) == paid()[0]
    assert paid()[1] > 0.78 > 0.62 > untrained[1]


@pytest.mark.claims
def test_keys_push_each_other_away_and_when_words_change_the_memory_is_slow_to_follow() -> None:
    """Measured: see the notebook. The memory has never met a language that changes, and adds to what it has bound."""
    learner = FastWeights(GRAMMAR, 1, iterations=100)
    for _ in range(60):
        learner.step()

    keys = torch.nn.functional.normalize(learner.theta["keys"].detach(), dim=-1)
    assert ((keys @ keys.mT).sum() - 8) / 24 < -0.08, "mutual exclusivity; measured, seeds 0 to 2: -0.19 to -0.22 over both places"

    def swap(number: int, episodes: object) -> None:
        if number == 24:
            episodes.tasks = episodes.tasks._replace(first=episodes.tasks.first[:, [1, 0, 2, 3]])  # type: ignore[attr-defined]
            episodes.reset()  # type: ignore[attr-defined]

    trial = play_trial(GRAMMAR, GRAMMAR.held_out_tasks(300), learner.agent(greedy=True), seeded(0), 88, swap)
    paid = trial.returns().mean(0)
    new = never_heard(GRAMMAR.heard(trial.observation[:, :24, 0]))
    assert trial.returns()[:, 16:24][new[:, 16:]].mean() > 0.75
    before, after, later = (paid[i : i + 8].mean() for i in (16, 24, 80))
    assert after < before - 0.15 and after < later


@pytest.mark.claims
def test_the_live_memory_listens_after_some_ten_seconds() -> None:
    """Measured over five seeds, after 150 iterations: at least 16.8 by the likeliest actions; after 50 most of that."""
    learner = RL2(LANGUAGE, 1, iterations=50)
    for _ in range(50):
        learner.step()
    earned = play_trial(LANGUAGE, LANGUAGE.held_out_tasks(1000), learner.agent(greedy=True), seeded(1)).returns().sum(1).mean()
    assert 15 < earned < 17.2


def test_each_of_the_two_products_helps_and_it_takes_both() -> None:
    """In each of three recorded seeds, after 100 iterations. With both it is 16.8 after 50."""
    inputs, logits = (runs("products", row) for row in ("inputs", "logits"))
    assert min(inputs) > 9.5 and max(inputs) < 11 and min(logits) > 15 and max(logits) < 16.4 < min(runs("words", "pairs", stop=0))


@pytest.mark.claims
@pytest.mark.parametrize(("settings", "low", "high"), [
    ({"per_state": False, "hidden": (64,)}, 8, 12),
    ({"encoding": "plain", "per_state": True}, 14, 16.6),
])  # fmt: skip
def test_a_product_alone_is_worth_as_much_in_a_run_of_ones_own(settings: dict[str, Any], low: float, high: float) -> None:
    learner = RL2(LANGUAGE, 1, **settings)
    for _ in range(100):
        learner.step()
    earned = play_trial(LANGUAGE, LANGUAGE.held_out_tasks(1000), learner.agent(greedy=True), seeded(1)).returns().sum(1).mean().item()
    assert low < earned < high


def test_when_two_words_are_swapped_it_is_slow_to_follow() -> None:
    """In each of six recorded seeds. Four had come to 0.89 before, and are back after 40 to 60 tries; two had not come so far."""
    before, at_once, later, last = (runs("swapped", "fast", f"tries {first}") for first in (17, 25, 65, 81))
    assert min(at_once) > 0.6 and max(at_once) < 0.75 and all(a < b for a, b in zip(at_once, before, strict=True))
    assert all(a < b for a, b in zip(at_once, later, strict=True)) and all(a > b for a, b in zip(last, before, strict=True))
    far = [i for i, x in enumerate(before) if x > 0.89]
    assert len(far) == 4 and all(runs("swapped", "fast", "tries 49")[i] < before[i] - 0.06 for i in far)
    assert min(runs("swapped", "fast", "four in a row")) >= 12 and max(runs("swapped", "fast", "four in a row")) <= 17
    assert min(runs("swapped", "fast", "keys")) > -0.23 and max(runs("swapped", "fast", "keys")) < -0.12
    assert 0.63 < min(runs("swapped", "fast", "unheard")) < 0.72 and max(runs("swapped", "fast", "unheard")) < 0.92


def test_what_a_gradient_makes_of_twenty_tries() -> None:
    """In each of three recorded seeds: MAML moves to where twenty tries point; an untrained start moves too little, or too far."""
    paid = {(name, i): [runs("gradient", "maml", f"{name} {i}", stop) for stop in (0, 1)] for name in ("paid", "far") for i in range(4)}
    assert all(x == pytest.approx(0.25, abs=0.02) for name in ("paid", "far") for each in paid[name, 0] for x in each), "before any step"
    untrained, trained = ([paid["paid", i][stop] for i in (1, 2, 3)] for stop in (0, 1))
    assert [round(min(x), 2) for x in trained] == [0.84, 0.96, 0.98] and max(trained[0]) < 0.86
    assert min(untrained[0]) > 0.49 and max(untrained[0]) < 0.53 and min(untrained[2]) > 0.67 and max(untrained[2]) < 0.71
    assert min(paid["far", 1][0]) > 0.68 and max(paid["far", 2][0]) < 0.43


def test_the_tables_have_a_row_for_each() -> None:
    for shown, table in ((show_words(), "words"), (show_grammar(), "grammar"), (show_described(), "described"), (show_walk(), "walk")):
        assert all(f"| {title} |" in shown for title in ROWS[table].values()) and "Made by" in shown
