"""The quizzes of the course: each is complete, and none can be passed by looks."""

import math
import re
from collections.abc import Callable
from statistics import mean, median

import pytest

from dremeta_lite.exercises import LESSONS, Question, questions, second_half, shuffled
from dremeta_lite.exercises.exercise import LETTERS

COURSE = [question for lesson in LESSONS for question in questions(lesson)]
ABSOLUTE = r"always|never|only|all|every|each|none|nothing|nobody|no|any|both|must|cannot|exact(?:ly)?|whatever"
HEDGING = r"about|nearly|mostly|may|might|can|could|often|usually|some|likely|hardly|perhaps|rather|little|most|as a rule"


def words(text: str) -> set[str]:
    return {word for word in re.findall(r"[^\W_]+", text.lower()) if len(word) > 2}


def numbers(text: str) -> float:
    """The first number in a text, 0 if there is none."""
    found = re.search(r"-?\d+(?:\.\d+)?(?:/\d+)?", text)
    top, _, bottom = found[0].partition("/") if found else ("0", "", "")
    return float(top) / float(bottom or 1)


def off_the_middle(values: list[float]) -> list[float]:
    return [-abs(value - median(values)) for value in values]


Rule = Callable[[Question], list[float]]
RULES: dict[str, Rule] = {
    "length": lambda q: [len(choice) for choice in q.choices],
    "middling length": lambda q: off_the_middle([len(choice) for choice in q.choices]),
    "words": lambda q: [len(choice.split()) for choice in q.choices],
    "absolute words": lambda q: [len(re.findall(rf"\b(?:{ABSOLUTE})\b", choice)) for choice in q.choices],
    "hedging words": lambda q: [len(re.findall(rf"\b(?:{HEDGING})\b", choice)) for choice in q.choices],
    "negations": lambda q: [len(re.findall(r"\b(?:no|not|none|nothing|never|nobody|without)\b", choice)) for choice in q.choices],
    "words of the question": lambda q: [len(words(choice) & words(q.text)) for choice in q.choices],
    "like the other choices": lambda q: [mean(len(words(x) & words(y)) for y in q.choices if y is not x) for x in q.choices],
    "commas and colons": lambda q: [len(re.findall(r"[,:;]", choice)) for choice in q.choices],
    "the number": lambda q: [numbers(choice) for choice in q.choices],
    "a number in the middle": lambda q: off_the_middle([numbers(choice) for choice in q.choices]),
    "round numbers": lambda q: [-len(str(numbers(choice)).rstrip("0.")) for choice in q.choices],
    **{f"always {letter}": lambda q, letter=letter: [float(other == letter) for other in LETTERS[: len(q.choices)]] for letter in LETTERS},
}


def hits(rule: Rule, sign: int, course: list[Question]) -> float:
    """How many answers are right, on average, if one of those with the largest score is taken (sign -1: the smallest)."""
    expected = 0.0
    for question in course:
        scores = [sign * score for score in rule(question)]
        best = [letter for letter, score in zip(LETTERS, scores, strict=False) if score == max(scores)]
        expected += (question.right in best) / len(best)
    return expected


def luck(at_least: float, n: int) -> float:
    """How often a blind guesser has so many of n right, or more: the tail of the binomial distribution with p = 1/4."""
    return sum(math.comb(n, k) * 3 ** (n - k) for k in range(math.ceil(at_least - 1e-9), n + 1)) / 4**n


@pytest.mark.parametrize("sign", [1, -1], ids=["most", "least"])
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_guessing_by_looks_is_no_better_than_chance(rule: Rule, sign: int) -> None:
    """Each question has four choices. A blind guesser has X of n right, and X is binomial with p = 1/4, exactly: guesses are independent.

    A rule says from the looks of the choices which one to take (one of several at random where it cannot tell them apart), and turned round
    it says what to keep away from. No rule, either way round, may have more right over the course than a blind guesser has by the luck of
    one in ten: P(X >= hits) >= 0.1. With 50 questions that is up to 16, where chance has 12.5.
    """
    assert luck(hits(rule, sign, COURSE), len(COURSE)) >= 0.1


def test_the_test_sees_a_quiz_that_gives_itself_away() -> None:
    """The longest is right in 23 of 30, or "b" in 20 of 50: such a course would fail."""
    told = [Question("?", ("no", "a long and careful sentence", "not so", "never"), "b", ("",) * 4)] * 23
    fair = [Question("?", ("one", "two", "six", "ten"), letter, ("",) * 4) for letter in "acd" * 2] + told[:1]
    for name in ("length", "words", "always b"):
        assert luck(hits(RULES[name], 1, told + fair), 30) < 1e-6
    assert luck(hits(RULES["negations"], -1, told + fair), 30) < 1e-6
    assert luck(20, 50) < 0.02 < 0.1 <= luck(16, 50) and luck(17, 50) < 0.1 and luck(0, 50) == 1


def test_a_quiz_has_at_least_five_questions_with_four_choices_and_every_choice_is_explained() -> None:
    assert len({question.text for question in COURSE}) == len(COURSE) >= 5 * len(LESSONS)
    for lesson in LESSONS:
        assert len(questions(lesson)) >= 5 and 2 <= second_half(lesson) <= len(questions(lesson)) + 1
        assert len({question.right for question in questions(lesson)}) > 1, "always the same letter is no quiz"
    for question in COURSE:
        assert len(question.choices) == len(set(question.choices)) == len(question.why) == len(LETTERS)
        assert question.right in LETTERS and all(len(why) > 15 for why in question.why)


def test_choices_are_about_equally_long() -> None:
    """Within a question, so that none stands out."""
    uneven = {q.text: q.choices for q in COURSE if max(map(len, q.choices)) > 1.25 * min(map(len, q.choices)) + 2}
    assert not uneven


def test_the_order_is_the_same_for_all_and_keeps_choice_and_reason_together() -> None:
    assert questions("06") == questions("06")
    one = Question("?", ("w", "x", "y", "z"), "c", ("W", "X", "Y", "Z"))
    orders = [shuffled(one, str(seed)) for seed in range(24)]
    assert {other.right for other in orders} == set(LETTERS) and shuffled(one, "7") == orders[7]
    for other in orders:
        assert other.choices[LETTERS.index(other.right)] == "y" and [choice.upper() for choice in other.choices] == list(other.why)
