"""The picture of two rewards says where the best policy goes."""

from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.views.discounting import DiscountHyper, DiscountView


def test_two_rewards_say_where_the_best_policy_goes() -> None:
    hyper = DiscountHyper()
    view = DiscountView(hyper)
    picture = Picture(view)
    for discount, words in (
        (0.5, "is worth 0.250 at the start, +3 in step 6 is worth 0.094. The best policy goes left"),
        (0.9, "goes right"),
    ):
        hyper.discount = discount
        assert picture.draw(None).startswith(b"\x89PNG")  # type: ignore[arg-type]
        assert words in view.summary() and "the same at γ = 0.693" in view.summary()
    hyper.discount = 1.0
    picture.draw(None)  # type: ignore[arg-type]
    assert "goes right" in view.summary()
    hyper.discount = 0.0
    picture.draw(None)  # type: ignore[arg-type]
    assert "goes either way" in view.summary() and picture.redraws == 1
