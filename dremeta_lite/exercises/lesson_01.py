"""Notebook 01: states, actions, rewards, returns and values, on numbers that can be checked by hand."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake, Question

# --- 01.bootstrap_target ----------------------------------------------------------------------------------------------------------------


def bootstrap_target(reward: Tensor, next_value: Tensor, terminated: Tensor, truncated: Tensor, discount: float) -> Tensor:
    return reward + discount * next_value.masked_fill(terminated, 0.0)


def cut_at_every_end(reward: Tensor, next_value: Tensor, terminated: Tensor, truncated: Tensor, discount: float) -> Tensor:
    return reward + discount * next_value.masked_fill(terminated | truncated, 0.0)


def never_cut(reward: Tensor, next_value: Tensor, terminated: Tensor, truncated: Tensor, discount: float) -> Tensor:
    return reward + discount * next_value


def cut_at_truncation(reward: Tensor, next_value: Tensor, terminated: Tensor, truncated: Tensor, discount: float) -> Tensor:
    return reward + discount * next_value.masked_fill(truncated, 0.0)


def nothing_after_the_end(reward: Tensor, next_value: Tensor, terminated: Tensor, truncated: Tensor, discount: float) -> Tensor:
    return (reward + discount * next_value).masked_fill(terminated, 0.0)


def target_cases() -> Iterator[Case]:
    reward, value = torch.tensor([1.0, -0.5, 2.0, 0.25]), torch.tensor([4.0, 6.0, -3.0, 8.0])
    terminated, truncated = torch.tensor([False, True, False, True]), torch.tensor([False, False, True, True])
    expected = torch.tensor([1 + 0.9 * 4, -0.5, 2 - 0.9 * 3, 0.25])
    tried = "four steps with γ = 0.9: one that goes on, one terminated, one truncated, one both"
    yield Case(tried, (reward, value, terminated, truncated, 0.9), expected=expected)
    one = torch.tensor([True])
    yield Case("one truncated step with γ = 0.5", (torch.ones(1), 3 * torch.ones(1), ~one, one, 0.5), expected=torch.tensor([2.5]))


# --- 01.softmax_policy ------------------------------------------------------------------------------------------------------------------


def softmax_policy(preference: Tensor, temperature: float) -> Tensor:
    scaled = preference / temperature
    weight = torch.exp(scaled - scaled.amax(-1, keepdim=True))
    return weight / weight.sum(-1, keepdim=True)


def without_temperature(preference: Tensor, temperature: float) -> Tensor:
    return softmax_policy(preference, 1.0)


def temperature_upside_down(preference: Tensor, temperature: float) -> Tensor:
    return softmax_policy(preference, 1 / temperature)


def overflowing(preference: Tensor, temperature: float) -> Tensor:
    weight = torch.exp(preference / temperature)
    return weight / weight.sum(-1, keepdim=True)


def one_sum_for_all(preference: Tensor, temperature: float) -> Tensor:
    weight = torch.exp((preference - preference.amax()) / temperature)
    return weight / weight.sum()


def over_the_states(preference: Tensor, temperature: float) -> Tensor:
    return torch.softmax(preference / temperature, 0)


def one_largest_for_all(preference: Tensor, temperature: float) -> Tensor:
    scaled = preference / temperature
    weight = torch.exp(scaled - scaled.amax())
    return weight / weight.sum(-1, keepdim=True)


def softmax_cases() -> Iterator[Case]:
    a, b = math.log(2.0), math.log(5.0)
    yield Case("log 2, log 5 and 0 at temperature 1", (torch.tensor([a, b, 0.0]), 1.0), expected=torch.tensor([2, 5, 1]) / 8)
    yield Case("log 2, log 5 and 0 at temperature 0.5", (torch.tensor([a, b, 0.0]), 0.5), expected=torch.tensor([4, 25, 1]) / 30)
    table = torch.tensor([[a, 0.0, a], [0.0, 3 * a, b]])
    expected = torch.tensor([[2 / 5, 1 / 5, 2 / 5], [1 / 14, 8 / 14, 5 / 14]])
    yield Case("two states with three actions each", (table, 1.0), expected=expected)
    huge = torch.tensor([1000.0, 999.0, -1000.0])
    sure = 1 / (1 + math.exp(-1))
    yield Case("preferences of 1000, 999 and -1000", (huge, 1.0), expected=torch.tensor([sure, 1 - sure, 0.0]))
    both, third = torch.stack([huge, torch.zeros(3)]), 1 / 3
    expected = torch.tensor([[sure, 1 - sure, 0.0], [third, third, third]])
    yield Case("the same beside a state whose preferences are all 0", (both, 1.0), expected=expected)


# --- 01.discounted_return ---------------------------------------------------------------------------------------------------------------


def discounted_return(rewards: list[float], discount: float) -> float:
    G = 0.0
    for r in reversed(rewards):
        G = r + discount * G
    return G


def one_power_too_many(rewards: list[float], discount: float) -> float:
    return sum(discount ** (t + 1) * r for t, r in enumerate(rewards))


def undiscounted(rewards: list[float], discount: float) -> float:
    return sum(rewards)


def forwards(rewards: list[float], discount: float) -> float:
    G = 0.0
    for r in rewards:
        G = r + discount * G
    return G


def times_t(rewards: list[float], discount: float) -> float:
    return sum(discount * t * r for t, r in enumerate(rewards))


def return_cases() -> Iterator[Case]:
    yield Case("the rewards 3, -1, 8, 2 with γ = 0.5", ([3.0, -1.0, 8.0, 2.0], 0.5), expected=3 - 0.5 + 2 + 0.25)
    series = (1 - 0.9**20) / (1 - 0.9)
    yield Case("twenty rewards of 1 with γ = 0.9 (a geometric series)", ([1.0] * 20, 0.9), expected=series)
    yield Case("3, -1, 8 with γ = 1: the plain sum", ([3.0, -1.0, 8.0], 1.0), expected=10.0)
    yield Case("3, -1, 8 with γ = 0: the first reward alone", ([3.0, -1.0, 8.0], 0.0), expected=3.0)
    yield Case("no reward at all", ([], 0.9), expected=0.0)


# --- 01.masked_returns ------------------------------------------------------------------------------------------------------------------


def masked_returns(reward: Tensor, terminated: Tensor, discount: float) -> Tensor:
    over = terminated.cumsum(dim=1) - terminated.long() > 0
    weight = discount ** torch.arange(reward.shape[1])
    return (reward * weight).masked_fill(over, 0.0).sum(dim=1)


def nothing_masked(reward: Tensor, terminated: Tensor, discount: float) -> Tensor:
    return (reward * discount ** torch.arange(reward.shape[1])).sum(dim=1)


def last_reward_lost(reward: Tensor, terminated: Tensor, discount: float) -> Tensor:
    alive = terminated.cumsum(dim=1) == 0
    return (reward * discount ** torch.arange(reward.shape[1]) * alive).sum(dim=1)


def one_step_masked(reward: Tensor, terminated: Tensor, discount: float) -> Tensor:
    return (reward * discount ** torch.arange(reward.shape[1]) * ~terminated).sum(dim=1)


def masked_but_not_discounted(reward: Tensor, terminated: Tensor, discount: float) -> Tensor:
    over = terminated.cumsum(dim=1) - terminated.long() > 0
    return reward.masked_fill(over, 0.0).sum(dim=1)


def until_a_second_end(reward: Tensor, terminated: Tensor, discount: float) -> Tensor:
    alive = terminated.cumsum(dim=1) <= 1
    return (reward * discount ** torch.arange(reward.shape[1]) * alive).sum(dim=1)


def ends_taken_from_one(reward: Tensor, terminated: Tensor, discount: float) -> Tensor:
    alive = 1 - terminated.cumsum(dim=1) + terminated.long()
    return (reward * discount ** torch.arange(reward.shape[1]) * alive).sum(dim=1)


def up_to_argmax(reward: Tensor, terminated: Tensor, discount: float) -> Tensor:
    over = torch.arange(reward.shape[1]) > terminated.int().argmax(dim=1, keepdim=True)
    return (reward * discount ** torch.arange(reward.shape[1])).masked_fill(over, 0.0).sum(dim=1)


def masked_cases() -> Iterator[Case]:
    reward = torch.tensor([[1.0, 2.0, 4.0, 8.0], [3.0, -1.0, 99.0, 99.0], [-2.0, 99.0, 99.0, 99.0]])
    terminated = torch.tensor([[False, False, False, False], [False, True, False, False], [True, False, True, False]])
    expected = torch.tensor([1 + 1 + 1 + 1.0, 3 - 0.5, -2.0])
    tried = "three trajectories with γ = 0.5; the rewards of 99 come after the end"
    yield Case(tried, (reward, terminated, 0.5), expected=expected)
    last = torch.tensor([[False, False, True]])
    yield Case("one that terminates in its last step, γ = 1", (torch.tensor([[1.0, 2.0, 5.0]]), last, 1.0), expected=torch.tensor([8.0]))


# --- 01.mean_and_error ------------------------------------------------------------------------------------------------------------------


def mean_and_error(returns: Tensor) -> tuple[Tensor, Tensor]:
    n = len(returns)
    return returns.mean(), returns.std() / n**0.5


def spread_not_error(returns: Tensor) -> tuple[Tensor, Tensor]:
    return returns.mean(), returns.std()


def over_n(returns: Tensor) -> tuple[Tensor, Tensor]:
    return returns.mean(), returns.std() / len(returns)


def variance_used(returns: Tensor) -> tuple[Tensor, Tensor]:
    return returns.mean(), returns.var() / len(returns) ** 0.5


def squared_error(returns: Tensor) -> tuple[Tensor, Tensor]:
    return returns.mean(), returns.var() / len(returns)


def biased(returns: Tensor) -> tuple[Tensor, Tensor]:
    return returns.mean(), returns.std(correction=0) / len(returns) ** 0.5


def error_cases() -> Iterator[Case]:
    # 1, 2, 3, 6: mean 3, squared distances 4 + 1 + 0 + 9 = 14, so σ² = 14/3, and σ/√4
    few = (torch.tensor(3.0), torch.tensor(math.sqrt(14 / 3) / 2))
    yield Case("the returns 1, 2, 3, 6", (torch.tensor([1.0, 2.0, 3.0, 6.0]),), expected=few)
    # 0 and 10, 50 times each: mean 5, squared distances 25 · 100, so σ² = 2500/99
    many = (torch.tensor(5.0), torch.tensor(math.sqrt(2500 / 99) / 10))
    yield Case("fifty returns of 0 and fifty of 10", (torch.tensor([0.0, 10.0] * 50),), expected=many)


# --- 01.policy_value --------------------------------------------------------------------------------------------------------------------


def policy_value(P: Tensor, R: Tensor, policy: Tensor, discount: float) -> Tensor:
    P_pi = torch.einsum("sa,san->sn", policy, P)
    R_pi = (policy * R).sum(dim=1)
    identity = torch.eye(len(R_pi), dtype=P.dtype)
    return torch.linalg.solve(identity - discount * P_pi, R_pi)


def rewards_not_weighed(P: Tensor, R: Tensor, policy: Tensor, discount: float) -> Tensor:
    P_pi = torch.einsum("sa,san->sn", policy, P)
    return torch.linalg.solve(torch.eye(len(P), dtype=P.dtype) - discount * P_pi, R.sum(dim=1))


def without_discount(P: Tensor, R: Tensor, policy: Tensor, discount: float) -> Tensor:
    return policy_value(P, R, policy, 1.0)


def best_actions_only(P: Tensor, R: Tensor, policy: Tensor, discount: float) -> Tensor:
    V = torch.zeros_like(R[:, 0])
    for _ in range(300):
        V = (R + discount * P @ V).amax(dim=1)
    return V


def every_action_alike(P: Tensor, R: Tensor, policy: Tensor, discount: float) -> Tensor:
    return policy_value(P, R, torch.full_like(policy, 1 / policy.shape[1]), discount)


def turned_round(P: Tensor, R: Tensor, policy: Tensor, discount: float) -> Tensor:
    P_pi = torch.einsum("sa,san->ns", policy, P)
    return torch.linalg.solve(torch.eye(len(P), dtype=P.dtype) - discount * P_pi, (policy * R).sum(dim=1))


def one_step_only(P: Tensor, R: Tensor, policy: Tensor, discount: float) -> Tensor:
    return (policy * R).sum(dim=1)


def plus_instead(P: Tensor, R: Tensor, policy: Tensor, discount: float) -> Tensor:
    P_pi = torch.einsum("sa,san->sn", policy, P)
    return torch.linalg.solve(torch.eye(len(P), dtype=P.dtype) + discount * P_pi, (policy * R).sum(dim=1))


def small_world() -> tuple[Tensor, Tensor, Tensor]:
    """Three states, two actions; the last state is terminal."""
    P = torch.tensor([[[0.2, 0.5, 0.3], [0.0, 0.9, 0.1]], [[0.6, 0.3, 0.1], [0.1, 0.2, 0.7]], [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]])
    R = torch.tensor([[1.0, -2.0], [0.5, 3.0], [0.0, 0.0]])
    policy = torch.tensor([[0.7, 0.3], [0.1, 0.9], [0.5, 0.5]])
    return P.double(), R.double(), policy.double()


def summed_rewards(P: Tensor, R: Tensor, policy: Tensor, discount: float, steps: int) -> list[float]:
    """The definition itself, in plain Python: follow the probabilities of being in each state, and add up discounted expected rewards."""
    p, r, pi = P.tolist(), R.tolist(), policy.tolist()
    n, values = len(p), []
    for start in range(n):
        where, value = [float(s == start) for s in range(n)], 0.0
        for t in range(steps):
            value += discount**t * sum(where[s] * pi[s][a] * r[s][a] for s in range(n) for a in range(2))
            where = [sum(where[s] * pi[s][a] * p[s][a][k] for s in range(n) for a in range(2)) for k in range(n)]
        values.append(value)
    return values


def value_cases() -> Iterator[Case]:
    P, R, policy = small_world()
    for discount in (0.9, 0.4, 0.0):
        expected = torch.tensor(summed_rewards(P, R, policy, discount, 200), dtype=torch.float64)
        yield Case(f"three states, two actions, γ = {discount}", (P, R, policy, discount), expected=expected)
    one = torch.ones(1, 1, 1, dtype=torch.float64)
    forever = torch.tensor([20.0], dtype=torch.float64)
    yield Case("a reward of 2 for ever, γ = 0.9: 2 / (1 - γ)", (one, 2 * one[0], one[0], 0.9), expected=forever)


EXERCISES = (
    Exercise(
        id="01.bootstrap_target",
        title="terminated or truncated",
        minutes=6,
        stars=1,
        reference=bootstrap_target,
        cases=target_cases,
        mistakes=(
            Mistake(cut_at_every_end, "You cut the future off at truncation, too. The clock ran out; the world did not end: V(s') counts."),
            Mistake(never_cut, "You never cut the future off. After termination there is none: V(s') must not count."),
            Mistake(
                cut_at_truncation,
                "It is the wrong flag: you cut off where the episode was truncated. Only termination is the world's own end.",
            ),
            Mistake(nothing_after_the_end, "The reward of the terminating step is lost. It was paid; only what comes after it is 0."),
        ),
        hints=(
            "Of the two flags, which one says that no reward can follow, whatever anybody does?",
            "The reward always counts. γ V(s') counts unless `terminated`. `x.masked_fill(mask, 0.0)` writes zeros where the mask is True.",
            "future ← next_value, with 0 where terminated;  return reward + discount · future",
        ),
        why=(
            "`truncated` is not used at all, and that is the point: where the clock stops the episode, the estimate V(s') stands for the "
            "rewards that would have followed. Many programs use one flag `done` for both, and so learn that time running out is a wall."
        ),
    ),
    Exercise(
        id="01.softmax_policy",
        title="preferences become probabilities",
        minutes=8,
        stars=2,
        reference=softmax_policy,
        cases=softmax_cases,
        mistakes=(
            Mistake(without_temperature, "The temperature changes nothing. Divide the preferences by it first."),
            Mistake(
                temperature_upside_down,
                "The temperature is upside down: a low one must make the best action surer. Divide, do not multiply.",
            ),
            Mistake(
                overflowing, "exp(1000) is infinite, and infinity by infinity is nan. Subtract the largest preference of each state first."
            ),
            Mistake(one_sum_for_all, "All states share one sum. Each state's own probabilities must add up to 1: sum over the last axis."),
            Mistake(
                over_the_states, "Each column adds up to 1: you sum over the states. Sum over the last axis, the actions of one state."
            ),
            Mistake(
                one_largest_for_all,
                "You subtract the largest preference of all states. In the other state every exp is then 0, and 0 by 0 is nan. "
                "Each row needs a largest of its own.",
            ),
        ),
        hints=(
            "What must the probabilities of one state add up to? And what happens to exp(x) when x is 1000?",
            "exp(x - c) / Σ exp(x - c) is the same for every c, so choose c as the largest x of the state. `keepdim=True` keeps the axis.",
            "x ← preference / temperature;  w ← exp(x - largest x of each row);  return w / (sum of w over the last axis)",
        ),
        why=(
            "Equal preferences give equal probabilities, a low temperature nearly the greedy policy, a high one nearly the uniform policy. "
            "`torch.softmax(preference / temperature, -1)` does the same; the subtraction is what it does inside. "
            "Sutton and Barto have it as eq. 13.2 (with temperature 1)."
        ),
    ),
    Exercise(
        id="01.discounted_return",
        title="the discounted return",
        minutes=5,
        stars=1,
        reference=discounted_return,
        cases=return_cases,
        mistakes=(
            Mistake(
                one_power_too_many, "All your weights have one factor γ too many: the first reward counts in full, with γ to the power 0."
            ),
            Mistake(undiscounted, "That is the plain sum. Where does γ come in?"),
            Mistake(forwards, "You go through the rewards forwards, so that the last one counts in full. Begin at the end."),
            Mistake(times_t, "You multiply γ by t. It is γ to the power of t."),
        ),
        hints=(
            "How much does the first reward count, and how much the third?",
            "Either add up γ^t · r_t, or go backwards with G_t = r_t + γ G_{t+1} (eq. 3.9), beginning with 0 after the end.",
            "G ← 0;  for each reward r, from the last to the first: G ← r + discount · G;  return G",
        ),
        why=(
            "Going backwards needs no powers, and on its way it meets the return from *every* step on. The same line, with V in the place "
            "of G_{t+1}, will be the target of Q-learning (notebook 03) and the heart of advantage estimates (04)."
        ),
    ),
    Exercise(
        id="01.masked_returns",
        title="many trajectories at once",
        minutes=10,
        stars=3,
        reference=masked_returns,
        cases=masked_cases,
        mistakes=(
            Mistake(nothing_masked, "Rewards from after the end are counted. Where a trajectory is over, its numbers mean nothing."),
            Mistake(last_reward_lost, "The reward of the terminating step itself is missing: an episode is over only after that step."),
            Mistake(one_step_masked, "You leave out the terminating step and count what comes after it: just the other way round."),
            Mistake(masked_but_not_discounted, "The mask is right, but γ is missing."),
            Mistake(
                until_a_second_end,
                "Behind the first end the count of ends stays at 1, so these steps still count. Look at the ends *before* each step.",
            ),
            Mistake(
                ends_taken_from_one,
                "Behind a second True your weight falls below 0. Ask only whether there was an end before: yes or no.",
            ),
            Mistake(up_to_argmax, "A row without any True has no end, and all of it counts. (argmax gives 0 for such a row.)"),
        ),
        hints=(
            "In which steps is a trajectory over? Is the terminating step itself one of them?",
            "`terminated.cumsum(dim=1)` counts the ends up to and including each step. A step is over if an end came *before* it.",
            "over ← (ends up to this step) - (end in this step) > 0;  weight ← γ^t;  sum over time of reward · weight where not over",
        ),
        why=(
            "In a tensor [trajectory, time] all rows are equally long; episodes are not. A mask says which numbers count. "
            "`masked_fill` is safer than a product: 0 · nan is nan. `Trajectories.mask` of the package is this mask: 1 where a step counts."
        ),
    ),
    Exercise(
        id="01.mean_and_error",
        title="an estimate and its standard error",
        minutes=5,
        stars=1,
        reference=mean_and_error,
        cases=error_cases,
        mistakes=(
            Mistake(spread_not_error, "That is how far single returns spread. The average of n of them spreads less: divide by √n."),
            Mistake(over_n, "You divide by n. The variance of an average is σ²/n, so its root is σ/√n."),
            Mistake(variance_used, "That is the variance over √n. Take the root of it first."),
            Mistake(squared_error, "That is σ²/n, the variance of the average. The standard error is its root."),
            Mistake(biased, "Divide the squared distances by n - 1: the average was made from the same returns. It is torch's default."),
        ),
        hints=(
            "How does the spread of an average depend on how many numbers it is made from?",
            "σ = `returns.std()`, which divides by n - 1. The standard error is σ/√n.",
            "n ← number of returns;  return their mean, their standard deviation / √n",
        ),
        why="Never report an average return without it. Half the error costs four times the episodes; a tenth costs a hundred times.",
    ),
    Exercise(
        id="01.policy_value",
        title="the exact value of a policy",
        minutes=10,
        stars=2,
        reference=policy_value,
        cases=value_cases,
        mistakes=(
            Mistake(every_action_alike, "Your policy takes every action equally often. Weigh the actions with the `policy` that is given."),
            Mistake(turned_round, "P_π is transposed: row s must hold where one gets to *from* s."),
            Mistake(one_step_only, "That is the expected reward of one step. The value also has γ V of the state that follows."),
            Mistake(plus_instead, "Look at the sign: V = R_π + γ P_π V. What is it when all V are on one side?"),
            Mistake(rewards_not_weighed, "R is only summed. Weigh the reward of each action with its probability, as you did with P."),
            Mistake(without_discount, "γ is missing, and without it these equations have no single solution: (I - γ P_π) V = R_π."),
            Mistake(best_actions_only, "That is what the best actions are worth. Here the policy is given: average over it, no max."),
        ),
        hints=(
            "If the policy is fixed, how likely is the next state, and how large is the expected reward, from each state?",
            "P_π[s, s'] = Σ_a π(a|s) P[s, a, s'] and R_π[s] = Σ_a π(a|s) R[s, a]. Then bring V = R_π + γ P_π V to the form A V = b, "
            "for `torch.linalg.solve(A, b)`.",
            'P_pi ← einsum("sa,san->sn");  R_pi ← sum over a of policy · R;  solve (I - γ P_pi) V = R_pi',
        ),
        why=(
            "The Bellman equation (Sutton and Barto, eq. 4.4) is as many linear equations as there are states. Solving them needs P and R: "
            "a model of the world. Monte Carlo needs neither, and pays with noise."
        ),
    ),
)

QUIZ = (
    Question(
        "The source text says that the reward is 'the return after the model performs an action'. What is right?",
        (
            "It is right: reward and return are two words for one thing.",
            "A reward is one number for one step; a return is the sum of rewards over many steps.",
            "A reward is the average of many returns.",
        ),
        "b",
        (
            "They differ as soon as an episode has two steps. An agent that wants the next reward only has no reason to take a detour.",
            "And with a discount it is the weighted sum, with weights 1, γ, γ², …",
            "The expected return is called a value; a reward is what the environment pays in one step.",
        ),
    ),
    Question(
        "An episode is stopped after 50 steps because its time is up. What do you use as the value of what would have followed?",
        ("0, since the episode is over", "the last reward once more", "an estimate V(s') of the state that was reached"),
        "c",
        (
            "That is right for termination. Here the world goes on, and only the observation of it stops.",
            "Rewards of the past are no estimate of the future.",
            "This is called bootstrapping: truncation cuts the data, not the value.",
        ),
    ),
    Question(
        "+1 comes in step 3, or +3 in step 6. From which γ on is it worth waiting?",
        ("from about 0.69 on: the cube root of 1/3", "from 1/3 on", "always: 3 is more than 1", "from 0.5 on"),
        "a",
        (
            "γ² · 1 = γ⁵ · 3 holds at γ³ = 1/3.",
            "That would be right if it were one step of waiting. It is three, so the cube root is needed.",
            "At γ = 0.5 they are worth 0.25 and 0.094.",
            "At γ = 0.5 the near one is worth more: 0.25 against 0.094.",
        ),
    ),
    Question(
        "A Monte-Carlo estimate from 100 episodes has a standard error of 0.02. How many episodes are needed for 0.01?",
        ("200", "400", "1000", "10 000"),
        "b",
        (
            "Twice as many episodes divide the error by √2 only.",
            "The error falls like 1/√n: half of it costs four times the episodes.",
            "Ten times as many divide it by √10, about 3.2: more than is needed.",
            "A hundred times as many divide it by 10.",
        ),
    ),
    Question(
        "What is a policy?",
        (
            "the list of actions that reached the goal",
            "the rule by which the environment finds the next state",
            "the sum of rewards that an agent expects",
            "for each state, a probability for each action",
        ),
        "d",
        (
            "A list does not say what to do in a state that it does not lead through, for example after a slip.",
            "That is the transition model, f or p(s' | s, a). It belongs to the environment.",
            "That is a value. It depends on the policy.",
            "A rule that always takes one action is the special case with probabilities 0 and 1.",
        ),
    ),
)
