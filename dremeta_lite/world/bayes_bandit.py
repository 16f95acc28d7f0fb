"""The Bayes-optimal value of a Bernoulli bandit: the most that any agent can collect on average over p(T), whatever it remembers or infers.

With uniform priors everything that was seen is told by the counts of each arm: s times it paid, f times it did not. Those counts are the
states of a known world, in which an arm pays with probability (1 + s) / (2 + s + f), and dynamic programming solves it:

    V(counts, n) = max over arms of  p + p V(counts + a success, n - 1) + (1 - p) V(counts + a failure, n - 1),      V(counts, 0) = 0

Which arm has which counts does not matter for the value, nor how many arms were never tried, beyond one: so states are sorted, and arms
that were never tried left out. That makes 10 pulls of 50 arms a matter of milliseconds.
Source: Bellman, A Problem in the Sequential Design of Experiments, 1956; Duff, Optimal Learning, 2002 ("Bayes-adaptive" processes).
"""

from collections.abc import Iterator

LARGEST = 1_000_000  # states: about ten seconds, and half a gigabyte
LONGEST = 80  # pulls: each is a few calls of the recursion, and Python allows a thousand

Counts = tuple[tuple[int, int], ...]
"""(successes, failures) of every arm that was tried, sorted."""


class BayesBandit:
    """The optimal way to pull k arms n times in all, from every state that can be met.

    Raises:
        ValueError: there are more than a million states, or more than 80 pulls. Ten pulls are possible with any number of arms, 20 with
            five arms, 80 with two.
    """

    def __init__(self, arms: int, pulls: int) -> None:
        if arms < 1 or pulls < 0:
            raise ValueError(f"a bandit has at least one arm and no negative number of pulls, got arms={arms}, pulls={pulls}")
        if pulls > LONGEST:
            raise ValueError(
                f"at most {LONGEST} pulls, got {pulls}. For longer trials world.gittins has indices that are close to optimal."
            )
        if states(arms, pulls) > LARGEST:
            raise ValueError(
                f"{arms} arms and {pulls} pulls have {states(arms, pulls):,} states, which is more than {LARGEST:,}: take fewer of either. "
                "For larger bandits world.gittins has indices that are close to optimal."
            )
        self.arms, self.pulls = arms, pulls
        self._values: dict[Counts, float] = {}

    def value(self, counts: Counts = ()) -> float:
        """What the best agent still collects on average, with the pulls that are left after `counts`; at the start: of the whole trial."""
        if sum(s + f for s, f in counts) >= self.pulls:
            return 0.0
        key = tuple(sorted(pair for pair in counts if pair != (0, 0)))
        if key not in self._values:
            self._values[key] = max(self._pull(key, pair) for pair in self._choices(key))
        return self._values[key]

    def action_values(self, counts: Counts) -> list[float]:
        """For each arm, in the order of `counts` (all k arms): what is collected on average by pulling it now and acting best from then on.
        Raises ValueError: there are not k pairs."""
        if len(counts) != self.arms:
            raise ValueError(f"a state has (successes, failures) of each of the {self.arms} arms, got {len(counts)} pairs")
        tried = tuple(pair for pair in counts if pair != (0, 0))
        values = {pair: self._pull(tried, pair) for pair in set(counts)}
        return [values[pair] for pair in counts]

    def _choices(self, tried: Counts) -> Iterator[tuple[int, int]]:
        """The arms that differ: each pair of counts once, and one arm that was never tried, if there is one."""
        yield from set(tried)
        if len(tried) < self.arms:
            yield (0, 0)

    def _pull(self, tried: Counts, pair: tuple[int, int]) -> float:
        """The value of pulling an arm with these counts."""
        others = list(tried)
        if pair != (0, 0):
            others.remove(pair)
        s, f = pair
        p = (1 + s) / (2 + s + f)
        return p * (1 + self.value((*others, (s + 1, f)))) + (1 - p) * self.value((*others, (s, f + 1)))


def states(arms: int, pulls: int) -> int:
    """How many different states there are, with sorted counts, before the last pull: unordered groups of up to k arms with n - 1 pulls.

    An arm that was pulled j times has j + 1 pairs of counts. Counted by adding one kind of arm after the other.
    """
    last = max(pulls - 1, 0)
    ways = [[0] * (last + 1) for _ in range(min(arms, last) + 1)]  # ways[arms that were tried][pulls so far]
    ways[0][0] = 1
    for j in range(1, last + 1):
        for _ in range(j + 1):
            for tried in range(1, len(ways)):
                for n in range(j, last + 1):
                    ways[tried][n] += ways[tried - 1][n - j]
    return sum(map(sum, ways))


def best_arm(arms: int, pulls: int) -> float:
    """What an oracle collects on average that knows the arms: the largest of k uniform numbers is k / (k + 1) on average."""
    return pulls * arms / (arms + 1)
