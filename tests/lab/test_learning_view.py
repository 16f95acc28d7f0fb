"""The learning curve and its sides: they draw what the learner says, in pictures and in words."""

import io
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

from dremeta_lite.inner.actor_critic import A2C
from dremeta_lite.inner.ppo import PPO
from dremeta_lite.inner.recurrent import RecurrentPPO
from dremeta_lite.inner.reinforce import Reinforce
from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.runner import Runner
from dremeta_lite.lab.touch import Refused
from dremeta_lite.lab.views.curves import Functions, show_curves
from dremeta_lite.lab.views.learning import CartSide, LearningCurveView, MapSide, cart_yardsticks, navigation_heights
from dremeta_lite.tasks.cartpole import CartPole, hidden_velocity
from dremeta_lite.tasks.navigation import Navigation2D

CART, PLANE = CartPole(), Navigation2D()
SMALL: dict[str, Any] = {"steps": 8, "episodes": 4, "hidden": (8, 8)}
SHOWN = {
    "REINFORCE": (lambda seed: Reinforce(CART, seed=seed, episodes=2), CartSide, CART),
    "A2C": (lambda seed: A2C(CART, seed=seed, **SMALL), CartSide, CART),
    "memory": (lambda seed: RecurrentPPO(hidden_velocity(), seed=seed, **SMALL), CartSide, hidden_velocity()),
    "map, actor-critic": (lambda seed: PPO(PLANE, seed=seed, **SMALL), MapSide, PLANE),
    "map, REINFORCE": (lambda seed: Reinforce(PLANE, seed=seed, episodes=2), MapSide, PLANE),
}


@pytest.mark.parametrize(("make", "side", "family"), SHOWN.values(), ids=SHOWN)
def test_every_learner_can_be_shown_before_and_while_it_trains(make: Any, side: Any, family: Any) -> None:
    yardsticks = navigation_heights(family) if isinstance(family, Navigation2D) else cart_yardsticks(family)
    view = LearningCurveView(side(), yardsticks)
    runner, picture = Runner(make, 0), Picture(view)
    first = picture.draw(runner)
    assert view.summary().startswith("Nothing has been trained yet.")
    runner.run(3)
    later = picture.draw(runner)
    assert first != later and Image.open(io.BytesIO(later)).size == (1200, 487)
    assert view.summary().startswith(f"Iteration 3: return {runner.history[-1]['return']:.1f}.")
    assert all(name in view.summary() for name in yardsticks)
    curve: Any = view.parts[0]
    x, y = curve.series["return"]
    assert np.array_equal(x, [1, 2, 3]) and np.array_equal(y, [numbers["return"] for numbers in runner.history])


def test_looking_does_not_change_the_training(same_state: Any) -> None:
    watched, alone = (Runner(lambda seed: PPO(CART, seed=seed, **SMALL), 0) for _ in range(2))
    picture = Picture(LearningCurveView(CartSide(), cart_yardsticks(CART)))
    for _ in range(3):
        watched.run(1)
        picture.draw(watched)
        alone.run(1)
    assert same_state(watched.learner.state_dict(), alone.learner.state_dict())


def test_the_words_say_how_the_episode_ended() -> None:
    """A policy that always pushes to the right lets the pole fall to the left; a hand-made balancer is still up at the end."""
    side = CartSide()
    Picture(LearningCurveView(side, cart_yardsticks(CART)))
    learner = Reinforce(CART)
    balance = lambda s: (s @ s.new_tensor([0.1, 0.3, 3.0, 1.0]) > 0).long()
    always_right = lambda s: torch.ones(len(s), dtype=torch.long)
    for act, words in ((always_right, "the pole fell"), (balance, "still up when time was over")):
        learner.watch = lambda episodes, act=act: act  # type: ignore[method-assign]
        runner = Runner(lambda seed, learner=learner: learner, 0)
        side.update(runner)
        assert words in side.words()
        tilt = side.time.series["pole's tilt"][1]
        assert tilt[-1] < -1 if act is always_right else len(tilt) == 501


def test_the_yardsticks_of_cartpole_and_of_one_navigation_task() -> None:
    """Random play of CartPole-v1 lasts about 22 steps (sd 12; 200 episodes: four standard errors are 3.4). The goal lies 0.5 away."""
    heights = cart_yardsticks(CART)
    assert heights["random policy"] == pytest.approx(22.3, abs=3.4) and (heights["solved"], heights["perfect"]) == (475, 500)
    heights = navigation_heights(PLANE)
    assert heights["standing still"] == pytest.approx(-50, abs=1e-3) and -1.5 < heights["oracle"] < -0.5


def test_curves_are_drawn_beside_each_other(shown: list[Any]) -> None:
    x = [0.0, 1.0, 2.0]
    show_curves("One.", x, {"a": {"y": x}}, "x", "y")
    show_curves("Two.", x, {"a": {"y": x, "z": x[::-1]}, "b": {"y": x}}, "x", "y", marks={"here": 1.0})
    one, two = (image.data for image in shown)
    assert one != two and Image.open(io.BytesIO(two)).size == (1200, 400) and shown[1].alt == "Two."
    part, axes = Functions(x, {"y": x}, {"here": 1.0}, xlabel="x"), Figure().add_subplot()
    part.setup(axes)
    part.update(None)
    assert [text.get_text().strip() for text in axes.texts] == ["here"] and part.series["y"].tolist() == [x, x]


@pytest.mark.parametrize(
    ("curve", "corner"),
    [("rising late", (1, True)), ("falling at the mark", (1, True)), ("high on both sides", (1, False)), ("a step up", (1, False))],
)
def test_the_name_of_a_mark_is_written_where_the_curves_leave_room(curve: str, corner: tuple[int, bool]) -> None:
    x = list(range(41))
    heights = {
        "rising late": [0.0] * 30 + [1.0] * 11,
        "falling at the mark": [1.0] * 20 + [0.0] * 21,
        "high on both sides": [0.0] + [1.0] * 40,
        "a step up": [0.0] * 20 + [1.0] * 21,
    }
    assert Functions(x, {"y": heights[curve]}, {"here": 20}, xlabel="x").corner(20) == corner


def test_shown_curves_have_their_words(capsys: pytest.CaptureFixture[str]) -> None:
    show_curves("A straight line.", [0.0, 1.0], {"a": {"y": [0.0, 1.0]}}, xlabel="x", ylabel="y")
    assert "Described" in capsys.readouterr().out


def balanced(side: CartSide, still: Any) -> Any:
    """The runner of a hand-made balancer whose episode the side shows."""
    learner = Reinforce(CART)
    learner.watch = lambda episodes: still  # type: ignore[method-assign]
    runner = Runner(lambda seed: learner, 0)
    side.update(runner)
    return runner


def test_the_line_of_time_shows_the_cart_as_it_was_and_a_push_there_is_answered() -> None:
    """What the balancer does after a push follows from the state of that moment, so the episode up to it stays as it was."""
    side = CartSide()
    picture = Picture(LearningCurveView(side, cart_yardsticks(CART)))
    runner = balanced(side, lambda s: (s @ s.new_tensor([0.1, 0.3, 3.0, 1.0]) > 0).long())
    picture.draw(runner)
    before = side.time.series["pole's tilt"][1].copy()
    with pytest.raises(Refused, match="First drag the line of time"):
        side.push(1.0)
    (line,) = side.time.handles
    assert line.at == (10.0, 0.0) and line.axes == (0,)
    line.moved(2.0, 0.0)  # type: ignore[misc]
    assert side.at == 100 and side.time.handles[0].at == (2.0, 0.0) and side.cart.x == side.seen[100, 0]
    assert "2.00 s of 10.00 s" in side.cart.ending.get_text()
    side.cart.clicked(side.cart.x + 1, 0.5)  # type: ignore[misc]
    after = side.time.series["pole's tilt"][1]
    assert side.pushes == {100: 0.5} and "What if its pole is pushed to the right at 2.00 s?" in side.words()
    assert np.array_equal(after[:101], before[:101]) and after[102] > before[102] + 0.5 * 0.02 / CART.tilt / 2
    assert len(after) == 501, "half a radian a second is caught"
    side.cart.pressed("ArrowLeft")  # type: ignore[misc]
    assert side.pushes == {} and np.array_equal(side.time.series["pole's tilt"][1], before)
    line.moved(99.0, 0.0)  # type: ignore[misc]
    assert side.at is None and "still up when time was over" in side.cart.ending.get_text()


def test_a_new_learner_is_pushed_by_nobody() -> None:
    side = CartSide()
    picture = Picture(LearningCurveView(side, cart_yardsticks(CART)))
    balance = lambda s: (s @ s.new_tensor([0.1, 0.3, 3.0, 1.0]) > 0).long()
    picture.draw(balanced(side, balance))
    side.look(1.0)
    side.push(-1.0)
    balanced(side, balance)
    assert side.pushes == {} and side.at is None
