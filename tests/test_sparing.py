"""Types and shapes are checked in each test, and no longer after so many calls."""

import pytest
import sparing
import torch
from jaxtyping import TypeCheckError, config

from dremeta_lite.inner.policy_gradient import normalise

ENOUGH, WRONG = torch.ones(2, 3), torch.ones(2, 4)


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.skipif(config.jaxtyping_disable, reason="JAXTYPING_DISABLE=1")
def test_each_test_begins_with_calls_that_are_checked(again: bool) -> None:
    with pytest.raises(TypeCheckError):
        normalise(ENOUGH, WRONG)
    sparing.allow(0)
    for _ in range(sparing.CALLS):
        normalise(ENOUGH, ENOUGH)
    assert config.jaxtyping_disable
    sparing.allow(10)
    with pytest.raises(TypeCheckError):
        normalise(ENOUGH, WRONG)
