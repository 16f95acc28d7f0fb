"""Notebook 04: the policy gradient, against closed forms, enumeration and finite differences."""

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake, Question, Wrong

# --- 04.score ---------------------------------------------------------------------------------------------------------------------------


def score(logits: Tensor, action: int) -> Tensor:
    chosen = torch.zeros_like(logits)
    chosen[action] = 1
    return chosen - logits.softmax(-1)


def score_upside_down(logits: Tensor, action: int) -> Tensor:
    return -score(logits, action)


def score_without_the_others(logits: Tensor, action: int) -> Tensor:
    chosen = torch.zeros_like(logits)
    chosen[action] = 1
    return chosen


def score_of_the_chosen_alone(logits: Tensor, action: int) -> Tensor:
    return score(logits, action) * score_without_the_others(logits, action)


def slope_of_the_probability(logits: Tensor, action: int) -> Tensor:
    return logits.softmax(-1)[action] * score(logits, action)


def score_of_a_sigmoid(logits: Tensor, action: int) -> Tensor:
    chosen = torch.zeros_like(logits)
    chosen[action] = 1
    return chosen - torch.sigmoid(logits)


def log_softmax_by_hand(logits: list[float], action: int) -> float:
    return logits[action] - math.log(sum(math.exp(x) for x in logits))


def score_cases() -> Iterator[Case]:
    for logits, action in (([0.3, -1.2, 0.8], 1), ([2.0, 0.0], 0), ([0.1, 0.4, -0.2, 1.1], 3)):
        slopes, h = [], 1e-5
        for i in range(len(logits)):
            up, down = ([x + sign * h * (i == j) for j, x in enumerate(logits)] for sign in (1, -1))
            slopes.append((log_softmax_by_hand(up, action) - log_softmax_by_hand(down, action)) / (2 * h))
        yield Case(f"logits {logits}, action {action}", (torch.tensor(logits), action), expected=torch.tensor(slopes))


# --- 04.returns_to_go -------------------------------------------------------------------------------------------------------------------


def returns_to_go(rewards: Tensor, discount: float) -> Tensor:
    returns = torch.empty_like(rewards)
    later = 0.0
    for t in reversed(range(len(rewards))):
        later = rewards[t] + discount * later
        returns[t] = later
    return returns


def the_whole_return(rewards: Tensor, discount: float) -> Tensor:
    return returns_to_go(rewards, discount)[:1].expand(len(rewards)).clone()


def discounted_from_the_start(rewards: Tensor, discount: float) -> Tensor:
    powers = discount ** torch.arange(len(rewards))
    return (rewards * powers).flip(0).cumsum(0).flip(0)


def returns_so_far(rewards: Tensor, discount: float) -> Tensor:
    return returns_to_go(rewards.flip(0), discount).flip(0)


def without_its_own_reward(rewards: Tensor, discount: float) -> Tensor:
    return returns_to_go(rewards, discount) - rewards


def one_step_too_far(rewards: Tensor, discount: float) -> Tensor:
    return torch.cat([returns_to_go(rewards, discount)[1:], torch.zeros(1)])


def added_up_forwards(rewards: Tensor, discount: float) -> Tensor:
    return (rewards * discount ** torch.arange(len(rewards))).cumsum(0)


def left_in_reverse(rewards: Tensor, discount: float) -> Tensor:
    return returns_to_go(rewards, discount).flip(0)


def returns_cases() -> Iterator[Case]:
    for rewards, discount in (([1.0, -2.0, 3.0, 0.5], 0.5), ([2.0, 1.0, 4.0], 1.0), ([1.5, 2.5], 0.0), ([3.0], 0.9), ([], 0.9)):
        expected = [sum(discount ** (u - t) * rewards[u] for u in range(t, len(rewards))) for t in range(len(rewards))]
        words = "no rewards at all" if not rewards else f"rewards {rewards}, γ = {discount:g}"
        yield Case(words, (torch.tensor(rewards), discount), expected=torch.tensor(expected))


# --- 04.reinforce_loss ------------------------------------------------------------------------------------------------------------------


def reinforce_loss(logits: Tensor, actions: Tensor, returns: Tensor) -> Tensor:
    log_prob = logits.log_softmax(dim=1)
    chosen = log_prob.gather(1, actions[:, None]).squeeze(1)
    return -(chosen * returns).mean()


def uphill_loss(logits: Tensor, actions: Tensor, returns: Tensor) -> Tensor:
    return -reinforce_loss(logits, actions, returns)


def loss_of_probabilities(logits: Tensor, actions: Tensor, returns: Tensor) -> Tensor:
    return -(logits.softmax(-1).gather(-1, actions[:, None]).squeeze(-1) * returns).mean()


def loss_of_bare_logits(logits: Tensor, actions: Tensor, returns: Tensor) -> Tensor:
    return -(logits.gather(-1, actions[:, None]).squeeze(-1) * returns).mean()


def loss_that_mixes_rows(logits: Tensor, actions: Tensor, returns: Tensor) -> Tensor:
    return -(logits.log_softmax(-1).gather(-1, actions[:, None]) * returns).mean()


def loss_that_sums(logits: Tensor, actions: Tensor, returns: Tensor) -> Tensor:
    return reinforce_loss(logits, actions, returns) * len(returns)


def loss_over_the_wrong_axis(logits: Tensor, actions: Tensor, returns: Tensor) -> Tensor:
    return -(logits.log_softmax(0).gather(-1, actions[:, None]).squeeze(-1) * returns).mean()


def cut_off_loss(logits: Tensor, actions: Tensor, returns: Tensor) -> Tensor:
    return reinforce_loss(logits.detach(), actions, returns)


LOGITS = [[0.2, -0.7, 1.1], [0.9, 0.3, -0.4], [0.0, 1.3, 0.5], [-0.6, 0.1, 0.7]]


def loss_cases() -> Iterator[Case]:
    for n, actions, returns in ((4, [2, 0, 1, 1], [3.0, -1.0, 2.0, 0.5]), (1, [1], [4.0]), (2, [0, 2], [0.0, -2.5])):
        terms = [log_softmax_by_hand(LOGITS[i], actions[i]) * returns[i] for i in range(n)]
        words = f"{n} step{'s' * (n > 1)}, actions {actions}, returns {returns}"
        arguments = (torch.tensor(LOGITS[:n]), torch.tensor(actions), torch.tensor(returns))
        yield Case(words, arguments, expected=torch.tensor(-sum(terms) / n))


def loss_has_the_policy_gradient(answer: Callable[..., Tensor]) -> None:
    """By the logits it is -G (1[a] - π) / n: finite differences are not needed."""
    logits, actions, returns = torch.tensor(LOGITS[:2]).requires_grad_(), torch.tensor([2, 0]), torch.tensor([3.0, -1.0])
    expected = -returns[:, None] * (torch.eye(3)[actions] - logits.detach().softmax(-1)) / 2
    loss = answer(logits, actions, returns)
    got = torch.autograd.grad(loss, logits)[0] if loss.requires_grad else torch.zeros(2, 3)
    if not torch.allclose(got, expected, atol=1e-5):
        raise Wrong(
            f"The value is right, but its gradient by the logits is not: expected {expected.tolist()}, got {got.tolist()}. "
            "Is there a `detach` or `.item()` on the way from the logits to the loss?"
        )


# --- 04.gae -----------------------------------------------------------------------------------------------------------------------------


def gae(rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float) -> Tensor:
    advantages = torch.empty_like(rewards)
    later = 0.0
    for t in reversed(range(len(rewards))):
        bootstrap = 0.0 if terminated[t] else next_values[t]
        delta = rewards[t] + discount * bootstrap - values[t]
        if terminated[t] or truncated[t]:
            later = 0.0
        later = delta + discount * lam * later
        advantages[t] = later
    return advantages


def gae_without_done_mask(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    return gae(rewards, values, next_values, torch.zeros_like(terminated), truncated | terminated, discount, lam)


def gae_stops_at_truncation(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    return gae(rewards, values, next_values, terminated | truncated, truncated, discount, lam)


def gae_across_episodes(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    no = torch.zeros_like(truncated)
    return gae(rewards, values, next_values * ~terminated, no, no, discount, lam)


def gae_across_truncations(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    return gae(rewards, values, next_values, terminated, torch.zeros_like(truncated), discount, lam)


def gae_with_the_values_of_the_next_step(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    following = torch.cat([values[1:], torch.zeros(1)])
    return gae(rewards, values, following, terminated, truncated, discount, lam)


def gae_as_a_target(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    return gae(rewards, values, next_values, terminated, truncated, discount, lam) + values


def gae_without_gamma_in_the_sum(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    delta = gae(rewards, values, next_values, terminated, truncated, discount, 0.0)
    no = torch.zeros_like(terminated)
    return gae(delta, 0 * values, 0 * values, no, truncated | terminated, 1.0, lam)


def gae_errors_only(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    return gae(rewards, values, next_values, terminated, truncated, discount, 0.0)


def gae_by_the_formula(r: list, v: list, following: list, term: list, trunc: list, discount: float, lam: float) -> list[float]:
    """Each sum written out, up to the end of its episode."""
    found = []
    for t in range(len(r)):
        total, factor = 0.0, 1.0
        for u in range(t, len(r)):
            total += factor * (r[u] + discount * (0.0 if term[u] else following[u]) - v[u])
            factor *= discount * lam
            if term[u] or trunc[u]:
                break
        found.append(total)
    return found


def gae_cases() -> Iterator[Case]:
    r, v, following = [1.0, -0.5, 2.0, 0.7, 1.3], [0.4, 1.1, -0.6, 2.2, 0.9], [1.5, 0.8, 3.0, 1.7, 2.4]
    no, third = [False] * 5, [False, False, True, False, False]
    last = [False, False, False, False, True]
    for words, n, term, trunc, discount, lam in (
        ("no end in sight", 5, no, no, 0.9, 0.7),
        ("the third step terminates", 5, third, no, 0.9, 0.7),
        ("the third step is truncated", 5, no, third, 0.9, 0.7),
        ("the third step is truncated, the last one terminates, λ = 1", 5, last, third, 0.8, 1.0),
        ("the third step does both, as at a horizon", 5, third, third, 0.9, 0.6),
        ("λ = 0", 5, no, last, 0.5, 0.0),
        ("one step, which terminates", 1, [True], [False], 0.9, 0.7),
    ):
        plain = (r[:n], v[:n], following[:n], term[:n], trunc[:n])
        arguments = (*(torch.tensor(x) for x in plain), discount, lam)
        yield Case(f"{words} (γ = {discount:g}, λ = {lam:g})", arguments, expected=torch.tensor(gae_by_the_formula(*plain, discount, lam)))


# --- 04.clipped_objective ---------------------------------------------------------------------------------------------------------------


def clipped_objective(log_prob: Tensor, old_log_prob: Tensor, advantage: Tensor, clip_range: float) -> Tensor:
    ratio = (log_prob - old_log_prob).exp()
    clipped = ratio.clamp(1 - clip_range, 1 + clip_range)
    return torch.minimum(ratio * advantage, clipped * advantage).mean()


def clip_without_the_minimum(log_prob: Tensor, old_log_prob: Tensor, advantage: Tensor, clip_range: float) -> Tensor:
    ratio = (log_prob - old_log_prob).exp()
    return (ratio.clamp(1 - clip_range, 1 + clip_range) * advantage).mean()


def the_larger_of_the_two(log_prob: Tensor, old_log_prob: Tensor, advantage: Tensor, clip_range: float) -> Tensor:
    ratio = (log_prob - old_log_prob).exp()
    return torch.maximum(ratio * advantage, ratio.clamp(1 - clip_range, 1 + clip_range) * advantage).mean()


def no_clip_at_all(log_prob: Tensor, old_log_prob: Tensor, advantage: Tensor, clip_range: float) -> Tensor:
    return ((log_prob - old_log_prob).exp() * advantage).mean()


def ratio_of_logarithms(log_prob: Tensor, old_log_prob: Tensor, advantage: Tensor, clip_range: float) -> Tensor:
    ratio = log_prob / old_log_prob
    return torch.minimum(ratio * advantage, ratio.clamp(1 - clip_range, 1 + clip_range) * advantage).mean()


def ratio_upside_down(log_prob: Tensor, old_log_prob: Tensor, advantage: Tensor, clip_range: float) -> Tensor:
    return clipped_objective(old_log_prob, log_prob, advantage, clip_range)


def as_a_loss(log_prob: Tensor, old_log_prob: Tensor, advantage: Tensor, clip_range: float) -> Tensor:
    return -clipped_objective(log_prob, old_log_prob, advantage, clip_range)


def the_smaller_ratio(log_prob: Tensor, old_log_prob: Tensor, advantage: Tensor, clip_range: float) -> Tensor:
    ratio = (log_prob - old_log_prob).exp()
    return (torch.minimum(ratio, ratio.clamp(1 - clip_range, 1 + clip_range)) * advantage).mean()


def the_smaller_mean(log_prob: Tensor, old_log_prob: Tensor, advantage: Tensor, clip_range: float) -> Tensor:
    ratio = (log_prob - old_log_prob).exp()
    return torch.minimum((ratio * advantage).mean(), (ratio.clamp(1 - clip_range, 1 + clip_range) * advantage).mean())


def clip_that_sums(log_prob: Tensor, old_log_prob: Tensor, advantage: Tensor, clip_range: float) -> Tensor:
    return clipped_objective(log_prob, old_log_prob, advantage, clip_range) * len(advantage)


def clip_cases() -> Iterator[Case]:
    for words, ratios, advantages, clip_range, gains in (
        ("nothing has moved", [1.0, 1.0], [2.0, -3.0], 0.2, [2.0, -3.0]),
        ("a good action, 1.5 times as likely as it was", [1.5], [2.0], 0.2, [2.4]),
        ("a bad action, half as likely", [0.5], [-2.0], 0.3, [-1.4]),
        ("a good action, half as likely: the wrong way", [0.5], [2.0], 0.2, [1.0]),
        ("a bad action, 1.5 times as likely: the wrong way", [1.5], [-2.0], 0.2, [-3.0]),
        ("two good actions, one more likely and one less", [1.5, 0.5], [2.0, 2.0], 0.2, [2.4, 1.0]),
        ("four at once", [1.1, 1.7, 0.6, 0.9], [1.0, 3.0, -2.0, -1.0], 0.1, [1.1, 3.3, -1.8, -0.9]),
    ):
        old = torch.tensor([-0.7, -1.9, -0.4, -1.2][: len(ratios)])
        arguments = (old + torch.tensor(ratios).log(), old, torch.tensor(advantages), clip_range)
        yield Case(f"{words} (ε = {clip_range:g})", arguments, expected=torch.tensor(sum(gains) / len(gains)))


# --- 04.best_baseline -------------------------------------------------------------------------------------------------------------------


def best_baseline(logits: Tensor, rewards: Tensor) -> Tensor:
    p = logits.softmax(-1)
    scores = torch.eye(len(p)) - p
    squared = scores.square().sum(dim=1)
    return (p * squared * rewards).sum() / (p * squared).sum()


def expected_reward(logits: Tensor, rewards: Tensor) -> Tensor:
    return (logits.softmax(-1) * rewards).sum()


def average_reward(logits: Tensor, rewards: Tensor) -> Tensor:
    return rewards.mean()


def weighted_without_probabilities(logits: Tensor, rewards: Tensor) -> Tensor:
    squared = (torch.eye(len(logits)) - logits.softmax(-1)).square().sum(-1)
    return (squared * rewards).sum() / squared.sum()


def weighted_by_lengths(logits: Tensor, rewards: Tensor) -> Tensor:
    p = logits.softmax(-1)
    length = (torch.eye(len(p)) - p).square().sum(-1).sqrt()
    return (p * length * rewards).sum() / (p * length).sum()


def one_for_each_logit(logits: Tensor, rewards: Tensor) -> Tensor:
    weights = logits.softmax(-1)[:, None] * (torch.eye(len(logits)) - logits.softmax(-1)).square()
    return (weights * rewards[:, None]).sum(0) / weights.sum(0)


def not_divided(logits: Tensor, rewards: Tensor) -> Tensor:
    p = logits.softmax(-1)
    return (p * (torch.eye(len(p)) - p).square().sum(-1) * rewards).sum()


def gradient_variance(logits: list[float], rewards: list[float], baseline: float) -> float:
    """Of ∇log π(a) (r(a) - b), summed over the logits: by enumeration, in plain numbers."""
    total = sum(math.exp(x) for x in logits)
    p = [math.exp(x) / total for x in logits]
    variance = 0.0
    for i in range(len(p)):
        samples = [((a == i) - p[i]) * (rewards[a] - baseline) for a in range(len(p))]
        mean = sum(q * x for q, x in zip(p, samples, strict=True))
        variance += sum(q * (x - mean) ** 2 for q, x in zip(p, samples, strict=True))
    return variance


def baseline_cases() -> Iterator[Case]:
    """The variance is a parabola in b: three of its points tell where the lowest one is."""
    for logits, rewards in (([0.5, -0.8, 0.1], [1.0, 4.0, -2.0]), ([1.5, 0.0], [1.0, 3.0]), ([0.2, 0.9, -0.5, 0.4], [3.0, 1.0, 2.0, 5.0])):
        low, middle, high = (gradient_variance(logits, rewards, b) for b in (-1.0, 0.0, 1.0))
        lowest = (low - high) / (2 * (low - 2 * middle + high))
        words = f"logits {logits}, rewards {rewards}"
        yield Case(words, (torch.tensor(logits), torch.tensor(rewards)), expected=torch.tensor(lowest), tolerance=1e-4)


EXERCISES = (
    Exercise(
        id="04.score",
        title="the score of a softmax",
        minutes=8,
        stars=2,
        reference=score,
        cases=score_cases,
        mistakes=(
            Mistake(score_upside_down, "The sign is turned round: making the chosen logit larger must make the chosen action more likely."),
            Mistake(score_without_the_others, "You have left out the sum in the softmax: it contains every logit, so it has a slope."),
            Mistake(
                score_of_the_chosen_alone,
                "The slope by the chosen logit is right. The other logits have slopes as well: they are in the sum.",
            ),
            Mistake(slope_of_the_probability, "That is the gradient of π. The score is the gradient of log π: divide by π."),
            Mistake(score_of_a_sigmoid, "Each logit got a probability of its own. A softmax shares one probability among all actions."),
        ),
        hints=(
            "log π(a) is the chosen logit minus a logarithm of a sum. What are the slopes of the two, by each of the logits?",
            "The slope of the logarithm of the sum, by logit b, is π(b). Look at section 1.",
            "a vector with 1 at the action and 0 elsewhere, minus softmax(logits)",
        ),
        why="1[a = b] - π(b): the surer the policy is of an action, the less it learns from taking it. On average over π the score is 0.",
    ),
    Exercise(
        id="04.best_baseline",
        title="the best baseline",
        minutes=12,
        stars=3,
        reference=best_baseline,
        cases=baseline_cases,
        mistakes=(
            Mistake(expected_reward, "That is the expected reward: a good baseline, and not the one with the least variance."),
            Mistake(average_reward, "That is the average over the arms, as if each were chosen equally often."),
            Mistake(weighted_without_probabilities, "The expectations are taken under π: where are its probabilities?"),
            Mistake(weighted_by_lengths, "The weight of an arm is the *square* of the length of its score."),
            Mistake(
                one_for_each_logit, "A b for each logit is another task: here it is one number. Add up over the logits before you divide."
            ),
            Mistake(not_divided, "Weights must add up to 1: divide by the sum of the weights."),
        ),
        hints=(
            "The variance is the mean square minus the square of the mean. Which of the two depends on b?",
            "Write E[|∇log π|² (r - b)²], set its slope by b to 0, and solve for b. The rows of `torch.eye(n) - p` are the scores.",
            "squared[a] ← Σ_b (1[a=b] - p_b)²;  return Σ p·squared·r / Σ p·squared",
        ),
        why=(
            "An average of the rewards, weighted by the squared length of the score: arms that would move θ far count more. In practice "
            "one mostly uses the expected reward, since a critic can learn it: not the best, and good."
        ),
        survivors={
            "scores = torch.eye(len(p)) - p → scores = p - torch.eye(len(p))": "only the squares of the scores count",
            "squared = scores.square().sum(dim=1) → squared = scores.square().mean(dim=1)": "a factor that all arms share cancels",
        },
    ),
    Exercise(
        id="04.returns_to_go",
        title="the return from here on",
        minutes=6,
        stars=1,
        reference=returns_to_go,
        cases=returns_cases,
        mistakes=(
            Mistake(the_whole_return, "Every step got the return of the whole episode. No action can change what was earned before it."),
            Mistake(discounted_from_the_start, "You discount from the start of the episode. G_t counts its own reward fully."),
            Mistake(returns_so_far, "You add up what came before the step. Its return is what comes after it."),
            Mistake(one_step_too_far, "Everything is one step early: here r_t is the reward *of* step t, and G_t begins with it."),
            Mistake(added_up_forwards, "That is G_0, as far as it is known after each step. G_t begins at step t, and looks ahead."),
            Mistake(left_in_reverse, "The numbers are right, and in reverse order: G_0 comes first."),
            Mistake(without_its_own_reward, "The reward of the step itself belongs to its return."),
        ),
        hints=(
            "What is the return of the last step? And of the one before, if you know that of the last?",
            "G_t = r_t + γ G_{t+1}: go through the steps from the last to the first.",
            "later ← 0;  for t from the last to the first: later ← r_t + γ · later;  returns[t] ← later",
        ),
        why="One pass backwards. The same recursion, with δ in the place of r and γλ in the place of γ, is GAE.",
    ),
    Exercise(
        id="04.reinforce_loss",
        title="REINFORCE as a loss",
        minutes=8,
        stars=2,
        reference=reinforce_loss,
        cases=loss_cases,
        properties=(loss_has_the_policy_gradient,),
        mistakes=(
            Mistake(uphill_loss, "The sign: optimisers go downhill, and we want more return. So the loss is minus the objective."),
            Mistake(loss_of_probabilities, "You used the probability. The policy gradient needs its logarithm: the score is ∇ log π."),
            Mistake(loss_of_bare_logits, "Those are logits, not logarithms of probabilities: they have not been normalised."),
            Mistake(loss_that_mixes_rows, "Every step got every return. Is there a column [n, 1] times a row [n], or a mean too early?"),
            Mistake(loss_that_sums, "That is the sum over the steps; the mean keeps its size when there are more of them."),
            Mistake(loss_over_the_wrong_axis, "The softmax runs over the steps. It belongs over the actions, the last axis."),
            Mistake(cut_off_loss, "Is there a `detach` or `.item()`"),
        ),
        hints=(
            "An optimiser makes a loss smaller. What should become larger?",
            "`logits.log_softmax(-1)` gives log π of all actions; `gather` picks the ones that were chosen. Mind the shapes.",
            "chosen ← log_softmax(logits) at the actions, shape [n];  return -(chosen · returns).mean()",
        ),
        why=(
            "The number itself means nothing: it may rise while the policy improves. Only its gradient, at the parameters that acted, "
            "is the policy gradient. So after one step the data are used up; PPO is about using them longer."
        ),
    ),
    Exercise(
        id="04.gae",
        title="GAE through the ends of episodes",
        minutes=15,
        stars=3,
        reference=gae,
        cases=gae_cases,
        mistakes=(
            Mistake(gae_without_done_mask, "After a termination there is nothing to earn: there the next value counts 0."),
            Mistake(gae_stops_at_truncation, "A truncated episode was only cut off: the value of what would have come still counts."),
            Mistake(gae_across_episodes, "The sum runs on into the next episode. After either kind of end it starts anew."),
            Mistake(gae_across_truncations, "After a truncation, too, the next step belongs to another episode: the sum must end there."),
            Mistake(
                gae_with_the_values_of_the_next_step,
                "You took V of the next row, which behind an end is that of another episode: use `next_values`.",
            ),
            Mistake(gae_as_a_target, "That is Â + V, what the critic is trained towards. Here only Â is asked for."),
            Mistake(gae_without_gamma_in_the_sum, "The later errors are weighed with γλ, not with λ alone."),
            Mistake(gae_errors_only, "That is δ alone, which is λ = 0. The later errors are missing."),
        ),
        hints=(
            "Two questions at each step: may I count the next value? And does the next step still belong to this episode?",
            "Go backwards. Only `terminated` removes the next value from δ; both kinds of end cut the sum.",
            "later ← 0; for t backwards: δ ← r + γ·(0 if terminated else V') - V; if ended: later ← 0; later ← δ + γλ·later; Â_t ← later",
        ),
        why="Terminated and truncated differ in one place only: in δ. Mixing them up is one of the most common mistakes in this trade.",
    ),
    Exercise(
        id="04.clipped_objective",
        title="PPO's clip",
        minutes=10,
        stars=2,
        reference=clipped_objective,
        cases=clip_cases,
        mistakes=(
            Mistake(clip_without_the_minimum, "Where the policy has moved the wrong way the gradient must stay: take the smaller one."),
            Mistake(the_larger_of_the_two, "The larger of the two rewards going too far. Take the smaller: it is the cautious one."),
            Mistake(
                the_smaller_ratio,
                "The smaller of the two *ratios* is not meant, but the smaller of the two *products* with Â. Â may be negative.",
            ),
            Mistake(the_smaller_mean, "First the smaller one for each action, then the mean: here one action's clip hides another's."),
            Mistake(clip_that_sums, "That is the sum over the actions; the expectation is their mean."),
            Mistake(no_clip_at_all, "The ratio is not clipped at all."),
            Mistake(ratio_of_logarithms, "A ratio of logarithms is not the logarithm of a ratio: subtract, then take exp."),
            Mistake(ratio_upside_down, "The ratio is new over old: π / π_old."),
            Mistake(as_a_loss, "The objective was asked for, which is maximised; you gave the loss."),
        ),
        hints=(
            "If an action was good and is already much more likely, should it still gain? And if it was good and has become less likely?",
            "The ratio is exp(log_prob - old_log_prob). Multiply both the ratio and the clipped ratio with Â: which of the two counts?",
            "ρ ← exp(new - old);  return mean of min(ρ·Â, clamp(ρ, 1-ε, 1+ε)·Â)",
        ),
        why="The clip takes away the *reason* to go further, not the possibility: other states can still pull the policy along.",
    ),
)

QUIZ = (
    Question(
        "Why may a baseline b(s) be subtracted from the return without changing the mean of the policy gradient?",
        (
            "because it is small",
            "because the expected score of a state's actions is 0",
            "because the rewards are normalised afterwards",
            "it may not: it changes the mean, but in a useful way",
        ),
        "b",
        (
            "It may be as large as it likes: only the variance depends on it.",
            "b(s) times E[∇log π] is b(s) times 0. It may depend on the state, but not on the action.",
            "Normalising comes later, and is another thing.",
            "The mean stays the same; you have seen it by enumeration.",
        ),
    ),
    Question(
        "An episode of CartPole is cut off after 500 steps. What is the critic's target in its last step? (V' is the next value.)",
        ("r", "r + γ V'", "0", "r - γ V'"),
        "b",
        (
            "That is right after a termination: the pole has fallen, and nothing more can be earned. Here it still stands.",
            "It was truncated: the pole still stands, and the value of where it stands counts.",
            "The step itself earned a reward.",
            "Later rewards are added.",
        ),
    ),
    Question(
        "PPO, ε = 0.2: an action with a positive advantage has become 1.5 times as likely. What is the gradient of its term?",
        ("that of the plain ratio", "that of the ratio, times 1.2", "0", "it points the other way"),
        "c",
        (
            "That is so below 1.2, and wherever the policy has moved the wrong way.",
            "1.2 Â is the value of the term; a constant has no slope.",
            "The smaller of the two is the clipped one, and that is constant: no more to gain here.",
            "The clip never turns a gradient round. It cuts it.",
        ),
    ),
    Question(
        "What does λ do in generalized advantage estimation?",
        (
            "it decides how far into the future rewards count",
            "it weighs measured rewards (λ = 1) against the critic's opinion (λ = 0)",
            "it is the learning rate of the critic",
        ),
        "b",
        (
            "That is γ, which is part of the question that is asked. λ is part of how it is answered.",
            "λ = 0 believes the critic after one step: little variance, and the critic's bias. λ = 1 adds up real rewards.",
            "The critic learns with the same step size α here.",
        ),
    ),
    Question(
        "Why does a policy without memory fail on CartPole with hidden velocities?",
        (
            "two numbers are too few for a network",
            "the critic cannot be trained there",
            "whether the pole is falling or rising, it sees the same",
        ),
        "c",
        (
            "A network can have two inputs; the right action just is no function of these two.",
            "It can; its estimates are merely rougher.",
            "The same position and angle ask for opposite pushes. Two looks would tell, and a memory keeps the first of them.",
        ),
    ),
)
