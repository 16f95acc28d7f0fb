"""What quizzes claim in numbers is computed here: by the reference solutions where there are any, else step by step."""

import itertools
import math
from fractions import Fraction

import pytest
import torch
from torch.func import grad

from dremeta_lite.exercises import find, questions
from dremeta_lite.exercises.exercise import LETTERS
from dremeta_lite.inner import td_target
from dremeta_lite.tasks.spiral import SpiralMaze
from dremeta_lite.world import break_even_discount

t = torch.tensor


def right(place: str) -> str:
    question = questions(place[:2])[int(place[3]) - 1]
    return question.choices[LETTERS.index(question.right)]


def unknown_arm_first(pulls: int, known: Fraction, paid: int = 0, not_paid: int = 0) -> Fraction:
    """The value of pulling an arm with a uniform chance now, and of going on as well as possible, beside an arm whose chance is known."""
    p = Fraction(1 + paid, 2 + paid + not_paid)
    after = lambda *counts: max(pulls - 1 and unknown_arm_first(pulls - 1, known, *counts), (pulls - 1) * known)
    return p * (1 + after(paid + 1, not_paid)) + (1 - p) * after(paid, not_paid + 1)


def hill(theta: torch.Tensor) -> torch.Tensor:
    return -0.5 * (theta - 4).square()


def full_and_first(c: float, alpha: float) -> tuple[float, float]:
    """On a hill with its top at 0, from the θ whose φ has slope -1: that is φ = 1 / c."""
    theta = 1 / c / (1 - alpha * c)
    return find("06.hill_meta_gradient").reference(theta, alpha, c, 0.0, c, 0.0)


MATRIX = t([[-3.0, -60, -70], [-58, -4, -66], [-72, -62, -2]])
HOME, ELSEWHERE = (float(x) for x in find("05.transfer_gap").reference(MATRIX))
BELIEF = t([0.5, 0.5]) * t([0.8, 0.2]) ** 2
GAPS = find("10.gap_closed").reference(t([[25.0]]), -5.0, 35.0).item()
TOLD = t([[0.0, -99, -99, -99], [-99, 0.0, -99, -99], [-99, -99, 0.0, 0.0], [-99, -99, 0.0, 0.0]])
NATS = find("11.skill_reward").reference(TOLD, torch.arange(4), torch.full((4,), 0.25)).mean()
REGRET = find("10.episode_regret").reference(t([[3.0, 6, 9, 11]]), t([[4.0, 11, 11, 11]]))
DIFFERENCES = t([0.9, -0.4, 1.0])
MEAN, ERROR = (float(x) for x in find("10.paired_difference").reference(DIFFERENCES, torch.zeros(3)))
FULL, FIRST = full_and_first(3.0, 0.5)
SAMPLES = [t([3.0 - b, 1.0 - b]) * t([0.5, -0.5]) for b in (0, 2)]
ACTIONS = torch.linspace(-2, 2, 401)
TARGETS = find("03.q_target").reference(t([1.0] * 3), t([[10.0, 3]] * 3), t([False, True, False]), t([False, False, True]), 0.9).tolist()
FED = find("07.rl2_input").reference(t([2, 0]), t([1.0, 0.0]), t([True, True]), 3)[1].int().tolist()
AFTER, _ = find("09.weights_after").reference(t([[2.0]]), t([6.0]), t([1.0]), t([1.0]), 2.0)
BETAS = [(1 + s) / (2 + n) for s, n in ((2, 3), (1, 1))]

SUREST = find("12.belief_after").reference(t([1.0]), 0.02, 1.0).item()  # nothing is seen in this step: what the belief was before it looked
SIX = find("15.product_inputs").reference(t([0]), t([0]), t([1.0]), 6, 6)
BOUND = find("15.recall").reference(t([[1.0, 0.0], [0.6, 0.8]]), t([[10.0], [-5.0]]), t([True, True]), t([0.6, 0.8]))
MUMBLED = find("15.description_value").reference(t([0, 0, 0, 1]), t([12.0, 8.0]), 8.0)
ORDERS = t([*itertools.permutations(range(4))])
WIF = find("15.language_posterior").reference(ORDERS, t([0, 1]), t([0, 0]), t([False, False]), t([True, True]))[ORDERS[:, 2] == 0].sum()

KL = lambda var, prior: find("08.kl_gaussians").reference(t([0.0]), t([var]).log(), t([0.0]), t([prior]).log()).item()
conv_cost = find("14.conv_cost").reference


def conv_side(size: int) -> int:
    """Of what a convolution of 3 with stride 2 and padding 1 makes of a picture."""
    return round((conv_cost(size, 1, 1, 3, 2, 1) / 9) ** 0.5)


COMPUTED = {
    "00.2": f"about {100 * (40 - 12) / (40 - 2):.0f} %",
    "00.5": f"it gains {39 - 13} in tasks that are new to it",
    "01.1": f"{find('01.discounted_return').reference([-0.04, -0.04, 1.0], 0.5):.3f}",
    "01.2": f"{find('01.bootstrap_target').reference(t([1.0]), t([5.0]), t([False]), t([True]), 0.9).item():.1f}",
    "01.3": f"from {break_even_discount(near=(1, 2), far=(2, 5)):.2f} on",
    "01.4": f"{100 * round(0.2 / 0.05) ** 2 - 100}",
    "02.1": f"{(6 * 2 + 3 * 1 + 1 * 0) / 10:.1f}",
    "02.2": f"step {next(k for k in range(1, 99) if 0.01 * 2 ** (k - 1) > 1)}",
    "03.1": f"{find('03.q_update').reference(t([[2.0, 0], [4, 0]]), 0, 0, 1.0, 1, False, 0.5, 0.9)[0, 0].item():.1f}",
    "03.2": "{:.0f}, {:.0f} and {:.0f}".format(*TARGETS),
    "03.4": f"{0.9 * -0.4 + 0.1 * (-0.4 - 1.0 - 0.5 - 0.5) / 4:.2f}",
    "04.1": f"the mean stays {SAMPLES[1].mean():.1f}, the variance falls to {SAMPLES[1].var(correction=0):.0f}",
    "04.2": f"about {10 * (0.5 / (1 / 20)) ** 2:.0f} pulls",
    "04.3": f"{find('04.returns_to_go').reference(t([1.0, 2.0, 4.0]), 0.5)[1].item():.1f}",
    "04.4": f"{1 + 0.99 * 80 - 75:.1f}",
    "04.5": f"{find('04.clipped_objective').reference(t([1.5]).log(), torch.zeros(1), t([-2.0]), 0.2).item():.1f}, and a gradient pulls",
    "04.6": f"{1 + 0.5 * 2 + 0.5**2 * 4:.0f}",
    "05.3": f"about {HOME - ELSEWHERE:.0f}",
    "05.4": f"left in all of them: {max(0.5 * p + 0.3 * (1 - p) for p in (0, 0.5, 1)):.1f}",
    "05.5": f"a = {ACTIONS[sum((1 - sign * ACTIONS) ** 2 for sign in (1, -1)).argmin()].abs():.1f}",  # pyright: ignore[reportAttributeAccessIssue]
    "06.1": f"{grad(lambda x: hill(x + 0.5 * grad(hill)(x)))(t(0.0)).item():.1f}",
    "06.3": f"full {FULL:+.1f}, first order {FIRST:+.1f}",
    "06.6": f"{1 / 4} along x, {1 / 1} along y",
    "07.2": f"{FED}",
    "07.3": f"arm {1 + BETAS.index(max(BETAS))}, by {max(BETAS):.2f} against {min(BETAS):.2f}",
    "07.4": f"{float(unknown_arm_first(2, Fraction(6, 10))):.2f}",
    "08.1": f"1/{21 - 7}, then 1/{21 - 8}",
    "08.2": f"{BELIEF[0] / BELIEF.sum():.2f}",
    "08.3": f"that to B, taken in {100 * 0.3:.0f} %",
    "08.4": f"{1.9 - 1.7:.1f} nats",
    "08.6": f"{KL(0.25, 1.0):.2f} and then {KL(1.0, 0.25):.2f} nats",
    "08.7": f"{-10.0 - -12.5:.1f} nats",
    "09.1": f"{AFTER[0].item():.2f}",
    "09.2": f"step {next(k for k in range(1, 999) if (100 - k) / (100 + k) < 0)}",
    "09.3": f"by {1.2 - (find('09.next_state').reference(t([0.0, 7.5]), t(1.2), 0.05, 8.0)[1].item() - 7.5):.1f}",
    "10.2": f"{100 * GAPS:.0f} %",
    "10.3": f"{REGRET[2]:.0f}",
    "10.4": f"{100 * 10} at equal time, {100 * 5} at equal steps",
    "10.6": f"in {sum(sum(draw) == 90 for draw in itertools.product((30, 30, 36), repeat=3))} of {3**3} draws",
    "10.5": "not shown" if 2 * ERROR > MEAN else "yes",
    "11.1": f"{(1 - 0.02) / 0.02:.0f} times as steep",
    "11.2": f"{NATS.item():.2f}, which lies between",
    "11.3": f"{2 * 0.9 * (1 - 0.9):.2f}",
    "12.2": f"after {next(n for n in range(1, 99) if 3.0 ** (20 - n) <= 1)} steps",
    "12.3": f"{SUREST / (1 - SUREST):.0f} to 1",
    "17.3": f"{find('17.trials_needed').reference(1.0, 5.0, 401) / find('17.trials_needed').reference(1.0, 5.0, 101):.0f} times",
    "17.5": f"about {100 * (25 - 18) / 25:.0f} %",
    "13.1": f"{sum(range(1, 61))} and {sum(i * (i + 1) // 2 for i in range(1, 61))}",
    "13.2": f"{find('13.imitated_policy').reference(t([0.1] * 10), t([0] * 7 + [1] * 3), 2)[0]:.1f} if drawn, 1 if greedy",
    "11.4": f"about {100 * SpiralMaze().free.sum().item() / SpiralMaze().side ** 2:.1f}",
    "14.2": f"{(1 + 2 + 3 + 3) / 4:.2f} tests",
    "14.3": f"{conv_cost(12, 6, 6, 3, 1, 1) // conv_cost(conv_side(12), 6, 6, 3, 2, 1)} times",
    "14.5": f"about {10e6 / 4 / 3500 / 60:.0f} minutes",
    "15.1": f"1/{1 / WIF.item():.0f}",
    "15.2": f"{SIX.shape[1]} numbers",
    "15.3": f"exactly {BOUND.item():.0f}",
    "15.4": f"worth {MUMBLED.item():.0f}",
}


@pytest.mark.parametrize("place", COMPUTED)
def test_the_right_answer_is_what_comes_out(place: str) -> None:
    assert COMPUTED[place] in right(place)
    question = questions(place[:2])[int(place[3]) - 1]
    assert sum(COMPUTED[place] == choice or COMPUTED[place] in choice for choice in question.choices) <= 2


def test_what_the_reasons_say_in_passing() -> None:
    """Numbers in reasons, and facts about learners that no single number says."""
    assert [x.tolist() for x in SAMPLES] == [[1.5, -0.5], [0.5, 0.5]] and SAMPLES[0].var(correction=0) == 1
    assert math.isclose(DIFFERENCES.std().item(), 0.78, abs_tol=0.005) and math.isclose(ERROR, 0.45, abs_tol=0.005)
    assert math.isclose(ELSEWHERE, -64.7, abs_tol=0.05) and math.isclose(MATRIX.mean().item(), -44.1, abs_tol=0.05)
    assert max(2 * Fraction(6, 10), unknown_arm_first(2, Fraction(6, 10))) == Fraction(6, 5)
    assert unknown_arm_first(4, Fraction(6, 10)) > 4 * Fraction(6, 10), "with more pulls exploring pays"
    slope = grad(lambda x: find("04.clipped_objective").reference(x, torch.zeros(1), t([-2.0]), 0.2))(t([1.5]).log())
    assert slope.item() == pytest.approx(-3.0), "the term's gradient pulls the likelihood down"
    assert td_target(t(1.0), t(10.0), t(True), 0.9).item() == 1.0


def test_without_a_step_maml_is_pooled_training_and_reptile_does_nothing() -> None:
    tops, theta = t([[1.0, 0.0], [-0.5, 0.8]]), t([0.3, 0.4])
    J = lambda x, top: -(x - top).square().sum()
    pooled = grad(lambda x: (J(x, tops[0]) + J(x, tops[1])) / 2)(theta)
    assert torch.allclose(find("06.batch_meta_gradient").reference(J, theta, tops, 0.0), pooled)
    assert torch.equal(find("06.reptile_update").reference(J, theta, tops, 0.0, 3, 0.5), theta)
