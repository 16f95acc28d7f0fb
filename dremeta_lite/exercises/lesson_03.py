"""Notebook 03: Q-learning, from the choice of an action to double DQN. Expected numbers are worked out by hand or by counting."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake, Question, Wrong


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def same_seed_same_draw(answer: Callable[..., Tensor], *arguments: Any) -> None:
    """Two calls with equally seeded generators must agree, and a third with another seed must not."""
    first, again, other = (answer(*arguments, rng(seed)) for seed in (3, 3, 4))
    if not torch.equal(first, again):
        raise Wrong("With the same seed it draws other numbers: every draw needs `generator=rng`, else nobody can repeat a run.")
    if torch.equal(first, other):
        raise Wrong("With another seed it draws the very same numbers. Do you make or seed a generator of your own? Use the given one.")


def near(seen: list[float], n: int, wanted: list[float]) -> bool:
    """Whether the frequencies of n draws are within 5 standard deviations of the wanted ones."""
    return all(abs(s - p) <= 5 * (p * (1 - p) / n) ** 0.5 for s, p in zip(seen, wanted, strict=True))


def frequencies(result: Any, n: int, expected: list[float], known: Sequence[tuple[list[float], str]] = ()) -> str | None:
    """What is wrong with n drawn whole numbers whose frequencies should be these; within 5 standard deviations nothing.

    `known`: frequencies that mistakes lead to, and what to say to each. Draws differ from answer to answer; their frequencies do not.
    """
    if not isinstance(result, Tensor) or result.shape != (n,) or result.is_floating_point() or result.dtype == torch.bool:
        shape = tuple(result.shape) if isinstance(result, Tensor) else type(result).__name__
        return f"expected one whole number for each of {n} rows, a tensor of shape ({n},), got {shape}"
    if result.min() < 0 or result.max() >= len(expected):
        return f"expected numbers from 0 to {len(expected) - 1}, got some from {result.min()} to {result.max()}"
    seen = (torch.bincount(result, minlength=len(expected)) / n).tolist()
    if near(seen, n, expected):
        return None
    says = next((". " + says for wanted, says in known if near(seen, n, wanted)), "")
    return f"expected the frequencies {[round(p, 3) for p in expected]}, got {[round(s, 3) for s in seen]}{says}"


# --- 03.choose_action --------------------------------------------------------------------------------------------------------------


def choose_action(Q: Tensor, epsilon: float, rng: torch.Generator) -> Tensor:
    n, actions = Q.shape
    highest = Q.amax(1, keepdim=True)
    greedy = torch.rand(Q.shape, generator=rng).masked_fill(highest > Q, -torch.inf).argmax(1)
    anything = torch.randint(actions, (n,), generator=rng)
    explore = torch.rand(n, generator=rng) < epsilon
    return torch.where(explore, anything, greedy)


def first_of_ties(Q: Tensor, epsilon: float, rng: torch.Generator) -> Tensor:
    anything = torch.randint(Q.shape[1], (len(Q),), generator=rng)
    return torch.where(torch.rand(len(Q), generator=rng) < epsilon, anything, Q.argmax(1))


def explores_when_it_should_not(Q: Tensor, epsilon: float, rng: torch.Generator) -> Tensor:
    return choose_action(Q, 1 - epsilon, rng)


def one_coin_for_all(Q: Tensor, epsilon: float, rng: torch.Generator) -> Tensor:
    return choose_action(Q, float(torch.rand(1, generator=rng) < epsilon), rng)


def never_the_best_when_exploring(Q: Tensor, epsilon: float, rng: torch.Generator) -> Tensor:
    greedy = choose_action(Q, 0.0, rng)
    other = (greedy + torch.randint(1, Q.shape[1], (len(Q),), generator=rng)) % Q.shape[1]
    return torch.where(torch.rand(len(Q), generator=rng) < epsilon, other, greedy)


def values_not_actions(Q: Tensor, epsilon: float, rng: torch.Generator) -> Tensor:
    return Q.amax(1)


ONE_OF_TIES = "When several actions tie, all rows take the same one. All of the best ones must be equally likely, in each row."
TURNED_ROUND = "ε is the chance of exploring, and here it seems to be that of being greedy."
ONE_COIN = "All rows explore together or not at all. Each row needs a coin of its own."
NEVER_THE_BEST = "A random action is any action, the best one included: it has 1 - ε + ε / (number of actions)."


def choose_cases() -> Iterator[Case]:
    n, many = 6000, torch.ones(6000, 1)
    row = torch.tensor([0.3, 2.0, -1.0, 0.7])
    tied = torch.tensor([1.5, -0.5, 1.5, 1.5, 0.0])

    def case(
        words: str, row: Tensor, epsilon: float, expected: list[float], seed: int, known: Sequence[tuple[list[float], str]] = ()
    ) -> Case:
        return Case(words, (many * row, epsilon, rng(seed)), accept=lambda result, *_: frequencies(result, n, expected, known))

    one_best = [
        ([0.15, 0.55, 0.15, 0.15], TURNED_ROUND),
        ([0.4 / 3, 0.6, 0.4 / 3, 0.4 / 3], NEVER_THE_BEST),
        ([0.0, 1.0, 0.0, 0.0], ONE_COIN),
        ([0.25, 0.25, 0.25, 0.25], ONE_COIN),
    ]
    three_best = [
        ([0.84, 0.04, 0.04, 0.04, 0.04], ONE_OF_TIES),
        ([0.04, 0.04, 0.84, 0.04, 0.04], ONE_OF_TIES),
        ([0.04, 0.04, 0.04, 0.84, 0.04], ONE_OF_TIES),
    ]
    thirds = [0.92 / 3, 0.04, 0.92 / 3, 0.92 / 3, 0.04]
    yield case("ε = 0.4, four actions of which the second is best, 6000 times", row, 0.4, [0.1, 0.7, 0.1, 0.1], 0, one_best)
    yield case("ε = 0.2, five actions of which the first, third and fourth tie", tied, 0.2, thirds, 1, three_best)
    rows = torch.tensor([[1.0, 2.0, 0.0], [5.0, -1.0, 4.0], [0.0, 0.0, 0.1], [-3.0, -2.0, -4.0]])
    yield Case("ε = 0, four different states", (rows, 0.0, rng(2)), expected=torch.tensor([1, 0, 2, 1]))
    yield case("ε = 1, which ignores Q", row, 1.0, [0.25, 0.25, 0.25, 0.25], 3)


def choose_draws_with_the_generator(answer: Callable[..., Tensor]) -> None:
    Q = torch.tensor([[0.0, 1.0, 1.0]]).expand(50, 3)
    same_seed_same_draw(answer, Q, 0.5)


# --- 03.q_target -------------------------------------------------------------------------------------------------------------------


def q_target(reward: Tensor, next_Q: Tensor, terminated: Tensor, truncated: Tensor, gamma: float) -> Tensor:
    best = next_Q.amax(1)
    return reward + gamma * best * (~terminated)


def no_mask(reward: Tensor, next_Q: Tensor, terminated: Tensor, truncated: Tensor, gamma: float) -> Tensor:
    return reward + gamma * next_Q.amax(1)


def truncation_too(reward: Tensor, next_Q: Tensor, terminated: Tensor, truncated: Tensor, gamma: float) -> Tensor:
    return reward + gamma * next_Q.amax(1) * ~(terminated | truncated)


def mask_turned_round(reward: Tensor, next_Q: Tensor, terminated: Tensor, truncated: Tensor, gamma: float) -> Tensor:
    return reward + gamma * next_Q.amax(1) * terminated


def index_for_value(reward: Tensor, next_Q: Tensor, terminated: Tensor, truncated: Tensor, gamma: float) -> Tensor:
    return reward + gamma * next_Q.argmax(1) * ~terminated


def reward_masked(reward: Tensor, next_Q: Tensor, terminated: Tensor, truncated: Tensor, gamma: float) -> Tensor:
    return (reward + gamma * next_Q.amax(1)) * ~terminated


def best_of_the_batch(reward: Tensor, next_Q: Tensor, terminated: Tensor, truncated: Tensor, gamma: float) -> Tensor:
    return reward + gamma * next_Q.max() * ~terminated


def target_cases() -> Iterator[Case]:
    next_Q = torch.tensor([[2.0, 7.0, 1.0], [4.0, 3.0, -1.0], [0.5, 0.2, 9.0], [-2.0, -5.0, -3.0]])
    reward = torch.tensor([1.0, -0.5, 3.0, 0.25])
    goes_on = torch.tensor([False, False, False, False])
    third = torch.tensor([False, False, True, False])
    second = torch.tensor([False, True, False, False])
    yield Case(
        "four steps in the middle of episodes, γ = 0.5", (reward, next_Q, goes_on, goes_on, 0.5), torch.tensor([4.5, 1.5, 7.5, -0.75])
    )
    yield Case("the third step terminates", (reward, next_Q, third, goes_on, 0.5), torch.tensor([4.5, 1.5, 3.0, -0.75]))
    yield Case("the second step is truncated", (reward, next_Q, goes_on, second, 0.5), torch.tensor([4.5, 1.5, 7.5, -0.75]))
    yield Case("the third terminates, and at its horizon, too", (reward, next_Q, third, third, 0.9), torch.tensor([7.3, 3.1, 3.0, -1.55]))


# --- 03.q_update -------------------------------------------------------------------------------------------------------------------


def q_update(Q: Tensor, state: int, action: int, reward: float, next_state: int, terminated: bool, alpha: float, gamma: float) -> Tensor:
    Q = Q.clone()
    worth = 0.0 if terminated else Q[next_state].max()
    target = reward + gamma * worth
    Q[state, action] += alpha * (target - Q[state, action])
    return Q


def replaced(Q: Tensor, state: int, action: int, reward: float, next_state: int, terminated: bool, alpha: float, gamma: float) -> Tensor:
    return q_update(Q, state, action, reward, next_state, terminated, 1.0, gamma)


def same_action(Q: Tensor, state: int, action: int, reward: float, next_state: int, terminated: bool, alpha: float, gamma: float) -> Tensor:
    Q = Q.clone()
    target = reward + gamma * (0.0 if terminated else Q[next_state, action])
    Q[state, action] += alpha * (target - Q[state, action])
    return Q


def whole_row(Q: Tensor, state: int, action: int, reward: float, next_state: int, terminated: bool, alpha: float, gamma: float) -> Tensor:
    Q = Q.clone()
    target = reward + gamma * (0.0 if terminated else Q[next_state].max())
    Q[state] += alpha * (target - Q[state])
    return Q


def never_ends(Q: Tensor, state: int, action: int, reward: float, next_state: int, terminated: bool, alpha: float, gamma: float) -> Tensor:
    return q_update(Q, state, action, reward, next_state, False, alpha, gamma)


def writes_into_the_table(
    Q: Tensor, state: int, action: int, reward: float, next_state: int, terminated: bool, alpha: float, gamma: float
) -> Tensor:
    Q[:] = q_update(Q, state, action, reward, next_state, terminated, alpha, gamma)
    return Q


def added(Q: Tensor, state: int, action: int, reward: float, next_state: int, terminated: bool, alpha: float, gamma: float) -> Tensor:
    Q = Q.clone()
    Q[state, action] += alpha * (reward + gamma * (0.0 if terminated else Q[next_state].max()))
    return Q


def shares_swapped(
    Q: Tensor, state: int, action: int, reward: float, next_state: int, terminated: bool, alpha: float, gamma: float
) -> Tensor:
    return q_update(Q, state, action, reward, next_state, terminated, 1 - alpha, gamma)


def own_state(Q: Tensor, state: int, action: int, reward: float, next_state: int, terminated: bool, alpha: float, gamma: float) -> Tensor:
    Q = Q.clone()
    target = reward + gamma * (0.0 if terminated else Q[state].max())
    Q[state, action] += alpha * (target - Q[state, action])
    return Q


TABLE = torch.tensor([[1.0, -2.0, 4.0], [0.5, 8.0, 3.0], [6.0, 7.0, 2.0]])


def update_cases() -> Iterator[Case]:
    def case(words: str, step: tuple[Any, ...], new: float) -> Case:
        expected = TABLE.clone()
        expected[step[0], step[1]] = new
        return Case(words, (TABLE, *step), expected=expected)

    # by hand: 4 + 0.25 (1 + 0.5 · 8 - 4) = 4.25, then 4 + 0.25 (1 - 4) = 3.25, then 7 + 0.5 (-1 + 0.9 · 7 - 7) = 6.15
    yield case("from state 0 by action 2 to state 1, r = 1, α = 0.25, γ = 0.5", (0, 2, 1.0, 1, False, 0.25, 0.5), 4.25)
    yield case("the same step, but state 1 is terminal", (0, 2, 1.0, 1, True, 0.25, 0.5), 3.25)
    yield case("a step that stays in state 2, r = -1, α = 0.5, γ = 0.9", (2, 1, -1.0, 2, False, 0.5, 0.9), 6.15)


# --- 03.replay_sample --------------------------------------------------------------------------------------------------------------


def replay_sample(memory: Tensor, count: int, batch: int, rng: torch.Generator) -> Tensor:
    filled = min(count, len(memory))
    places = (torch.rand(batch, generator=rng) * filled).long()
    return memory[places]


def beyond_the_filled(memory: Tensor, count: int, batch: int, rng: torch.Generator) -> Tensor:
    return memory[torch.randint(len(memory), (batch,), generator=rng)]


def the_newest(memory: Tensor, count: int, batch: int, rng: torch.Generator) -> Tensor:
    return memory[torch.arange(count - batch, count) % min(count, len(memory))]


def never_the_last(memory: Tensor, count: int, batch: int, rng: torch.Generator) -> Tensor:
    return memory[torch.randint(min(count, len(memory)) - 1, (batch,), generator=rng)]


def columns_apart(memory: Tensor, count: int, batch: int, rng: torch.Generator) -> Tensor:
    filled = min(count, len(memory))
    return torch.stack([column[torch.randint(filled, (batch,), generator=rng)] for column in memory.T], 1)


def one_block(memory: Tensor, count: int, batch: int, rng: torch.Generator) -> Tensor:
    filled = min(count, len(memory))
    first = torch.randint(filled, (1,), generator=rng)
    return memory[(first + torch.arange(batch)) % filled]


def rows(result: Any, n: int, filled: int) -> str | None:
    """The rows of the memory are (i, 10 i, i + 0.5): each must come back whole, from a filled place, and equally often."""
    if not isinstance(result, Tensor) or result.shape != (n, 3):
        return f"expected {n} rows of 3 numbers, got {tuple(result.shape) if isinstance(result, Tensor) else type(result).__name__}"
    if (result == -1).any():
        return f"some rows come from places that nothing was written to: only {filled} are filled"
    i = result[:, 0]
    if not (torch.equal(result[:, 1], 10 * i) and torch.equal(result[:, 2], i + 0.5)):
        return "some rows are put together from several transitions: state, action and reward of a row belong together"
    found = frequencies(i.long(), n, [1 / filled] * filled)
    if found is None and n > 100 and bool((i.diff() % filled == 1).all()):
        return "the rows come in the order in which they lie: a batch of neighbours, not a random one"
    return found


def sample_cases() -> Iterator[Case]:
    for capacity, count, n, seed in ((8, 5, 4000, 0), (6, 20, 4000, 1), (4, 4, 4000, 2)):
        filled = min(count, capacity)
        i = torch.arange(capacity).float()
        memory = torch.stack([i, 10 * i, i + 0.5], 1)
        memory[filled:] = -1
        words = f"room for {capacity}, {count} ever added, a batch of {n}"
        yield Case(words, (memory, count, n, rng(seed)), accept=lambda result, *_, n=n, filled=filled: rows(result, n, filled))


def sample_draws_with_the_generator(answer: Callable[..., Tensor]) -> None:
    same_seed_same_draw(answer, torch.arange(60.0).reshape(30, 2), 30, 40)


# --- 03.soft_update ----------------------------------------------------------------------------------------------------------------


def soft_update(target: dict[str, Tensor], online: dict[str, Tensor], tau: float) -> dict[str, Tensor]:
    return {name: tau * online[name].detach() + (1 - tau) * p for name, p in target.items()}


def tau_swapped(target: dict[str, Tensor], online: dict[str, Tensor], tau: float) -> dict[str, Tensor]:
    return soft_update(online, target, tau)


def just_a_copy(target: dict[str, Tensor], online: dict[str, Tensor], tau: float) -> dict[str, Tensor]:
    return {name: p.clone() for name, p in online.items()}


def only_added(target: dict[str, Tensor], online: dict[str, Tensor], tau: float) -> dict[str, Tensor]:
    return {name: p + tau * online[name] for name, p in target.items()}


def written_into_target(target: dict[str, Tensor], online: dict[str, Tensor], tau: float) -> dict[str, Tensor]:
    for name, p in target.items():
        p += tau * (online[name] - p)
    return target


def gradient_left_on(target: dict[str, Tensor], online: dict[str, Tensor], tau: float) -> dict[str, Tensor]:
    return {name: tau * online[name] + (1 - tau) * p for name, p in target.items()}


def soft_cases() -> Iterator[Case]:
    target = {"weight": torch.tensor([[1.0, 2.0], [-4.0, 8.0]]), "bias": torch.tensor([3.0, 0.0])}
    online = {"weight": torch.tensor([[5.0, 0.0], [4.0, 6.0]]), "bias": torch.tensor([-1.0, 10.0])}
    quarter = {"weight": torch.tensor([[2.0, 1.5], [-2.0, 7.5]]), "bias": torch.tensor([2.0, 2.5])}
    yield Case("τ = 0.25", (target, online, 0.25), expected=quarter)
    yield Case("τ = 1, a plain copy", (target, online, 1.0), expected=online)
    yield Case("τ = 0, which keeps the old ones", (target, online, 0.0), expected=target)


def soft_update_stops_the_gradient(answer: Callable[..., dict[str, Tensor]]) -> None:
    online = {"weight": torch.tensor([2.0], requires_grad=True)}
    updated = answer({"weight": torch.tensor([1.0])}, online, 0.5)["weight"]
    if updated.requires_grad:
        raise Wrong(
            "A gradient leads from θ⁻ back to θ, and grows longer with every update. θ⁻ is a constant: `detach()` what comes from θ."
        )


# --- 03.double_target --------------------------------------------------------------------------------------------------------------


def double_target(reward: Tensor, online_next: Tensor, target_next: Tensor, terminated: Tensor, gamma: float) -> Tensor:
    chosen = online_next.argmax(1, keepdim=True)
    worth = target_next.gather(1, chosen).squeeze(1)
    return reward + gamma * worth * (~terminated)


def plain_target(reward: Tensor, online_next: Tensor, target_next: Tensor, terminated: Tensor, gamma: float) -> Tensor:
    return reward + gamma * target_next.amax(1) * ~terminated


def no_target_network(reward: Tensor, online_next: Tensor, target_next: Tensor, terminated: Tensor, gamma: float) -> Tensor:
    return reward + gamma * online_next.amax(1) * ~terminated


def roles_swapped(reward: Tensor, online_next: Tensor, target_next: Tensor, terminated: Tensor, gamma: float) -> Tensor:
    return double_target(reward, target_next, online_next, terminated, gamma)


def the_smaller_one(reward: Tensor, online_next: Tensor, target_next: Tensor, terminated: Tensor, gamma: float) -> Tensor:
    return reward + gamma * torch.minimum(online_next.amax(1), target_next.amax(1)) * ~terminated


def mask_forgotten(reward: Tensor, online_next: Tensor, target_next: Tensor, terminated: Tensor, gamma: float) -> Tensor:
    return double_target(reward, online_next, target_next, torch.zeros_like(terminated), gamma)


def column(reward: Tensor, online_next: Tensor, target_next: Tensor, terminated: Tensor, gamma: float) -> Tensor:
    return reward + gamma * target_next.gather(1, online_next.argmax(1, keepdim=True)) * ~terminated


def double_cases() -> Iterator[Case]:
    online = torch.tensor([[1.0, 6.0, 2.0], [9.0, 3.0, 4.0], [0.0, -1.0, 5.0]])
    target = torch.tensor([[8.0, 3.0, 5.0], [2.0, 7.0, 1.0], [4.0, 6.0, -2.0]])
    reward = torch.tensor([1.0, -2.0, 0.5])
    no, last = torch.tensor([False, False, False]), torch.tensor([True, False, False])
    yield Case("three steps, γ = 0.5", (reward, online, target, no, 0.5), expected=torch.tensor([2.5, -1.0, -0.5]))
    yield Case("the first one terminates, γ = 0.9", (reward, online, target, last, 0.9), expected=torch.tensor([1.0, -0.2, -1.3]))


EXERCISES = (
    Exercise(
        id="03.q_update",
        title="one update of the table",
        minutes=6,
        stars=1,
        reference=q_update,
        cases=update_cases,
        mistakes=(
            Mistake(replaced, "The entry jumps to the target. It should go a share α of the way only."),
            Mistake(same_action, "You take the next state's value of the *same* action. Q-learning takes that of the best one there."),
            Mistake(shares_swapped, "The shares are swapped: α is that of the target, and 1 - α is left for the old entry."),
            Mistake(own_state, "You take the best value of the state that was left. The future begins in the *next* state."),
            Mistake(whole_row, "The whole row moves. Only the action that was taken has taught us anything."),
            Mistake(never_ends, "After termination nothing follows, so the next state's worth must not count."),
            Mistake(writes_into_the_table, "The argument `Q` was changed"),
            Mistake(added, "You add α times the target. What moves the entry is the *error*: target minus the old entry."),
        ),
        hints=(
            "What would Q(s, a) be if this one step were the whole truth? That is the target.",
            "Copy the table, change one entry: by α times (target - old entry). `Q[next_state].max()` is the worth of the next state.",
            "Q ← copy;  target ← r + γ · (0 if terminated else max of Q's row s');  Q[s, a] ← Q[s, a] + α (target - Q[s, a])",
        ),
        why="Sutton & Barto eq. 6.8. The `max` asks what the next state could be worth, not what the agent does there: off-policy.",
    ),
    Exercise(
        id="03.choose_action",
        title="ε-greedy",
        minutes=8,
        stars=2,
        reference=choose_action,
        cases=choose_cases,
        properties=(choose_draws_with_the_generator,),
        mistakes=(
            Mistake(first_of_ties, ONE_OF_TIES),
            Mistake(explores_when_it_should_not, TURNED_ROUND),
            Mistake(one_coin_for_all, ONE_COIN),
            Mistake(never_the_best_when_exploring, NEVER_THE_BEST),
            Mistake(
                values_not_actions, "These are the values of the best actions; asked for are the actions themselves, as whole numbers."
            ),
        ),
        hints=(
            "How many random decisions does one row need, and how do you tell which actions tie for the best?",
            "`Q.amax(1, keepdim=True) > Q` marks the worse ones. Among the others, the largest of random numbers is a fair choice.",
            "greedy ← argmax of random numbers, with -∞ where Q is below its row's maximum;  anything ← randint;  "
            "explore ← rand < ε;  return anything where explore, else greedy",
        ),
        why=(
            "At the start all values are equal. With a plain argmax the agent then walks in one direction only: ties matter most when "
            "nothing is known. And every draw goes through `rng`, so that a run can be repeated."
        ),
        survivors={
            "greedy = torch.rand(Q.shape, generator=rng).masked_fill(highest > Q, -torch.inf).argmax(1) → "
            "greedy = torch.randn(Q.shape, generator=rng).masked_fill(highest > Q, -torch.inf).argmax(1)": (
                "whichever is the largest: independent draws from any one distribution are equally likely to be it"
            ),
            "explore = torch.rand(n, generator=rng) < epsilon → explore = torch.rand(n, generator=rng) <= epsilon": (
                "a uniform number equals ε with probability 0"
            ),
        },
    ),
    Exercise(
        id="03.q_target",
        title="targets for a batch",
        minutes=6,
        stars=2,
        reference=q_target,
        cases=target_cases,
        mistakes=(
            Mistake(no_mask, "A terminal state has no future: where `terminated` is True the target is the reward alone."),
            Mistake(
                truncation_too, "A truncated episode was cut off by the clock. Its next state keeps its worth: only `terminated` masks."
            ),
            Mistake(mask_turned_round, "The mask is turned round: it keeps the future where there is none, and drops it elsewhere."),
            Mistake(index_for_value, "`argmax` gives the number of the best action; wanted is its value."),
            Mistake(reward_masked, "The reward of the last step counts. Mask the future only, not the sum."),
            Mistake(best_of_the_batch, "You take the maximum over the whole batch. Each row has a next state of its own."),
        ),
        hints=(
            "An episode can end in two ways. After which of them is there really nothing more to earn?",
            "`next_Q.amax(1)` is the best value in each row, and `~terminated` is 1 where the task goes on.",
            "best ← row-wise maximum of next_Q;  return reward + γ · best · (not terminated)",
        ),
        why=(
            "The mask is the most often forgotten line of reinforcement learning. `truncated` is in the signature to tempt you: at the "
            "horizon the agent could have gone on, so its estimate goes on, too."
        ),
    ),
    Exercise(
        id="03.replay_sample",
        title="drawing from the replay buffer",
        minutes=6,
        stars=2,
        reference=replay_sample,
        cases=sample_cases,
        properties=(sample_draws_with_the_generator,),
        mistakes=(
            Mistake(beyond_the_filled, "Rows are drawn that nothing was ever written to. How many are filled when few were added?"),
            Mistake(the_newest, "These are the newest ones, in order. The point of replay is to mix old and new at random."),
            Mistake(never_the_last, "The last place is never drawn: `randint(n, …)` gives numbers below n."),
            Mistake(columns_apart, "Each column is drawn apart from the others. A transition must stay together: one draw a row."),
            Mistake(one_block, "One place is drawn, and its neighbours follow. Neighbours are alike: draw each row for itself."),
        ),
        hints=(
            "`count` goes on growing when the buffer is full. How many rows hold something?",
            "`torch.rand(…) * filled`, cut off by `.long()`, gives places from 0 to filled - 1 (as does `torch.randint`); they index rows.",
            "filled ← the smaller of count and the number of rows;  places ← batch random numbers below filled;  return memory[places]",
        ),
        why="Twice the same row in a batch does no harm. Rows of zeros would: the network would learn that nothing is ever worth anything.",
    ),
    Exercise(
        id="03.soft_update",
        title="moving the target network",
        minutes=6,
        stars=2,
        reference=soft_update,
        cases=soft_cases,
        properties=(soft_update_stops_the_gradient,),
        mistakes=(
            Mistake(tau_swapped, "τ is the share of the *online* network θ: with a small τ the target network hardly moves."),
            Mistake(just_a_copy, "That copies θ whatever τ is. With τ = 0 nothing may change."),
            Mistake(only_added, "θ is added and nothing is taken away: the weights must be τ and 1 - τ, so that θ⁻ ends at θ."),
            Mistake(written_into_target, "The argument `target` was changed"),
            Mistake(gradient_left_on, "A gradient leads from θ⁻ back to θ"),
        ),
        hints=(
            "With τ = 0 nothing moves, with τ = 1 the target network is a copy. What lies between?",
            "A dict comprehension over `target.items()`; `online[name].detach()` is the same number as a constant.",
            "for every name: τ · (online, detached) + (1 - τ) · target",
        ),
        why=(
            "Our DQN copies θ every C updates (Mnih et al. 2015); this smooth form (Lillicrap et al. 2016) moves a bit at every update. "
            "Both do the same: targets that stand still, nearly, while the network learns them."
        ),
    ),
    Exercise(
        id="03.double_target",
        title="the double-DQN target",
        minutes=8,
        stars=3,
        reference=double_target,
        cases=double_cases,
        mistakes=(
            Mistake(plain_target, "The target network chooses *and* judges here: that is plain DQN. Let the online network choose."),
            Mistake(no_target_network, "The target network takes no part. It has to say what the chosen action is worth."),
            Mistake(roles_swapped, "The roles are swapped: the online network chooses, the target network says what that is worth."),
            Mistake(
                the_smaller_one,
                "That is the smaller of two maxima (a trick of a later algorithm). Here one network chooses, the other judges.",
            ),
            Mistake(column, "`gather` gives a column [n, 1], and with a row [n] it spreads to a square. Take the axis away: `squeeze(1)`."),
            Mistake(mask_forgotten, "The step that terminates has no future: mask it."),
        ),
        hints=(
            "Two questions: which action is best, and what is it worth? Who answers which?",
            "`argmax(1, keepdim=True)` of the one, then `gather(1, chosen)` from the other, then `squeeze(1)`.",
            "chosen ← argmax of online_next;  worth ← target_next at chosen;  return reward + γ · worth · (not terminated)",
        ),
        why=(
            "The maximum of noisy estimates is too high on average: whichever is overrated gets chosen. When another network judges, its "
            "errors are not the ones that won the choice (van Hasselt et al. 2016, eq. 4)."
        ),
    ),
)

QUIZ = (
    Question(
        "Q-learning is called off-policy. Why?",
        (
            "its target asks for the best next action, whatever the agent really does next",
            "it needs no policy to collect data",
            "it learns the transition model first",
        ),
        "a",
        (
            "So an agent that explores, or somebody else's data, can teach it the best policy.",
            "Something has to act; ε-greedy does here.",
            "It never learns one: single steps are enough.",
        ),
    ),
    Question(
        "An episode is truncated by its time limit. What is the target of its last step?",
        ("the reward alone", "the reward plus γ times the worth of the state reached", "zero"),
        "b",
        (
            "That is right after a termination. Here the clock has run out, not the task.",
            "The state would have gone on being worth something: bootstrap through truncation.",
            "The reward of the step was earned in any case.",
        ),
    ),
    Question(
        "What is the target network for?",
        ("it explores", "it stores old transitions", "it makes targets that do not move with every update"),
        "c",
        (
            "ε-greedy explores.",
            "The replay buffer does.",
            "Without it each update moves the very numbers that the next one aims at.",
        ),
    ),
    Question(
        "Near a cliff, with ε = 0.1 for ever: which learner's values say that the edge is a bad place?",
        ("Q-learning", "Sarsa and Expected Sarsa", "both", "neither"),
        "b",
        (
            "It values the edge for an agent that takes no random steps: as the shortest way.",
            "They value what the exploring agent really does, and that one falls now and then.",
            "Only on-policy values contain the falls of exploration.",
            "The on-policy ones do contain them.",
        ),
    ),
    Question(
        "Where does Q-learning sit in the source text's four steps (initialise, learn a task, meta-learn, iterate)?",
        ("it is the meta-learning", "it is the initialisation", "it learns ONE task: the inner loop"),
        "c",
        (
            "Nothing here is learned across tasks.",
            "It starts from one: a table of zeros, or random weights.",
            'Step 2, "task learning". What makes it start better on the next task is another loop around it.',
        ),
    ),
)
