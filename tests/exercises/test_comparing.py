"""Comparison of what was expected with what came: strict about values and shape, not about form, and clear about the difference."""

import array
from collections import OrderedDict
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from dremeta_lite.exercises.comparing import difference, fresh, show


class Pair(NamedTuple):
    a: torch.Tensor
    b: float


SAME = [
    (1.5, 1.5 + 1e-7),
    (1.5, torch.tensor(1.5)),
    (1.5, np.float32(1.5)),
    (2, 2.0),
    (True, np.bool_(True)),
    (torch.ones(2), torch.ones(2) + 1e-7),
    (torch.tensor([1, 2]), torch.tensor([1, 2])),
    (torch.tensor([float("nan")]), torch.tensor([float("nan")])),
    (np.ones(2), np.ones(2)),
    ((1.0, torch.ones(1)), [1.0, torch.ones(1)]),
    ({"a": 1.0}, {"a": 1.0}),
    ("text", "text"),
    (None, None),
    (float("inf"), float("inf")),
    (True, 1),
    (1.0, True),
    (3, Fraction(3)),
    (2.5, Decimal("2.5")),
    (2.0, 2 + 0j),
    (torch.ones(2), np.ones(2)),
    (torch.ones(2), torch.ones(2).double()),
    (torch.ones(2), torch.ones(2).half()),
    (torch.ones(2), [1, 1.0]),
    (torch.ones(2), (torch.tensor(1), np.float32(1))),
    (torch.ones(2), torch.ones(2).to_sparse()),
    (torch.ones(2), np.array([1, 1.0], dtype=object)),
    (torch.ones(2), np.array([1.0, 0.0, 1.0])[::-2]),
    (torch.ones(2), np.ones(2, dtype=np.longdouble)),
    (torch.ones(2), array.array("d", [1, 1])),
    (torch.arange(3), range(3)),
    (torch.tensor([0, 2]), [0.0, 2.0]),
    (torch.zeros(2, 3), [[0] * 3, torch.zeros(3)]),
    (torch.zeros(0), []),
    (torch.ones(()), 1),
    (np.ones((2, 1)), torch.ones(2, 1)),
    ((1.0, 2.0), torch.tensor([1.0, 2.0])),
    ((1.0, 2.0), Pair(torch.tensor(1.0), 2)),
    ([torch.ones(3), torch.zeros(3)], torch.tensor([[1, 1, 1], [0, 0, 0]])),
    ({"a": 1.0, "b": [2]}, OrderedDict(b=(2.0,), a=torch.tensor(1))),
    ({1: 1.0}, {np.int64(1): 1.0}),
    ({"a": 1.0}, {np.str_("a"): 1.0}),
    ({0: 1.0, 1: 2.0}, {torch.tensor(0): 1.0, torch.tensor(1): 2.0}),
    (torch.tensor([2.0**70, 1.0]), [2**70, 1]),
]
DIFFERENT = [
    (1.5, 1.6, "Expected 1.5, got 1.6"),
    (1.5, "1.5", "a number"),
    (1.5, torch.ones(1), r"a number, 1.5, got \[1\]"),
    (True, 2, "Expected True, got 2"),
    (True, "yes", "True or False"),
    (1.0, 1 + 2j, "a number, 1, got"),
    (7.0, 10**400, "got a whole number of about 400 digits|got inf"),
    (1.0, None, "return"),
    (torch.ones(2), 1.0, "a tensor of shape"),
    (torch.ones(2), [[1.0], [1.0]], r"shape \(2,\), got shape \(2, 1\)"),
    (torch.ones(2), [1.0, [1.0, 1.0]], r"a tensor of shape \(2,\), got \[1, \[1, 1\]\]"),
    (torch.ones(2), {"a": 1.0}, r"a tensor of shape \(2,\), got \{'a': 1\}"),
    (torch.ones(2), np.array(["1", "1"]), "a tensor of shape"),
    (torch.ones(2), torch.ones(2, device="meta"), "a tensor of shape"),
    (torch.ones(1), 1.0, r"a tensor of shape \(1,\), got 1"),
    (torch.tensor([0, 1]), torch.tensor([0.0, 1.5]), "expected 1, got 1.5"),
    (torch.tensor([1 / 3]), torch.tensor([1 / 3]).half(), r"got \[0.3332\d*\].*float16.*three digits"),
    (torch.tensor([1 / 3]), torch.tensor([0.4]).half(), r"got \[0.3999\d*\]\.$"),
    (torch.ones(2), torch.ones(2, 1), r"shape \(2,\), got shape \(2, 1\)"),
    (torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 3.0]]), r"At \[0, 1\]: expected 2, got 3"),
    (torch.ones(1), torch.tensor([float("nan")]), "nan"),
    (torch.ones(100), torch.zeros(100), r"The shape \(100,\) is right, but all 100 values differ, most at \[0\]: expected 1, got 0\."),
    (
        torch.arange(25.0).reshape(5, 5),
        torch.arange(25.0).reshape(5, 5).T,
        r"20 of the 25 values differ, most at \[0, 4\]: expected 4, got 20",
    ),
    (np.zeros(30), np.eye(30)[7], r"1 of the 30 values differs, at \[7\]: expected 0, got 1\."),
    (
        torch.zeros(2, 15),
        torch.zeros(2, 15).index_fill(1, torch.tensor([4]), torch.nan),
        r"2 of the 30 .* at \[0, 4\]: expected 0, got nan",
    ),
    (
        torch.full((30,), torch.nan),
        torch.full((30,), torch.nan).index_fill(0, torch.tensor([3]), 5.0),
        r"1 of the 30 .* \[3\]: expected nan, got 5",
    ),
    (torch.arange(26.0), torch.tensor([9.0, -torch.inf, *range(2, 26)]), r"2 of the 26 .* most at \[1\]: expected 1, got -inf"),
    (torch.ones(26, dtype=torch.bool), torch.arange(26) != 5, r"1 of the 26 values differs, at \[5\]: expected True, got False"),
    ((1.0, 2.0), (1.0, 3.0), "In part 2 of 2: Expected 2"),
    (10.0, 10.0003, "Expected 10, got 10.0003"),
    (torch.tensor([1.0, 10.0]), torch.tensor([1.0, 10.0003]), r"At \[1\]: expected 10, got 10.0003"),
    ((1.0, 2.0), 1.0, "2 things"),
    ((1.0, 2.0), torch.tensor([1.0, 2.0, 3.0]), r"2 things, \(1, 2\), got one tensor, \[1, 2, 3\]"),
    ({"a": 1.0}, {"b": 1.0}, "'a' is missing"),
    ({"a": 1.0}, {"a": 1.0, "b": 1.0}, "'b' is one too many"),
    ({"a": 1.0}, {"a": 2.0}, "In 'a': Expected 1"),
    ({"a": 1.0}, 3, "a dict with 'a'"),
    ("text", "test", "'text'"),
]


@pytest.mark.parametrize(("expected", "got"), SAME)
def test_the_same(expected: Any, got: Any) -> None:
    assert difference(expected, got, 1e-5) is None


@pytest.mark.parametrize(("expected", "got", "says"), DIFFERENT)
def test_different(expected: Any, got: Any, says: str) -> None:
    import re

    found = difference(expected, got, 1e-5)
    assert found is not None and re.search(says, found), found


def test_a_fresh_copy_shares_nothing() -> None:
    rng = torch.Generator().manual_seed(3)
    original = {"x": [torch.ones(2, requires_grad=True)], "pair": Pair(torch.zeros(1), 2.0), "array": np.ones(2), "rng": rng}
    copy = fresh(original)
    assert copy["x"][0].requires_grad and isinstance(copy["pair"], Pair)
    with torch.no_grad():
        copy["x"][0] += 1
    copy["pair"].a.add_(1)
    copy["array"] += 1
    torch.rand(3, generator=copy["rng"])
    assert original["x"][0].tolist() == [1, 1] and original["pair"].a.item() == 0 and original["array"].tolist() == [1, 1]
    assert torch.rand(1, generator=rng) == torch.rand(1, generator=torch.Generator().manual_seed(3))
    assert fresh(print) is print


def test_values_are_shown_briefly() -> None:
    assert show(torch.tensor([[0.1234567, 2.0]])) == "[[0.12346, 2]]"
    assert show((1, [2.5], {"a": True})) == "(1, [2.5], {'a': True})"
    assert show(print) == "the function print"
    assert len(show("x" * 500)) == 120
