"""Answers as people write them: right ones in other words than the reference's, and wrong ones that a check could let pass."""

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.func import grad, vmap
from torch.nn import functional as F

from dremeta_lite.exercises import find
from dremeta_lite.exercises.judging import judge
from dremeta_lite.inner import surrogate


def adapt_by_autograd(J, theta, alpha):
    return theta + alpha * torch.autograd.grad(J(theta), theta)[0]


def adapt_by_autograd_of_a_copy(J, theta, alpha):
    start = theta.clone().requires_grad_()
    return (start + alpha * torch.autograd.grad(J(start), start)[0]).detach()


def adapt_by_backward(J, theta, alpha):
    start = theta.clone().detach().requires_grad_()
    J(start).backward()
    return theta + alpha * start.grad


def adapt_k_backward(J, theta, alpha, steps):
    for _ in range(steps):
        phi = theta.detach().requires_grad_()
        theta = theta + alpha * torch.autograd.grad(J(phi), phi)[0]
    return theta


def adapt_k_recursive(J, theta, alpha, steps):
    return theta if steps == 0 else adapt_k_recursive(J, theta + alpha * grad(J)(theta), alpha, steps - 1)


def adapt_k_while(J, theta, alpha, steps):
    phi, k = theta.clone(), 0
    while k < steps:
        phi, k = torch.add(phi, grad(J)(phi), alpha=alpha), k + 1
    return phi


def adapt_k_cut_after_the_first(J, theta, alpha, steps):
    phi = theta
    for k in range(steps):
        phi = phi + alpha * grad(J)(phi)
        phi = phi.detach() if k else phi
    return phi


def meta_by_loop(J, theta, tasks, alpha):
    total = torch.zeros_like(theta)
    for task in tasks:
        total = total + grad(lambda t, task=task: J(t + alpha * grad(J)(t, task), task))(theta)
    return total / len(tasks)


def meta_first_order_by_detach(J, theta, tasks, alpha):
    return grad(lambda t: torch.stack([J(t + alpha * grad(J)(t, task).detach(), task) for task in tasks]).mean())(theta)


def reptile_by_vmap(J, theta, tasks, alpha, steps, beta):
    def walk(task):
        phi = theta
        for _ in range(steps):
            phi = phi + alpha * grad(J)(phi, task)
        return phi

    return theta + beta * vmap(walk)(tasks).mean(0) - beta * theta


def meta_sgd_by_two_grads(J_support, J_query, theta, rates, beta):
    after = lambda t, r: J_query(t + r * grad(J_support)(t))
    return theta + beta * grad(after)(theta, rates), rates + beta * grad(after, argnums=1)(theta, rates)


def trial_returns_by_trial(rewards, mask, discount):
    result = torch.zeros_like(rewards)
    for i in range(len(rewards)):
        G = 0.0
        for e in range(rewards.shape[1] - 1, -1, -1):
            for t in range(rewards.shape[2] - 1, -1, -1):
                if mask[i, e, t]:
                    G = rewards[i, e, t] + discount * G
                    result[i, e, t] = G
    return result


def trial_returns_by_powers(rewards, mask, discount):
    r, m = (rewards * mask).flatten(1).double(), mask.flatten(1)
    k = m.cumsum(1)
    weights = (discount ** (k[:, None, :] - k[:, :, None])) * torch.ones(r.shape[1], r.shape[1]).triu()
    return ((weights * r[:, None, :]).sum(-1) * m).view(rewards.shape)


def posterior_by_counts(actions, rewards, arms):
    paid = torch.bincount(actions, weights=rewards, minlength=arms)
    return torch.stack([1 + paid, 1 + torch.bincount(actions, minlength=arms) - paid], 1)


def bayes_value_remembered(successes, failures, pulls):
    known = {}

    def value(state, n):
        if n == 0:
            return 0
        if (state, n) not in known:
            best = 0.0
            for i, (s, f) in enumerate(state):
                rest = state[:i] + state[i + 1 :]
                won, lost = tuple(sorted((*rest, (s + 1, f)))), tuple(sorted((*rest, (s, f + 1))))
                best = max(best, ((1 + s) * (1 + value(won, n - 1)) + (1 + f) * value(lost, n - 1)) / (2 + s + f))
            known[state, n] = best
        return known[state, n]

    return value(tuple(sorted(zip(successes, failures, strict=True))), pulls)


def rl2_input_by_rows(actions, rewards, ended, n_actions):
    rows = torch.zeros(len(actions), n_actions + 2)
    for t in range(1, len(actions)):
        rows[t, actions[t - 1]] = 1
        rows[t, -2], rows[t, -1] = rewards[t - 1], ended[t - 1]
    return rows


def ucb1_by_arm(successes, failures, exploration):
    t = float((successes + failures).sum())
    found = []
    for s, f in zip(successes.tolist(), failures.tolist(), strict=True):
        found.append(math.inf if s + f == 0 else s / (s + f) + exploration * (2 * math.log(t) / (s + f)) ** 0.5)
    return np.array(found)


def at_budget_by_rows(seconds, returns, budget):
    found = []
    for when, row in zip(seconds.tolist(), returns.tolist(), strict=True):
        in_time = [x for t, x in zip(when, row, strict=True) if t <= budget]
        found.append(in_time[-1] if in_time else float("nan"))
    return found


def at_budget_by_count(seconds, returns, budget):
    k = (seconds <= budget).sum(1) - 1
    return torch.where(k >= 0, returns[torch.arange(len(k)), k.clamp(min=0)], torch.nan)


def break_even_by_counting(meta, adapt, scratch):
    if adapt >= scratch:
        return float("inf")
    n = 0
    while not meta + n * adapt < n * scratch:
        n += 1
    return n


def calibration_by_bins(said, happened, bins):
    a, b = [], []
    for i in range(bins):
        inside = (said >= i / bins) & ((said < (i + 1) / bins) | (i == bins - 1))
        a.append(said[inside].mean())
        b.append(happened[inside].float().mean())
    return torch.stack(a), torch.stack(b)


def walk_return_by_step(cells, goal, known):
    total, e = 0.0, 0
    for row in cells.tolist():
        if goal in row:
            k = row.index(goal)
            return total - 0.1 * k + (len(row) - k) + (len(cells) - e - 1) * known
        total, e = total - 0.1 * len(row), e + 1
    return total


def gae_with(bootstrap, ends, following=None):
    """Backwards, with the flags and values that are asked for."""

    def answer(rewards, values, next_values, terminated, truncated, discount, lam):
        beyond = next_values if following is None else following(values, next_values)
        advantages, later = [0.0] * len(rewards), 0.0
        for t in range(len(rewards) - 1, -1, -1):
            delta = rewards[t] + discount * (0.0 if bootstrap(terminated, truncated)[t] else beyond[t]) - values[t]
            later = delta + discount * lam * (0.0 if ends(terminated, truncated)[t] else later)
            advantages[t] = later
        return torch.tensor(advantages)

    return answer


def either(terminated, truncated):
    return terminated | truncated


def best_baseline_in_numpy(x, r):
    p = np.exp(x - x.max()) / np.exp(x - x.max()).sum()
    weight = p * ((np.eye(len(p)) - p) ** 2).sum(1)
    return float(weight @ r / weight.sum())


def masked_returns_by_row(reward, terminated, discount):
    found = []
    for row, ends in zip(reward.tolist(), terminated.tolist(), strict=True):
        G = 0.0
        for t, (r, end) in enumerate(zip(row, ends, strict=True)):
            G += discount**t * r
            if end:
                break
        found.append(G)
    return torch.tensor(found)


def masked_returns_by_alive(reward, terminated, discount):
    alive = torch.cat([torch.ones(len(reward), 1), (~terminated[:, :-1]).float().cumprod(1)], 1)
    return (reward * alive * discount ** torch.arange(reward.shape[1])).sum(1)


def policy_value_by_sweeps(P, R, policy, discount):
    V, change = torch.zeros(len(P)).double(), 1.0
    while change > 1e-12:
        V, before = (policy * (R + discount * P @ V)).sum(1), V
        change = (V - before).abs().max() / V.abs().max()
    return V


def transitions_by_index_put(state, action, next_state, n_states, n_actions):
    counts = torch.zeros(n_states, n_actions, n_states).index_put((state, action, next_state), torch.tensor(1.0), accumulate=True)
    return (counts / counts.sum(-1, keepdim=True)).nan_to_num(1 / n_states)


def imagined_recursively(model, state, actions):
    if len(actions) == 0:
        return state[None]
    return torch.cat([state[None], imagined_recursively(model, model(state, actions[0]), actions[1:])])


def best_first_by_plan(model, reward, state, plans, discount):
    best, action = -math.inf, None
    for plan in plans:
        s, total = state[None], 0.0
        for t, a in enumerate(plan):
            s2 = model(s, a[None])
            total, s = total + discount**t * reward(s, a[None], s2).item(), s2
        if total > best:
            best, action = total, plan[0]
    return action, best


def q_update_by_share(Q, state, action, reward, next_state, terminated, alpha, gamma):
    new = Q.clone()
    new[state, action] = (1 - alpha) * Q[state, action] + alpha * (reward + gamma * max(Q[next_state].tolist()) * (not terminated))
    return new


def rl2_twice(theta, play, climb, discount, eta):
    """One play for the gradient, another for what is reported: twice the time, and the same learner."""
    credit, objective = find("07.credit").reference, find("07.trial_objective").reference

    def value(theta):
        logits, arm, reward = play(theta)
        return objective(logits, arm, credit(reward, discount), eta)

    return climb(grad(value)(theta)), {"return": play(theta)[2].sum(1).mean()}


def rl2_from_two_plays(theta, play, climb, discount, eta):
    """As in A2C, whose stretch is played before: but the memory of the second play has seen other arms."""
    _, arm, reward = play(theta)
    credit = find("07.credit").reference(reward, discount)
    value = lambda theta: find("07.trial_objective").reference(play(theta)[0], arm, credit, eta)
    return climb(grad(value)(theta)), {"return": reward.sum(1).mean()}


def a2c_inside(theta, play, look, value, climb, discount, eta, looked=lambda inside, outside: inside):
    """Everything inside what is differentiated; or some of it not."""

    def worth(inside):
        s, a, r, *ends, s2 = play(inside)
        target = find("04.targets").reference(r, value(inside, s2), *ends, discount)
        objective = find("04.actor_critic_objective").reference
        return objective(*look(looked(inside, theta), s, a), value(inside, s), target, eta), target.mean()

    slope, target = torch.func.grad(worth, has_aux=True)(theta)
    return climb(slope), {"target": target}


def phi_before(policy, theta, support, query, alpha):
    phi = vmap(lambda s: find("06.inner_step").reference(policy, theta, s, alpha))(support)
    return grad(lambda theta: vmap(lambda p, q: surrogate(policy, p, q))(phi, query).mean())(theta)


RIGHT: dict[str, list[Callable[..., Any]]] = {
    "06.adapt_by_hand": [lambda J, theta, alpha: torch.add(theta, grad(J)(theta), alpha=alpha)],
    "06.adapt_k": [adapt_k_recursive, adapt_k_while],
    "06.objective_after": [lambda S, Q, theta, alpha: Q(torch.add(theta, grad(S)(theta), alpha=alpha))],
    "06.hill_meta_gradient": [
        lambda theta, alpha, c, g, d, h: (
            d * (h - theta + alpha * c * (theta - g)) - alpha * c * d * (h - theta + alpha * c * (theta - g)),
            d * (h - theta + alpha * c * (theta - g)),
        )
    ],
    "06.batch_meta_gradient": [meta_by_loop],
    "06.reptile_update": [reptile_by_vmap],
    "06.meta_sgd_step": [meta_sgd_by_two_grads],
    "08.elbo": [
        lambda *arguments: elbo_by_cross_entropy(*arguments),
        lambda logits, paid, counts, kl, weight: torch.stack(
            [-F.softplus(torch.where(paid, -row, row))[counts].sum() - weight * k for row, k in zip(logits, kl, strict=True)]
        ),
        lambda logits, paid, counts, kl, weight: (
            torch.distributions.Bernoulli(logits=logits).log_prob(paid.float()).mul(counts).sum(-1) - weight * kl
        ),
        lambda logits, paid, counts, kl, weight: F.logsigmoid(logits * (2.0 * paid - 1))[:, counts].sum(-1) - weight * kl,
    ],
    "08.kl_gaussians": [
        lambda m, v, pm, pv: 0.5 * (pv - v + (v - pv).exp() + (m - pm) ** 2 * (-pv).exp() - 1).sum(-1),
        lambda m, v, pm, pv: torch.distributions.kl_divergence(
            torch.distributions.Normal(m, (v / 2).exp()), torch.distributions.Normal(pm, (pv / 2).exp())
        ).sum(-1),
    ],
    "08.update_belief": [
        lambda belief, cell, paid: F.normalize(belief * ((torch.arange(belief.shape[1]) == cell[:, None]) == paid[:, None]), p=1.0, dim=1),
        lambda belief, cell, paid: torch.stack(
            [
                F.one_hot(c, len(b)).float() if p else b.clone().index_fill(0, c, 0.0) / (b.sum() - b[c])
                for b, c, p in zip(belief, cell, paid, strict=True)
            ]
        ),
    ],
}

RIGHT |= {
    "07.trial_returns": [trial_returns_by_trial, trial_returns_by_powers],
    "07.beta_posterior": [posterior_by_counts],
    "07.bayes_value": [bayes_value_remembered],
    "07.rl2_input": [rl2_input_by_rows],
    "07.ucb1": [ucb1_by_arm],
    "08.calibration": [calibration_by_bins],
    "08.walk_return": [walk_return_by_step],
    "10.at_budget": [at_budget_by_rows, at_budget_by_count],
    "10.break_even": [break_even_by_counting, lambda meta, adapt, scratch: meta // (scratch - adapt) + 1 if scratch > adapt else math.inf],
    "10.gap_closed": [lambda returns, floor, optimum: 1 - (optimum - returns) / (optimum - floor)],
    "10.episode_regret": [
        lambda returns, optimal: np.cumsum((optimal - returns).numpy().mean(axis=0)),
        lambda returns, optimal: optimal.cumsum(1).mean(0) - returns.cumsum(1).mean(0),
    ],
    "10.paired_difference": [
        lambda a, b: ((a - b).mean().item(), (np.std((a - b).numpy(), ddof=1) / np.sqrt(len(a)))),
        lambda a, b: ((a - b).mean(), ((a - b - (a - b).mean()).square().sum() / (len(a) - 1) / len(a)).sqrt()),
    ],
    "10.bootstrap_interval": [
        lambda values, picks, level: np.quantile(values.numpy()[picks.numpy()].mean(1), [(1 - level) / 2, (1 + level) / 2]),
        lambda values, picks, level: tuple(np.percentile(values[picks].mean(1).numpy(), [50 - 50 * level, 50 + 50 * level])),
    ],
}

RIGHT |= {
    "04.score": [
        lambda logits, action: grad(lambda x: x.log_softmax(-1)[action])(logits),
        lambda logits, action: F.one_hot(torch.tensor(action), len(logits)) - torch.exp(logits - logits.logsumexp(0)),
    ],
    "04.best_baseline": [
        lambda x, r: ((w := x.softmax(0) * (1 - 2 * x.softmax(0) + x.softmax(0).square().sum())) * r).sum() / w.sum(),
        lambda x, r: best_baseline_in_numpy(x.numpy().astype(float), r.numpy()),
    ],
    "04.returns_to_go": [
        lambda r, g: torch.tensor([sum(g**k * x for k, x in enumerate(r[t:].tolist())) for t in range(len(r))]),
        lambda r, g: [float(sum(g ** (u - t) * r[u] for u in range(t, len(r)))) for t in range(len(r))],
    ],
    "04.reinforce_loss": [
        lambda logits, actions, returns: (F.cross_entropy(logits, actions, reduction="none") * returns).mean(),
        lambda logits, actions, returns: -(torch.distributions.Categorical(logits=logits).log_prob(actions) * returns).mean(),
        lambda logits, actions, returns: (
            sum((x.logsumexp(0) - x[a]) * g for x, a, g in zip(logits, actions, returns, strict=True)) / len(returns)
        ),
        lambda logits, actions, returns: -torch.log_softmax(logits, 1)[range(len(actions)), actions].dot(returns) / len(actions),
    ],
    "04.gae": [gae_with(lambda a, b: a, either)],
    "04.clipped_objective": [
        lambda new, old, A, c: torch.where(A >= 0, (new - old).exp().clamp(max=1 + c), (new - old).exp().clamp(min=1 - c)).mul(A).mean(),
        lambda new, old, A, c: torch.min(
            torch.stack([torch.exp(new - old) * A, torch.clip(torch.exp(new - old), 1 - c, 1 + c) * A]), 0
        ).values.mean(),
    ],
    "05.transfer_gap": [
        lambda m: (m.diag().mean(), m[~torch.eye(len(m), dtype=torch.bool)].mean()),
        lambda m: (np.trace(m.numpy()) / len(m), (m.numpy().sum() - np.trace(m.numpy())) / (len(m) * (len(m) - 1))),
    ],
    "05.taken_loss": [
        lambda q, a, y, mask: (q.gather(1, a[:, None])[:, 0] - y)[mask == 1].square().mean(),
        lambda q, a, y, mask: F.mse_loss(q[mask > 0, a[mask > 0]], y[mask > 0]),
        lambda q, a, y, mask: (((q * F.one_hot(a, q.shape[1])).sum(1) - y).square() * mask / mask.sum()).sum(),
    ],
    "05.adapt_copies": [  # nothing in the lesson differentiates through the step
        lambda theta, gradients, alpha: {k: p.data - alpha * gradients[k].data for k, p in theta.items()},
        lambda theta, gradients, alpha: {k: torch.stack([p - alpha * g for g in gradients[k]]) for k, p in theta.items()},
        lambda theta, gradients, alpha: {k: torch.sub(p, gradients[k], alpha=alpha) for k, p in theta.items()},
    ],
    "05.support_query": [
        lambda x, share: torch.tensor_split(x, [max(1, min(x.shape[1] - 1, math.floor(share * x.shape[1])))], 1),
    ],
    "05.pooled_gradient": [
        lambda g, mask: torch.stack([x[m.bool()].mean(0) for x, m in zip(g, mask, strict=True)]).mean(0),
        lambda g, mask: ((mask / mask.sum(1, keepdim=True))[:, :, None] * g).sum((0, 1)) / len(g),
    ],
    "05.mean_and_error": [
        lambda r: (r.mean(), r.mean(1).std() / math.sqrt(len(r))),
        lambda r: (r.double().mean(), np.std(r.double().numpy().mean(1), ddof=1) / len(r) ** 0.5),
    ],
    "04.a2c_step": [a2c_inside],
    "07.rl2_step": [rl2_twice],
    "01.bootstrap_target": [
        lambda r, v, term, trunc, g: torch.where(term, r, r + g * v),
        lambda r, v, term, trunc, g: [a if t else a + g * b for a, b, t in zip(r.tolist(), v.tolist(), term.tolist(), strict=True)],
        lambda r, v, term, trunc, g: r + g * v * (1 - term.float()),
    ],
    "01.softmax_policy": [
        lambda h, temperature: F.softmax(h / temperature, -1),
        lambda h, temperature: (h / temperature - torch.logsumexp(h / temperature, -1, keepdim=True)).exp(),
        lambda h, temperature: 1 / torch.exp((h[..., None, :] - h[..., :, None]) / temperature).sum(-1),
    ],
    "01.discounted_return": [
        lambda rewards, g: sum(g**t * r for t, r in enumerate(rewards)),
        lambda rewards, g: float(np.polyval(rewards[::-1], g)) if rewards else 0,
        lambda rewards, g: functools.reduce(lambda G, r: r + g * G, reversed(rewards), 0.0),
    ],
    "01.masked_returns": [masked_returns_by_row, masked_returns_by_alive],
    "01.mean_and_error": [
        lambda r: (r.mean(), torch.sqrt(r.var() / len(r))),
        lambda r: (sum(r.tolist()) / len(r), ((r - r.mean()).square().sum() / (len(r) - 1) / len(r)) ** 0.5),
    ],
    "01.policy_value": [
        lambda P, R, policy, g: torch.linalg.inv(torch.eye(len(P)).double() - g * (policy[:, :, None] * P).sum(1)) @ (policy * R).sum(1),
        lambda P, R, policy, g: np.linalg.solve(np.eye(len(P)) - g * np.einsum("ij,ijk->ik", policy, P), np.sum((policy * R).numpy(), 1)),
        policy_value_by_sweeps,
    ],
    "02.estimate_transitions": [transitions_by_index_put],
    "02.value_sweep": [
        lambda P, R, V, g: (R + g * torch.einsum("san,n->sa", P, V)).max(1).values,
        lambda P, R, V, g: [max(float(R[s, a] + g * P[s, a] @ V) for a in range(R.shape[1])) for s in range(len(R))],
    ],
    "02.change_loss": [
        lambda p, s, s2, mean, std: F.mse_loss(p, (s2 - s - mean) / std),
        lambda p, s, s2, mean, std: torch.mean(((s2 - s - mean) / std - p) ** 2),
    ],
    "02.imagined_states": [imagined_recursively],
    "02.best_first_action": [best_first_by_plan],
    "02.refit_to_elites": [
        lambda plans, returns, n: ((best := plans[returns.argsort(descending=True)[:n]]).mean(0), best.std(0)),
        lambda plans, returns, n: torch.std_mean(plans[returns.topk(n)[1]], 0)[::-1],
    ],
    "03.q_update": [q_update_by_share],
    "03.q_target": [
        lambda r, Q, term, trunc, g: torch.where(term, r, r + g * Q.max(1)[0]),
        lambda r, Q, term, trunc, g: [float(a) if t else float(a) + g * max(row) for a, row, t in zip(r, Q.tolist(), term, strict=True)],
    ],
    "03.replay_sample": [
        lambda memory, count, batch, rng: memory[torch.randint(0, min(count, len(memory)), (batch,), generator=rng)],
        lambda memory, count, batch, rng: memory[torch.multinomial(torch.ones(min(count, len(memory))), batch, True, generator=rng)],
    ],
    "03.soft_update": [
        lambda target, online, tau: {k: torch.lerp(p, online[k].detach(), tau) for k, p in target.items()},
        lambda target, online, tau: {k: (p + tau * (online[k] - p)).detach() for k, p in target.items()},
        torch.no_grad()(lambda target, online, tau: {k: target[k] * (1 - tau) + online[k] * tau for k in target}),
    ],
    "03.double_target": [
        lambda r, online, target, term, g: torch.where(term, r, r + g * target[range(len(r)), online.argmax(1)]),
        lambda r, online, target, term, g: r + g * (target * F.one_hot(online.argmax(-1), online.shape[1])).sum(-1) * (1 - term.float()),
    ],
}

RIGHT |= {
    "09.variance_at": [  # half of the precision is read
        lambda phi, precision, noise: phi.mT.cholesky_solve(torch.linalg.cholesky(precision)).mul(phi.mT).sum(0) + noise,
        lambda phi, precision, noise: ((e := torch.linalg.eigh(precision)) and (phi @ e[1]).square() / e[0]).sum(1) + noise,
    ],
    "11.gan_losses": [  # at 0, clamp and abs have an edge
        lambda shown, made: ((c := lambda x: (x.clamp(min=0) + (-x.abs()).exp().log1p()).mean())(-shown) + c(made), c(-made)),
    ],
    "13.causal_attention": [
        lambda q, k, v: (q @ k.T / len(k[0]) ** 0.5).masked_fill(~torch.ones(len(q), len(q)).tril().bool(), -1e9).softmax(-1) @ v,
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True),
    ],
    "15.recall": [lambda keys, values, counts, query: (keys[counts] @ query) @ values[counts]],
}


@pytest.mark.usefixtures("in_threads")
@pytest.mark.parametrize(("id", "answer"), [(id, answer) for id, answers in RIGHT.items() for answer in answers])
def test_a_right_answer_in_other_words_is_right(id: str, answer: Callable[..., Any]) -> None:
    verdict = judge(find(id), answer)
    assert verdict.outcome == "right", verdict


def walk(cells, goal, known, search=0, stay=0, later=0):
    """With indices from 0, and one off where it says so."""
    E, H = cells.shape
    for e in range(E):
        for k in range(H):
            if cells[e, k] == goal:
                return -0.1 * (H * e + k + search) + (H - k + stay) + (E - e - 1 + later) * known
    return -0.1 * E * H


def best_so_far(seconds, returns, budget):
    best = torch.full((len(seconds),), -math.inf)
    for k in range(seconds.shape[1]):
        best = torch.where(seconds[:, k] <= budget, torch.maximum(best, returns[:, k]), best)
    return best


def best_so_far_or_nan(seconds, returns, budget):
    best = best_so_far(seconds, returns, budget)
    return torch.where(best.isinf(), torch.nan, best)


def trial_returns_unmasked(rewards, mask, discount):
    """Masked steps are not discounted, but what stands in them is added up."""
    r, m, G = rewards.flatten(1), mask.flatten(1), torch.zeros(len(rewards))
    out = torch.zeros_like(r)
    for t in reversed(range(r.shape[1])):
        G = r[:, t] + G * torch.where(m[:, t] == 1, discount, 1.0)
        out[:, t] = G * m[:, t]
    return out.view_as(rewards)


def trial_returns_reset(rewards, mask, discount):
    out, G = torch.zeros_like(rewards).flatten(1), torch.zeros(len(rewards))
    for t in reversed(range(out.shape[1])):
        G = torch.where(mask.flatten(1)[:, t] == 1, rewards.flatten(1)[:, t] + discount * G, 0.0)
        out[:, t] = G
    return out.view_as(rewards)


def elbo_by_cross_entropy(logits, paid, counts, kl, weight):
    costs = F.binary_cross_entropy_with_logits(logits, paid.float().expand_as(logits), reduction="none")
    return -(costs * counts).sum(1) - weight * kl


def calibration_between_extremes(said, happened, bins):
    """As `np.histogram` does if it is not told the range."""
    edges = np.histogram_bin_edges(said.numpy(), bins)
    which = torch.from_numpy(np.digitize(said.numpy(), edges[1:-1]))
    return [[x[which == i].double().mean() for i in range(bins)] for x in (said, happened)]


def gae_cut_late(rewards, values, next_values, terminated, truncated, discount, lam):
    advantages, later = torch.zeros_like(rewards), 0.0
    for t in range(len(rewards) - 1, -1, -1):
        later = rewards[t] + discount * next_values[t] * ~terminated[t] - values[t] + discount * lam * later
        advantages[t] = later
        if terminated[t] or truncated[t]:
            later = 0.0
    return advantages


def split_rounded_up(x, share):
    n = min(max(math.ceil(x.shape[1] * share), 1), x.shape[1] - 1)
    return x[:, :n], x[:, n:]


def play_with(net, params, chances, pulls, rng, first=False, arms_once=False):
    """With what is random drawn before the first pull, as it should not be."""
    memory, told, rows = net.blank(len(chances)), torch.zeros(len(chances), 4), []
    draws = torch.rand(2, pulls, *chances.shape, generator=rng)
    for pull in range(pulls):
        memory = net.step(params, memory, told)
        logits = net.logits(params, memory)
        arm = (logits - (-draws[0, 0 if arms_once else pull].log()).log()).argmax(1)
        reward = (draws[1, 0 if first else pull] < chances).float().gather(1, arm[:, None])[:, 0]
        told = torch.cat([F.one_hot(arm, 3), reward[:, None]], 1)
        rows.append((logits, arm, reward))
    return tuple(torch.stack(column, 1) for column in zip(*rows, strict=True))


def credit_in_numpy(reward, discount):
    return torch.tensor(np.array(find("07.credit").reference(torch.tensor(reward.numpy()), discount)))


def rl2_inside(theta, play, climb, discount, eta):
    value = lambda theta: (
        (found := play(theta)) and find("07.trial_objective").reference(*found[:2], credit_in_numpy(found[2], discount), eta)
    )
    return climb(grad(value)(theta)), {"return": play(theta)[2].sum(1).mean()}


def belief_by_odds(ratios, chance, p):
    found = []
    for ratio in ratios:
        p = torch.as_tensor(p * (1 - chance) + (1 - p) * chance)
        p = (odds := p / (1 - p) * ratio) / (1 + odds)
        found.append(p)
    return torch.stack(found)


def healed_by_health(health, medic, most, healing):
    others = torch.where((health > 0) & (torch.arange(len(health)) != medic), health, math.inf)
    healed = F.one_hot(others.argmin(), len(health)).bool() & (health[medic] > 0)
    return torch.where(healed, (health + healing).clamp(max=most), health)


def possible_or_all(possible, predicted, seen, near, counts):
    left = find("14.still_possible").reference(possible, predicted, seen, near, counts)
    return left if left.any() else torch.ones_like(left)


WRONG: list[tuple[str, Callable[..., Any], str]] = [
    ("04.a2c_step", functools.partial(a2c_inside, looked=lambda inside, outside: outside), "The actor has not moved"),
    ("06.meta_gradient", phi_before, "θ does not reach the query"),
    ("07.rl2_step", rl2_from_two_plays, "the logits of one play together with the arms of another"),
    ("07.credit", lambda r, g: F.normalize(find("07.credit").reference(r, g), dim=0), ""),
    ("07.trial_objective", lambda x, a, c, eta: (x.gather(-1, a[..., None])[..., 0] * c - eta * (x.softmax(-1) * x).sum(-1)).mean(), ""),
    ("06.adapt_by_hand", adapt_by_autograd, "torch.func"),
    ("06.adapt_by_hand", adapt_by_autograd_of_a_copy, "cut off"),
    ("06.adapt_by_hand", adapt_by_backward, "cut off"),
    ("06.adapt_k", adapt_k_backward, "cut off"),
    ("06.adapt_k", adapt_k_cut_after_the_first, "cut off"),
    ("06.batch_meta_gradient", meta_first_order_by_detach, "first-order gradient"),
    ("06.objective_after", lambda S, Q, theta, alpha: Q((theta + alpha * grad(S)(theta)).detach()), "cut off"),
    (
        "06.hill_meta_gradient",
        lambda theta, alpha, c, g, d, h: ((alpha * c - 1) * d * (theta - alpha * c * (theta - g) - h), d * (h - theta)),
        "First order, too, takes the slope of the query at φ",
    ),
    ("07.trial_returns", trial_returns_unmasked, "What stands in `rewards` where the mask is 0"),
    ("07.trial_returns", trial_returns_reset, "starts again at 0 where the mask is 0"),
    (
        "08.update_belief",
        lambda b, cell, paid: F.normalize(b * (torch.arange(b.shape[1]) != cell[:, None]), p=1, dim=1),
        "`paid` is not used",
    ),
    ("08.update_belief", lambda b, cell, paid: F.normalize(b * F.one_hot(cell, b.shape[1]), p=1, dim=1), ""),
    ("08.walk_return", lambda c, g, known: walk(c, g, known, stay=-1), "One step of staying too few"),
    ("08.walk_return", lambda c, g, known: walk(c, g, known, search=1), "One step of searching too many"),
    ("08.walk_return", lambda c, g, known: walk(c, g, known, later=1), "One episode too many"),
    ("08.walk_return", lambda c, g, known: walk(c, g, known, stay=1), "One step of staying too many"),
    ("08.elbo", lambda x, paid, counts, kl, w: (torch.where(paid, x, -x).sigmoid().log() * counts).sum(-1) - w * kl, "logsigmoid"),
    ("08.elbo", lambda x, paid, counts, kl, w: ((torch.where(paid, x, -x).sigmoid() + 1e-8).log() * counts).sum(-1) - w * kl, ""),
    ("10.at_budget", best_so_far, "You take the best checkpoint so far"),
    ("10.at_budget", best_so_far_or_nan, "You take the best checkpoint so far"),
    ("10.break_even", lambda m, a, s: next((n for n in range(200) if m + n * a < n * s), math.inf), ""),
    ("10.break_even", lambda m, a, s: next((n for n in range(10**5) if m + n * a < n * s), math.inf), "stopped counting too early"),
    ("04.gae", gae_with(lambda a, b: b, either), "The wrong flag"),
    ("04.gae", gae_with(lambda a, b: b, lambda a, b: b), "You use `truncated` everywhere"),
    ("04.gae", gae_with(lambda a, b: a, lambda a, b: b), "The sum has to end after a termination, too"),
    ("04.gae", gae_with(lambda a, b: a & False, lambda a, b: a & False), "Neither flag counts"),
    ("04.gae", gae_cut_late, "the wrong side of the end"),
    ("07.play_trials", functools.partial(play_with, first=True), "Each pull draws for itself what it pays"),
    ("07.play_trials", functools.partial(play_with, arms_once=True), "Each pull draws an arm of its own"),
    (
        "07.play_trials",
        lambda *given: torch.manual_seed(given[-1].initial_seed()) and find("07.play_trials").reference(*given),
        "everybody's",
    ),
    ("07.rl2_step", rl2_inside, "stay in torch, also in your functions that are called here"),
    ("09.weights_after", lambda x, y, c, m, s: find("09.weights_after").reference(x, y, c.sort(descending=True)[0], m, s), ""),
    (
        "11.goal_gan_loss",
        lambda d, good, made: (
            sum((d - y).square().mul(g).sum().div(g.sum()).nan_to_num() for y, g in ((1, good), (-1, ~good))) + (made + 1).square().mean()
        ),
        "is not a number",
    ),
    ("12.belief_after", belief_by_odds, "∞ / ∞ is no number"),
    ("14.after_healing", healed_by_health, ""),
    ("14.still_possible", possible_or_all, ""),
    ("17.worst_share", lambda r, share: r[r <= r.sort().values[math.ceil(share * len(r)) - 1]].mean(), "you take all"),
    ("04.returns_to_go", lambda r, g: r.flip(0).cumsum(0).flip(0), "Where is γ?"),
    ("04.score", lambda logits, action: 1 - logits.softmax(0), "belongs to the action that was taken"),
    ("06.adapt_k", lambda J, theta, alpha, steps: adapt_k_while(J, theta, -alpha, steps), "downhill"),
    ("06.objective_after", lambda S, Q, theta, alpha: Q(theta - alpha * grad(S)(theta)), "downhill"),
    ("06.batch_meta_gradient", lambda J, theta, tasks, alpha: meta_by_loop(J, theta, tasks, -alpha), "downhill"),
    ("07.trial_returns", lambda r, mask, g: trial_returns_by_trial(r, torch.ones_like(mask), g) * mask, "The mask comes too late"),
    ("07.trial_returns", lambda r, mask, g: trial_returns_by_trial(r, mask, g) - r * mask, "The reward of the step itself"),
    ("08.elbo", lambda x, paid, counts, kl, w: (F.logsigmoid(x) * counts).sum(-1) - w * kl, "`paid` is not used"),
    ("08.elbo", lambda x, paid, counts, kl, w: elbo_by_cross_entropy(x, paid, counts, kl, 1.0), "Where is the weight?"),
    ("08.elbo", lambda x, paid, counts, kl, w: elbo_by_cross_entropy(x, paid, counts, 0, 0) / len(paid) - w * kl, "not their mean"),
    ("04.gae", gae_with(lambda a, b: a, lambda a, b: a), "After a truncation, too"),
    ("04.gae", gae_with(either, either), "was only cut off"),
    ("04.gae", gae_with(lambda a, b: a, either, lambda v, n: [*v[1:], 0.0]), "You took V of the next row"),
    ("04.gae", gae_with(lambda a, b: a, either, lambda v, n: [*v[1:], n[-1]]), "another episode's first state"),
    ("05.support_query", split_rounded_up, "You round up"),
    ("05.transfer_gap", lambda m: ((best := m.max(0).values).mean(), (m.sum() - best.sum()) / (m.numel() - len(m))), ""),
    ("05.taken_loss", lambda q, a, y, mask: (n := int(mask.sum())) and (q[range(n), a[:n]] - y[:n]).square().mean(), ""),
    ("05.pooled_gradient", lambda g, mask: torch.stack([x[: int(m.sum())].mean(0) for x, m in zip(g, mask, strict=True)]).mean(0), ""),
    ("07.beta_posterior", lambda a, r, arms: posterior_by_counts(a, r, int(a.max()) + 1) if len(a) else torch.ones(arms, 2), ""),
    ("07.rl2_input", lambda a, r, ended, n: rl2_input_by_rows(a, r, ended, int(a.max()) + 1), "Tell `one_hot` how many"),
    ("08.kl_gaussians", lambda m, v, pm, pv: 0.5 * ((v - pv).exp() + (m - pm) ** 2 / (pv.exp() + 1e-6) - 1 - v + pv).sum(-1), ""),
    ("08.elbo", lambda x, paid, counts, kl, w: elbo_by_cross_entropy(x, paid, counts, kl.detach(), w), "their gradient by `kl` is cut off"),
    (
        "08.elbo",
        lambda x, paid, counts, kl, w: (-torch.where(paid, -x, x).exp().log1p() * counts).sum(-1) - w * kl,
        "an exp is infinite",
    ),
    ("08.calibration", calibration_between_extremes, "Your bins lie between the smallest and the largest forecast"),
    (
        "08.update_belief",
        lambda b, cell, paid: F.normalize(b * (F.one_hot(cell, b.shape[1]).bool() == paid[:, None]) + 1e-6, p=1, dim=1),
        "",
    ),
    ("10.gap_closed", lambda returns, floor, optimum: ((returns - floor) / (optimum - floor)).round(decimals=2), ""),
    ("10.episode_regret", lambda r, optimal: (optimal.amax(1, keepdim=True) - r).cumsum(1).mean(0), "the last or best"),
    ("01.discounted_return", lambda rewards, g: max(0.0, sum(g**t * r for t, r in enumerate(rewards))), ""),
    ("01.policy_value", lambda *arguments: policy_value_by_sweeps(*arguments).clamp(min=0), ""),
    ("04.best_baseline", lambda x, r: max(0.0, best_baseline_in_numpy(x.numpy().astype(float), r.numpy())), ""),
    ("06.adapt_by_hand", lambda J, theta, alpha: (theta + alpha * grad(J)(theta)).relu(), ""),
    ("02.value_sweep", lambda P, R, V, g: (R + g * P @ V).amax(1).clamp(min=0), ""),
    ("01.masked_returns", lambda reward, ended, g: masked_returns_by_alive(reward[:, :8], ended[:, :8], g), ""),
    (
        "04.clipped_objective",
        lambda new, old, A, c: torch.min((new - old).exp() * A, (new - old).exp().clamp(max=1 + c) * A).mean(),
        "1 - ε",
    ),
    ("04.reinforce_loss", lambda x, a, G: -((x.softmax(1)[range(len(a)), a] + 1e-8).log() * G).mean(), ""),
    ("04.returns_to_go", lambda r, g: (r * (p := g ** torch.arange(len(r)))).flip(0).cumsum(0).flip(0) / p, "Go backwards instead"),
    ("01.softmax_policy", lambda h, temperature: F.normalize(h.softmax(-1) ** (1 / temperature), p=1, dim=-1), ""),
    ("01.discounted_return", lambda rewards, g: sum(g**t * r for t, r in enumerate(rewards[:200])), ""),
    ("01.mean_and_error", lambda r: (r.mean(), ((r.square().mean() - r.mean() ** 2) / (len(r) - 1)) ** 0.5), ""),
    ("02.refit_to_elites", lambda plans, returns, n: ((e := plans[returns.topk(n).indices]).mean(0), e.std(0).clamp(min=0.1)), ""),
    ("03.q_update", lambda Q, *rest: q_update_by_share(Q.clamp(min=0), *rest) - Q.clamp(min=0) + Q, ""),
    (
        "03.soft_update",
        lambda target, online, tau: online if tau == 1 else {k: torch.lerp(p, online[k].detach(), tau) for k, p in target.items()},
        "A gradient leads",
    ),
    (
        "03.soft_update",
        lambda target, online, tau: {
            k: online[k].detach() if tau == 1 else torch.lerp(p, online[k].detach(), tau) for k, p in target.items()
        },
        "you give back what was handed in",
    ),
    ("03.q_target", lambda r, Q, term, trunc, g: r + g * Q[:, :3].amax(1) * ~term, ""),
    ("03.double_target", lambda r, online, target, term, g: r + g * target[range(len(r)), online.relu().argmax(1)] * ~term, ""),
    ("03.double_target", lambda r, online, target, term, g: r + g * target[range(len(r)), online[:, :3].argmax(1)] * ~term, ""),
    ("05.transfer_gap", lambda m: (m.diag().mean(), (rest := m - m.diag().diag())[rest != 0].mean()), ""),
    ("05.transfer_gap", lambda m: (m.diag().mean(), m[~torch.isin(m, m.diag())].mean()), ""),
    ("05.taken_loss", lambda q, a, y, mask: ((q * F.one_hot(a, q.shape[1])).amax(1) - y)[mask == 1].square().mean(), ""),
    (
        "03.replay_sample",
        lambda memory, count, batch, rng: memory[torch.randperm(batch, generator=rng) % min(count, len(memory))],
        "whatever the size of the batch",
    ),
]


@pytest.mark.usefixtures("in_threads")
@pytest.mark.parametrize(("id", "answer", "says"), WRONG)
def test_a_wrong_answer_is_refused_with_the_reason(id: str, answer: Callable[..., Any], says: str) -> None:
    verdict = judge(find(id), answer)
    assert verdict.outcome in ("wrong", "error") and says in verdict.message, verdict
