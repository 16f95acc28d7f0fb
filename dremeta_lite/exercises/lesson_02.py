"""Notebook 02: the transition model. Answers are held against arithmetic on plain numbers, and against closed forms."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake, Question, Wrong

Model = Callable[[Tensor, Tensor], Tensor]


# --- 02.estimate_transitions ------------------------------------------------------------------------------------------------------------


def estimate_transitions(state: Tensor, action: Tensor, next_state: Tensor, n_states: int, n_actions: int) -> Tensor:
    counts = torch.zeros(n_states, n_actions, n_states)
    for s, a, s2 in torch.stack([state, action, next_state], 1).tolist():
        counts[s, a, s2] += 1
    total = counts.sum(2)
    P = torch.full((n_states, n_actions, n_states), 1 / n_states)
    P[total > 0] = counts[total > 0] / total[total > 0].unsqueeze(1)
    return P


def counted(state: Tensor, action: Tensor, next_state: Tensor, n_states: int, n_actions: int) -> Tensor:
    flat = (state * n_actions + action) * n_states + next_state
    return torch.bincount(flat, minlength=n_states * n_actions * n_states).view(n_states, n_actions, n_states).float()


def share_of_everything(state: Tensor, action: Tensor, next_state: Tensor, n_states: int, n_actions: int) -> Tensor:
    return counted(state, action, next_state, n_states, n_actions) / len(state)


def nothing_by_nothing(state: Tensor, action: Tensor, next_state: Tensor, n_states: int, n_actions: int) -> Tensor:
    counts = counted(state, action, next_state, n_states, n_actions)
    return counts / counts.sum(-1, keepdim=True)


def zeros_where_untried(state: Tensor, action: Tensor, next_state: Tensor, n_states: int, n_actions: int) -> Tensor:
    counts = counted(state, action, next_state, n_states, n_actions)
    return counts / counts.sum(-1, keepdim=True).clamp(min=1)


def each_once(state: Tensor, action: Tensor, next_state: Tensor, n_states: int, n_actions: int) -> Tensor:
    counts = counted(state, action, next_state, n_states, n_actions).clamp(max=1)
    total = counts.sum(-1, keepdim=True)
    return torch.where(total > 0, counts / total.clamp(min=1), 1 / n_states)


def over_the_states(state: Tensor, action: Tensor, next_state: Tensor, n_states: int, n_actions: int) -> Tensor:
    counts = counted(state, action, next_state, n_states, n_actions)
    total = counts.sum(0, keepdim=True)
    return torch.where(total > 0, counts / total.clamp(min=1), 1 / n_states)


def transition_cases() -> Iterator[Case]:
    t = 1 / 3
    seen = torch.tensor([(0, 0, 1), (0, 0, 2), (0, 0, 1), (2, 1, 0), (1, 0, 1), (0, 1, 2), (1, 0, 0), (1, 0, 0), (1, 0, 1)]).T
    expected = [[[0, 2 * t, t], [0, 0, 1]], [[0.5, 0.5, 0], [t, t, t]], [[t, t, t], [1, 0, 0]]]
    yield Case("nine transitions between 3 states, with pairs that were never tried", (*seen, 3, 2), expected=torch.tensor(expected))
    one = torch.tensor([[1], [0], [1]])
    expected = [[[0.5, 0.5]], [[0, 1]]]
    yield Case("a single transition of 2 states and 1 action", (*one, 2, 1), expected=torch.tensor(expected).float())
    none = torch.zeros(3, 0, dtype=torch.long)
    yield Case("no transition at all, 4 states", (*none, 4, 2), expected=torch.full((4, 2, 4), 0.25))


# --- 02.value_sweep ---------------------------------------------------------------------------------------------------------------------


def value_sweep(P: Tensor, R: Tensor, V: Tensor, discount: float) -> Tensor:
    Q = R + discount * (P @ V)
    return Q.amax(1)


def average_action(P: Tensor, R: Tensor, V: Tensor, discount: float) -> Tensor:
    return (R + discount * (P @ V)).mean(1)


def undiscounted(P: Tensor, R: Tensor, V: Tensor, discount: float) -> Tensor:
    return (R + P @ V).amax(1)


def reward_discounted_too(P: Tensor, R: Tensor, V: Tensor, discount: float) -> Tensor:
    return (discount * (R + P @ V)).amax(1)


def each_at_its_best(P: Tensor, R: Tensor, V: Tensor, discount: float) -> Tensor:
    return R.amax(1) + discount * (P @ V).amax(1)


def name_of_the_best(P: Tensor, R: Tensor, V: Tensor, discount: float) -> Tensor:
    return (R + discount * (P @ V)).argmax(1)


def with_their_places(P: Tensor, R: Tensor, V: Tensor, discount: float) -> tuple[Tensor, Tensor]:
    values, places = (R + discount * (P @ V)).max(1)
    return values, places


def best_state(P: Tensor, R: Tensor, V: Tensor, discount: float) -> Tensor:
    return (R + discount * (P @ V)).amax(0)


def sweep_by_hand(P: Tensor, R: Tensor, V: Tensor, discount: float) -> Tensor:
    """One number at a time."""
    best = []
    for rows, rewards in zip(P.tolist(), R.tolist(), strict=True):
        worth = [r + discount * sum(p * v for p, v in zip(row, V.tolist(), strict=True)) for row, r in zip(rows, rewards, strict=True)]
        best.append(max(worth))
    return torch.tensor(best)


def sweep_cases() -> Iterator[Case]:
    P = torch.tensor([[[0.2, 0.5, 0.3], [0.0, 0.1, 0.9]], [[0.7, 0.2, 0.1], [0.4, 0.6, 0.0]], [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]])
    R, V = torch.tensor([[1.0, -0.5], [0.2, 0.7], [0.0, 0.0]]), torch.tensor([2.0, -1.0, 3.0])
    for discount in (0.9, 0.25):
        yield Case(f"3 states, 2 actions, γ = {discount}", (P, R, V, discount), expected=sweep_by_hand(P, R, V, discount))
    yield Case("the first sweep, from V = 0: the best reward", (P, R, torch.zeros(3), 0.9), expected=torch.tensor([1.0, 0.7, 0.0]))
    P4 = torch.eye(2).expand(4, 2, 2).transpose(0, 1).contiguous()
    R4 = torch.tensor([[0.1, 0.4, -3.0, 0.2], [-2.0, -5.0, -1.0, -9.0]])
    yield Case("4 actions that all stay", (P4, R4, torch.tensor([1.0, 2.0]), 0.5), expected=torch.tensor([0.9, 0.0]))


# --- 02.imagined_states -----------------------------------------------------------------------------------------------------------------


def imagined_states(model: Model, state: Tensor, actions: Tensor) -> Tensor:
    states = [state]
    for action in actions:
        states.append(model(states[-1], action))
    return torch.stack(states)


def always_from_the_first(model: Model, state: Tensor, actions: Tensor) -> Tensor:
    return torch.stack([state, *(model(state, action) for action in actions)])


def without_the_start(model: Model, state: Tensor, actions: Tensor) -> Tensor:
    states = always = [state]
    for action in actions:
        states = [*states, model(states[-1], action)]
    return torch.stack(states[1:] or always)


def only_the_end(model: Model, state: Tensor, actions: Tensor) -> Tensor:
    for action in actions:
        state = model(state, action)
    return state


def added_to_the_state(model: Model, state: Tensor, actions: Tensor) -> Tensor:
    states = [state]
    for action in actions:
        states.append(states[-1] + model(states[-1], action))
    return torch.stack(states)


def first_action_forever(model: Model, state: Tensor, actions: Tensor) -> Tensor:
    states = [state]
    for _ in actions:
        states.append(model(states[-1], actions[0]))
    return torch.stack(states)


def half_way(state: Tensor, action: Tensor) -> Tensor:
    """s' = s / 2 + a, whose rollout has a closed form."""
    return 0.5 * state + action


def closed_form(state: Tensor, actions: Tensor) -> Tensor:
    """s_t = s_0 / 2^t + Σ_{i<t} a_i / 2^(t-1-i)"""
    reached = [state * 0.5**t + sum(actions[i] * 0.5 ** (t - 1 - i) for i in range(t)) for t in range(len(actions) + 1)]
    return torch.stack(reached)


def imagined_cases() -> Iterator[Case]:
    state, actions = torch.tensor([1.0, -2.0]), torch.tensor([[0.3, 1.0], [-0.7, 0.2], [0.5, 0.0], [2.0, -1.0]])
    yield Case("4 actions in a model s' = s/2 + a", (half_way, state, actions), expected=closed_form(state, actions))
    yield Case("no action: only the start", (half_way, state, actions[:0]), expected=state[None])
    states, many = torch.tensor([[1.0], [2.0], [-4.0]]), torch.tensor([[[0.1], [0.2], [0.3]], [[-1.0], [0.5], [0.0]]])
    yield Case("3 states at once, 2 actions each", (half_way, states, many), expected=closed_form(states, many))


# --- 02.change_loss ---------------------------------------------------------------------------------------------------------------------


def change_loss(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    target = (next_state - state - mean) / std
    return (prediction - target).square().mean()


def whole_state(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (prediction - (next_state - mean) / std).square().mean()


def not_normalised(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (prediction - (next_state - state)).square().mean()


def backwards(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (prediction - (state - next_state - mean) / std).square().mean()


def times_std(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (prediction - (next_state - state - mean) * std).square().mean()


def not_squared(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (prediction - (next_state - state - mean) / std).abs().mean()


def added_up(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (prediction - (next_state - state - mean) / std).square().sum()


def added_up_in_each(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (prediction - (next_state - state - mean) / std).square().sum(-1).mean()


def only_the_mean_divided(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (prediction - (next_state - state - mean / std)).square().mean()


def brought_back(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (prediction * std + mean - (next_state - state)).square().mean()


def only_the_mean_left_out(prediction: Tensor, state: Tensor, next_state: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (prediction - (next_state - state) / std).square().mean()


STATE, NEXT = torch.tensor([[1.0, 4.0], [-2.0, 0.5]]), torch.tensor([[1.3, 2.0], [-2.1, 1.5]])
MEAN, STD = torch.tensor([0.1, -0.4]), torch.tensor([0.2, 2.0])
CHANGES = torch.tensor([[1.0, -0.8], [-1.0, 0.7]])  # ((0.3 - 0.1) / 0.2, (-2 + 0.4) / 2), ((-0.1 - 0.1) / 0.2, (1 + 0.4) / 2)


def change_cases() -> Iterator[Case]:
    arguments = (STATE, NEXT, MEAN, STD)
    yield Case("a perfect prediction of two changes", (CHANGES, *arguments), expected=torch.tensor(0.0))
    yield Case("a network that always says 0", (torch.zeros(2, 2), *arguments), expected=torch.tensor((1 + 0.64 + 1 + 0.49) / 4))
    off = CHANGES + torch.tensor([[2.0, 0.0], [0.0, -1.0]])
    yield Case("a prediction that is off by 2 and by -1", (off, *arguments), expected=torch.tensor(5 / 4))
    yield Case("one transition", (torch.tensor([[0.5, 0.2]]), *(x[:1] for x in arguments[:2]), MEAN, STD), expected=torch.tensor(0.625))


def change_loss_can_be_learned_from(answer: Callable[..., Tensor]) -> None:
    prediction = torch.zeros(2, 2, requires_grad=True)
    loss = answer(prediction, STATE, NEXT, MEAN, STD)
    if not loss.requires_grad:
        raise Wrong("The value is right, but no gradient flows back to the prediction: is there a `detach`, a `.data` or a `no_grad`?")
    (gradient,) = torch.autograd.grad(loss, prediction)
    if not torch.allclose(gradient, -CHANGES / 2, atol=1e-5):
        raise Wrong(f"The value is right, but its gradient by the prediction is {gradient.tolist()}, not {(-CHANGES / 2).tolist()}.")


# --- 02.best_first_action ---------------------------------------------------------------------------------------------------------------


def best_first_action(model: Model, reward: Callable[..., Tensor], state: Tensor, plans: Tensor, discount: float) -> tuple[Tensor, Tensor]:
    states, total = state.expand(len(plans), len(state)), torch.zeros(len(plans))
    for t in range(plans.shape[1]):
        next_states = model(states, plans[:, t])
        total = total + discount**t * reward(states, plans[:, t], next_states)
        states = next_states
    best = total.argmax()
    return plans[best, 0], total[best]


def follow(model: Model, reward: Callable[..., Tensor], state: Tensor, plans: Tensor) -> Tensor:
    """The rewards [plan, time] of every plan."""
    rewards = []
    for plan in plans:
        s, earned = state, []
        for action in plan:
            s2 = model(s[None], action[None])[0]
            earned.append(reward(s[None], action[None], s2[None])[0])
            s = s2
        rewards.append(torch.stack(earned))
    return torch.stack(rewards)


def discounted(rewards: Tensor, discount: float) -> Tensor:
    return torch.tensor([sum(r * discount**t for t, r in enumerate(row)) for row in rewards.tolist()])


def last_action(model: Model, reward: Callable[..., Tensor], state: Tensor, plans: Tensor, discount: float) -> tuple[Tensor, Tensor]:
    total = discounted(follow(model, reward, state, plans), discount)
    return plans[total.argmax(), -1], total.max()


def whole_plan(model: Model, reward: Callable[..., Tensor], state: Tensor, plans: Tensor, discount: float) -> tuple[Tensor, Tensor]:
    total = discounted(follow(model, reward, state, plans), discount)
    return plans[total.argmax()], total.max()


def near_sighted(model: Model, reward: Callable[..., Tensor], state: Tensor, plans: Tensor, discount: float) -> tuple[Tensor, Tensor]:
    first = follow(model, reward, state, plans)[:, 0]
    return plans[first.argmax(), 0], first.max()


def no_discount(model: Model, reward: Callable[..., Tensor], state: Tensor, plans: Tensor, discount: float) -> tuple[Tensor, Tensor]:
    total = follow(model, reward, state, plans).sum(1)
    return plans[total.argmax(), 0], total.max()


def discounted_too_much(
    model: Model, reward: Callable[..., Tensor], state: Tensor, plans: Tensor, discount: float
) -> tuple[Tensor, Tensor]:
    total = discount * discounted(follow(model, reward, state, plans), discount)
    return plans[total.argmax(), 0], total.max()


def the_worst_plan(model: Model, reward: Callable[..., Tensor], state: Tensor, plans: Tensor, discount: float) -> tuple[Tensor, Tensor]:
    total = discounted(follow(model, reward, state, plans), discount)
    return plans[total.argmin(), 0], total.min()


def never_moves(model: Model, reward: Callable[..., Tensor], state: Tensor, plans: Tensor, discount: float) -> tuple[Tensor, Tensor]:
    states = state.expand(len(plans), len(state))
    rewards = torch.stack([reward(states, a, model(states, a)) for a in plans.unbind(1)], 1)
    total = discounted(rewards, discount)
    return plans[total.argmax(), 0], total.max()


def cart(state: Tensor, action: Tensor) -> Tensor:
    """A position that its speed moves, and a speed that the action changes."""
    position, speed = state[..., 0], state[..., 1]
    return torch.stack([position + 0.5 * speed, 0.8 * speed + action[..., 0]], -1)


def near_one(state: Tensor, action: Tensor, next_state: Tensor) -> Tensor:
    return -((next_state[..., 0] - 1) ** 2) - 0.1 * action[..., 0] ** 2 + 0.3 * state[..., 1]


def planning_cases() -> Iterator[Case]:
    plans = torch.tensor(
        [[[0.1], [0.2], [-0.3]], [[1.0], [0.6], [-0.9]], [[-0.4], [1.5], [2.0]], [[0.8], [-0.2], [0.4]], [[0.0], [0.0], [0.5]]]
    )
    for state, discount in ((torch.tensor([0.2, -0.3]), 0.9), (torch.tensor([-1.0, 0.7]), 1.0), (torch.tensor([0.9, 0.1]), 0.5)):
        total = discounted(follow(cart, near_one, state, plans), discount)
        tried = f"5 plans of 3 steps from {[round(x, 1) for x in state.tolist()]}, γ = {discount}"
        yield Case(tried, (cart, near_one, state, plans, discount), expected=(plans[total.argmax(), 0], total.max()))
    one = plans[2:3, :1]
    yield Case("a single plan of one step", (cart, near_one, torch.tensor([0.5, 2.0]), one, 0.3), expected=(one[0, 0], torch.tensor(0.334)))


# --- 02.refit_to_elites -----------------------------------------------------------------------------------------------------------------


def refit_to_elites(plans: Tensor, returns: Tensor, elites: int) -> tuple[Tensor, Tensor]:
    best = returns.topk(elites).indices
    return plans[best].mean(0), plans[best].std(0)


def the_worst(plans: Tensor, returns: Tensor, elites: int) -> tuple[Tensor, Tensor]:
    chosen = plans[returns.topk(elites, largest=False).indices]
    return chosen.mean(0), chosen.std(0)


def everybody(plans: Tensor, returns: Tensor, elites: int) -> tuple[Tensor, Tensor]:
    return plans.mean(0), plans.std(0)


def the_first(plans: Tensor, returns: Tensor, elites: int) -> tuple[Tensor, Tensor]:
    return plans[:elites].mean(0), plans[:elites].std(0)


def over_time(plans: Tensor, returns: Tensor, elites: int) -> tuple[Tensor, Tensor]:
    chosen = plans[returns.topk(elites).indices]
    return chosen.mean(1), chosen.std(1)


def without_correction(plans: Tensor, returns: Tensor, elites: int) -> tuple[Tensor, Tensor]:
    chosen = plans[returns.topk(elites).indices]
    return chosen.mean(0), chosen.std(0, correction=0)


def one_for_all_times(plans: Tensor, returns: Tensor, elites: int) -> tuple[Tensor, Tensor]:
    chosen = plans[returns.topk(elites).indices]
    return chosen.mean((0, 1)), chosen.std((0, 1))


def variance(plans: Tensor, returns: Tensor, elites: int) -> tuple[Tensor, Tensor]:
    chosen = plans[returns.topk(elites).indices]
    return chosen.mean(0), chosen.var(0)


def elite_cases() -> Iterator[Case]:
    plans = torch.tensor([[[0.0], [9.0]], [[1.0], [5.0]], [[-7.0], [2.0]], [[4.0], [1.0]], [[7.0], [3.0]]])
    returns = torch.tensor([-3.0, 2.0, -8.0, 5.0, 1.0])
    expected = (torch.tensor([[4.0], [3.0]]), torch.tensor([[3.0], [2.0]]))  # 1, 4, 7 and 5, 1, 3
    yield Case("5 plans of 2 steps, 3 elites", (plans, returns, 3), expected=expected)
    two = (torch.tensor([[2.5], [3.0]]), torch.tensor([[3 / 2**0.5], [4 / 2**0.5]]))
    yield Case("2 elites", (plans, returns, 2), expected=two)
    flat = torch.tensor([[[2.0, -1.0]], [[6.0, 0.0]], [[0.0, 1.0]], [[2.0, 3.0]]])
    expected = (torch.tensor([[8 / 3, 4 / 3]]), torch.tensor([[(28 / 3) ** 0.5, (7 / 3) ** 0.5]]))
    yield Case("plans of one step with two actions", (flat, torch.tensor([-2.0, -1.0, -1.5, -0.5]), 3), expected=expected)


EXERCISES = (
    Exercise(
        id="02.estimate_transitions",
        title="p(s'|s, a) from counts",
        minutes=10,
        stars=2,
        reference=estimate_transitions,
        cases=transition_cases,
        mistakes=(
            Mistake(share_of_everything, "You divide by the number of all transitions. How often did *this* s and a occur?"),
            Mistake(nothing_by_nothing, "A pair that was never tried gives 0 / 0. What does the text ask for there?"),
            Mistake(zeros_where_untried, "The rows of pairs that were never tried sum to 0. The text asks for 1/n_states there."),
            Mistake(
                each_once,
                "A transition that was seen twice counts once here. `counts[state, action, next_state] += 1` adds 1 to each place only "
                "once, however often the place is named. Use a loop, or `index_put_` with `accumulate=True`.",
            ),
            Mistake(over_the_states, "You divide by the sum over s. The sum to divide by runs over s', the last axis."),
        ),
        hints=(
            "Of all the times that s and a occurred, what share was followed by s'? Which axis has to sum to 1?",
            "Count into `counts[s, a, s2]`, then divide by `counts.sum(2)`. Rows with sum 0 have a value of their own.",
            "counts ← zeros;  for each (s, a, s2): counts[s, a, s2] += 1;  P ← 1/n_states everywhere;  where the row's sum is not 0: "
            "P ← counts / sum",
        ),
        why=(
            "Counting is learning: this is the estimate of largest likelihood, for a world small enough to count. It tells nothing about a "
            "pair that was never tried. A network guesses there, too, and does not tell that it guesses; an ensemble can."
        ),
        survivors={
            "counts[s, a, s2] += 1 → counts[s, a, s2] += 2": "only the ratio of the counts matters",
        },
    ),
    Exercise(
        id="02.value_sweep",
        title="one sweep of value iteration",
        minutes=8,
        stars=2,
        reference=value_sweep,
        cases=sweep_cases,
        mistakes=(
            Mistake(average_action, "That is the average over the actions: the value of acting at random. Value iteration takes the best."),
            Mistake(undiscounted, "Where is γ? What comes one step later counts γ times as much."),
            Mistake(reward_discounted_too, "γ stands before the next state's value only: the reward of this step comes now."),
            Mistake(each_at_its_best, "The best reward and the best future may belong to two actions. Add first, then take the largest."),
            Mistake(name_of_the_best, "That is *which* action is best. Asked for is what it is worth."),
            Mistake(with_their_places, "`max` over an axis returns two things: the values, and where they are. Asked for are the values."),
            Mistake(best_state, "You take the best over the states. Which axis holds the actions?"),
        ),
        hints=(
            "For one state and one action: what comes now, and what may be expected from then on?",
            "`P @ V` sums over s': it has the shape [state, action], like R. Equation 4.10.",
            "Q ← R + γ · (P @ V);  return the largest of each row of Q",
        ),
        why=(
            "`P @ V` is the expectation over s', all states and actions at once. Repeat the sweep and V becomes the value of acting best, "
            "since each sweep shrinks the difference to γ times what it was, or less."
        ),
    ),
    Exercise(
        id="02.change_loss",
        title="the one-step loss",
        minutes=6,
        stars=2,
        reference=change_loss,
        cases=change_cases,
        properties=(change_loss_can_be_learned_from,),
        mistakes=(
            Mistake(whole_state, "The target is the next state itself. Asked for is the *change* of the state."),
            Mistake(not_normalised, "The target is not normalised: subtract the mean change, then divide by its spread."),
            Mistake(backwards, "The change goes from the state to the next one; you have it the other way round."),
            Mistake(times_std, "You multiply by the spread. To bring the spread to 1, divide by it."),
            Mistake(not_squared, "That is the mean of the absolute errors. Squared they are asked for."),
            Mistake(added_up, "That is the sum of the squares. Asked for is their mean, over all numbers of all transitions."),
            Mistake(
                added_up_in_each, "You add up the squares of each transition. Asked for is the mean over all numbers of all transitions."
            ),
            Mistake(only_the_mean_divided, "Only the mean is divided by the spread. Mind the brackets: (change - mean) / std."),
            Mistake(
                brought_back,
                "You bring the prediction back to the units of the state. Compare normalised changes: that is how they weigh the same.",
            ),
            Mistake(only_the_mean_left_out, "You divide by the spread, but the mean change is not subtracted first."),
        ),
        hints=(
            "The network says how the state will change, in units in which changes have mean 0 and spread 1. And the truth?",
            "Target: (change - mean) / std, with change = next_state - state. Then the mean of the squared differences.",
            "target ← (next_state - state - mean) / std;  return the mean of (prediction - target)²",
        ),
        why=(
            "Normalised, an angle that changes by 0.1 and a speed that changes by 1 weigh the same. Without it the network would learn the "
            "speed and neglect the angle. Predicting the change, it need not learn that the world mostly stays as it is."
        ),
        survivors={
            "return (prediction - target).square().mean() → return (target - prediction).square().mean()": "the square is the same",
        },
    ),
    Exercise(
        id="02.imagined_states",
        title="imagine k steps",
        minutes=6,
        stars=1,
        reference=imagined_states,
        cases=imagined_cases,
        mistakes=(
            Mistake(always_from_the_first, "Every step begins in the first state. Open loop, it begins where the step before has ended."),
            Mistake(without_the_start, "The first state is missing: with T actions there are T + 1 states."),
            Mistake(only_the_end, "That is the last state alone. All of them are asked for, the first one too."),
            Mistake(
                added_to_the_state, "You add the model's answer to the state. This model returns the next state itself, not the change."
            ),
            Mistake(first_action_forever, "You use the first action at every step."),
        ),
        hints=(
            "Where does the second step begin: in the real world, or in what the model has said?",
            "Keep a list of states; its last element and the next action give the next element. `torch.stack` makes a tensor of it.",
            "states ← [state];  for each action: append model(last of states, action);  return the stacked states",
        ),
        why=(
            "Nothing in the loop looks at the world, so the error of each step goes into the next. That is why a small one-step error can "
            "be a large one after k steps."
        ),
    ),
    Exercise(
        id="02.best_first_action",
        title="random shooting",
        minutes=12,
        stars=3,
        reference=best_first_action,
        cases=planning_cases,
        mistakes=(
            Mistake(last_action, "That is the last action of the best plan. The one to do now is its first."),
            Mistake(whole_plan, "That is the whole plan. Only its first action is done; then one looks, and plans again."),
            Mistake(near_sighted, "You look at the first reward only. A plan is worth the sum of all its rewards, discounted."),
            Mistake(no_discount, "The rewards are not discounted: the reward of step t counts γ^t times."),
            Mistake(discounted_too_much, "Your γ starts at γ¹; the first reward counts fully: γ⁰ = 1."),
            Mistake(the_worst_plan, "That is the worst plan. A return is to be large."),
            Mistake(never_moves, "Every step begins in the first state. Go on from the state that the model has imagined."),
        ),
        hints=(
            "How do you follow one plan in the model? And all of them at once?",
            "Begin with `state.expand(len(plans), len(state))`. In step t all plans do `plans[:, t]`. Add γ^t times the reward.",
            "states ← the state, once a plan;  total ← 0;  for t: next ← model(states, plans[:, t]);  total += γ^t · reward(states, "
            "plans[:, t], next);  states ← next.  best ← argmax of total;  return plans[best, 0], total[best]",
        ),
        why=(
            "This is a planner: it needs a model and a reward, and no learning. All plans move together, as one batch. Doing only the "
            "first action and planning again (MPC) forgives much of what the model gets wrong."
        ),
    ),
    Exercise(
        id="02.refit_to_elites",
        title="the step of the cross-entropy method",
        minutes=5,
        stars=1,
        reference=refit_to_elites,
        cases=elite_cases,
        mistakes=(
            Mistake(the_worst, "These are the worst plans. A return is to be large."),
            Mistake(everybody, "You fit the Gaussian to all plans. Only the elites count."),
            Mistake(the_first, "You take the first plans, not the best: their order says nothing."),
            Mistake(over_time, "You average over time. Each time step has a mean and a spread of its own, over the elites."),
            Mistake(one_for_all_times, "That is one mean for all times. Each time step has a mean and a spread of its own."),
            Mistake(without_correction, "You divide by the number of elites. The text asks for n - 1 there, as `std` does by itself."),
            Mistake(variance, "That is the variance; asked for is its square root, the standard deviation."),
        ),
        hints=(
            "Which plans are the elites, and over which axis do they differ?",
            "`returns.topk(elites).indices` says which; `plans[...]` takes them; then `.mean(0)` and `.std(0)`.",
            "best ← indices of the `elites` largest returns;  return mean and std of plans[best] over axis 0",
        ),
        why=(
            "Guess, keep the best, guess around them: the whole of CEM is this step in a loop. It needs no gradient of the model, so "
            "it works with any."
        ),
    ),
)

QUIZ = (
    Question(
        "What does s' = f(s, a) leave out, compared with p(s'|s, a)?",
        ("the action", "that the same s and a may lead to different next states", "the time"),
        "b",
        (
            "The action is there, in both.",
            "A function gives one answer. A probability distribution gives each possible next state its chance.",
            "Neither has the time in it: what happens depends on s and a alone.",
        ),
    ),
    Question(
        "A model's error is small after one step and large after 50, on the same held-out play. Why?",
        (
            "later steps of an episode are harder to predict",
            "it was trained for too long",
            "each imagined step begins where the one before has ended, error included",
        ),
        "c",
        (
            "Shown the real state, it would predict step 50 about as well as step 1.",
            "Training on makes both errors smaller, as the panel shows.",
            "Open loop, errors go into the next input, and a world that magnifies differences magnifies them, too.",
        ),
    ),
    Question(
        "What do the members of an ensemble tell by disagreeing?",
        (
            "that there were few data like this, so that they may be wrong here",
            "that the world is random here",
            "that one of them is broken",
        ),
        "a",
        (
            "Where there were data they were all taught the same. Elsewhere each invents something else.",
            "Trained with squared errors, all members go to the same mean, however random the world is.",
            "They differ in their first weights and in what they saw when; none of them is the true one.",
        ),
    ),
    Question(
        "MPC plans 20 actions and does only the first. Why not do all twenty?",
        (
            "the other nineteen are random",
            "after one step the real state is known, so that a new plan need not build on imagined ones",
            "the model can only predict one step",
        ),
        "b",
        (
            "They were chosen with the first: the plan is good as a whole, if the model is right.",
            "Looking again takes the model's error back to that of one step, twenty times as often.",
            "It can be asked again and again; that is what imagining is.",
        ),
    ),
    Question(
        "In which of these families do the tasks differ in the transition model?",
        (
            "Navigation2D, where the goal differs",
            "GridWorld, where the goal differs",
            "Navigation2D and GridWorld",
            "Pendulum, where mass, length, gravity and motor differ",
        ),
        "d",
        (
            "A step of 0.1 is a step of 0.1 whatever the goal: only the reward and the end of the episode differ.",
            "Moving from cell to cell is the same; only where the reward lies, and where the episode ends, differs.",
            "In both, how a step moves the agent is the same in all tasks. (That an episode ends at the goal is part of the task, too.)",
            "The same torque in the same state leads elsewhere. The reward is the same in all of its tasks.",
        ),
    ),
)
