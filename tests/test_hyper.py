"""Hyperparameters: every refusal names what was wrong, and the old value stays."""

import doctest
import math
from typing import Any

import numpy as np
import pytest
import traitlets
from hypothesis import given
from hypothesis import strategies as st

from dremeta_lite import hyper
from dremeta_lite.hyper import HyperParameters, Real, Switch, Whole
from dremeta_lite.meta.maml import MAMLHyper
from dremeta_lite.meta.pooled import PooledHyper


class Toy(HyperParameters):
    rate = Real(0.5, low=1e-3, high=10, symbol="α", unit="a step", scale="log", help="length of a step")
    steps = Whole(2, low=1, high=5, symbol="K", help="how many steps")
    second = Switch(True, symbol="∇²", help="look through the gradient")
    plain = Real(0, low=0, high=1, help="has no symbol")


class More(Toy):
    extra = Real(1, low=0, high=2, symbol="ε", help="added by a subclass")


BAD_REALS = [-1, 0, 0.000999, 10.01, math.inf, -math.inf, math.nan, True, "0.5", None, [0.5], 1j]
BAD_WHOLES = [0, 6, -3, 2.0, 2.5, True, "2", None, math.nan, math.inf]
BAD_SWITCHES = [1, 0, "on", None, 1.0]


@pytest.mark.parametrize("value", BAD_REALS, ids=repr)
def test_a_bad_real_is_refused_with_name_symbol_bounds_value_and_meaning(value: object) -> None:
    toy = Toy()
    with pytest.raises(traitlets.TraitError) as caught:
        toy.rate = value
    for part in ("rate", "(α)", "[0.001, 10]", str(value), "length of a step"):
        assert part in str(caught.value)
    assert toy.rate == 0.5


@pytest.mark.parametrize("value", BAD_WHOLES, ids=repr)
def test_a_bad_whole_number_is_refused(value: object) -> None:
    toy = Toy()
    with pytest.raises(traitlets.TraitError) as caught:
        toy.steps = value
    for part in ("steps", "(K)", "[1, 5]", str(value), "how many steps"):
        assert part in str(caught.value)
    assert toy.steps == 2


def test_the_message_says_a_whole_number_when_that_is_what_is_missing() -> None:
    """2.5 lies in [1, 5]: without the words the message would make no sense."""
    with pytest.raises(traitlets.TraitError, match="must be a whole number in"):
        Toy().steps = 2.5
    with pytest.raises(traitlets.TraitError, match=r"must be in \[1, 5\], got 6"):
        Toy().steps = 6
    with pytest.raises(traitlets.TraitError, match="must be a number in"):
        Toy().rate = "fast"
    with pytest.raises(traitlets.TraitError, match=r"must be a number in .* got True"):
        Toy().rate = True
    with pytest.raises(traitlets.TraitError, match="not a number"):
        Toy().rate = math.nan


@pytest.mark.parametrize("value", BAD_SWITCHES, ids=repr)
def test_a_switch_takes_true_and_false_only(value: object) -> None:
    toy = Toy()
    with pytest.raises(traitlets.TraitError, match="second must be True or False, got"):
        toy.second = value
    assert toy.second is True


def test_construction_refuses_in_the_same_way() -> None:
    with pytest.raises(traitlets.TraitError, match=r"rate \(α\) must be in \[0.001, 10\], got -1"):
        Toy(rate=-1)
    with pytest.raises(traitlets.TraitError, match="Toy has no hyperparameter 'rates'; it has rate, steps, second, plain"):
        Toy(rates=1)


@given(st.floats(1e-3, 10))
def test_every_number_inside_the_bounds_is_taken(value: float) -> None:
    assert Toy(rate=value).rate == value


def test_bounds_belong_to_the_interval_and_numbers_are_plain_afterwards() -> None:
    toy = Toy(rate=10, steps=np.int64(5))
    assert (type(toy.rate), toy.rate) == (float, 10.0)
    assert (type(toy.steps), toy.steps) == (int, 5)
    toy.rate = np.float32(0.25)
    assert (type(toy.rate), toy.rate) == (float, 0.25)
    toy.rate = 1e-3
    assert toy.rate == 1e-3


def test_values_names_and_observers() -> None:
    toy = More(steps=3)
    assert toy.values() == {"rate": 0.5, "steps": 3, "second": True, "plain": 0.0, "extra": 1.0}
    assert More.names() == ["rate", "steps", "second", "plain", "extra"]
    heard: list[float] = []
    toy.observe(lambda change: heard.append(change["new"]), "rate")
    toy.rate = 2
    with pytest.raises(traitlets.TraitError):
        toy.rate = -2
    assert heard == [2.0]


def test_two_sets_do_not_share_values() -> None:
    one, other = Toy(), Toy()
    one.rate = 3
    assert other.rate == 0.5


@pytest.mark.parametrize("kind", [Toy, More, MAMLHyper, PooledHyper])
def test_the_table_lists_all(kind: type[HyperParameters]) -> None:
    header, rule, *rows = kind.table().splitlines()
    assert header.count("|") == rule.count("|") == 7
    assert [row.split("`")[1] for row in rows] == kind.names()
    for name, row in zip(kind.names(), rows, strict=True):
        trait: Any = kind.class_traits()[name]
        assert trait.symbol in row and trait.help in row and row.count("|") == 7
    assert "| `rate` | α | 0.5 | 0.001 … 10 | a step | length of a step |" in Toy.table()
    assert "| `second` | ∇² | on | off / on |  | look through the gradient |" in Toy.table()


@pytest.mark.parametrize("kind", [MAMLHyper, PooledHyper])
def test_every_hyperparameter_of_the_learners_has_a_meaning_and_a_default_inside_its_bounds(kind: type[HyperParameters]) -> None:
    for name in kind.names():
        trait: Any = kind.class_traits()[name]
        assert trait.help and trait.symbol
        setattr(kind(), name, trait.default_value)  # validation refuses a default outside its bounds


def test_the_example_in_the_documentation_is_true() -> None:
    result = doctest.testmod(hyper, optionflags=doctest.ELLIPSIS)
    assert result.attempted >= 2 and result.failed == 0
