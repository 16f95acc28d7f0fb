"""Notebook 05: from one task to many: what belongs to a task, what is shared, and how many tasks a number is made from."""

from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake, Question

Params = dict[str, Tensor]


# --- 05.transfer_gap --------------------------------------------------------------------------------------------------------------------


def transfer_gap(matrix: Tensor) -> tuple[Tensor, Tensor]:
    own = matrix.diagonal()
    others = (matrix.sum() - own.sum()) / (matrix.numel() - len(own))
    return own.mean(), others


def mean_of_everything(matrix: Tensor) -> tuple[Tensor, Tensor]:
    return matrix.diagonal().mean(), matrix.mean()


def divided_by_everything(matrix: Tensor) -> tuple[Tensor, Tensor]:
    return matrix.diagonal().mean(), (matrix.sum() - matrix.diagonal().sum()) / matrix.numel()


def others_first(matrix: Tensor) -> tuple[Tensor, Tensor]:
    own, others = transfer_gap(matrix)
    return others, own


def best_of_each_row(matrix: Tensor) -> tuple[Tensor, Tensor]:
    best = matrix.max(1).values
    return best.mean(), (matrix.sum() - best.sum()) / (matrix.numel() - len(best))


def gap_cases() -> Iterator[Case]:
    tables = {
        "three policies in three tasks": [[-2.0, -71.0, -80.0], [-68.0, -3.0, -37.0], [-79.0, -40.0, -7.0]],
        "two policies, of which one does better in the other's task": [[-30.0, -12.0], [-50.0, -9.0]],
    }
    for words, rows in tables.items():
        n = len(rows)
        own = sum(rows[i][i] for i in range(n)) / n
        elsewhere = [rows[i][j] for i in range(n) for j in range(n) if i != j]
        yield Case(words, (torch.tensor(rows),), expected=(own, sum(elsewhere) / len(elsewhere)))


# --- 05.taken_loss ----------------------------------------------------------------------------------------------------------------------


def taken_loss(q: Tensor, action: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    taken = q[torch.arange(len(q)), action]
    error = (taken - target) ** 2
    return (error * mask).sum() / mask.sum()


def every_output(q: Tensor, action: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    error = ((q - target.unsqueeze(-1)) ** 2).mean(-1)
    return (error * mask).sum() / mask.sum()


def best_output(q: Tensor, action: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return ((q.max(-1).values - target) ** 2 * mask).sum() / mask.sum()


def without_mask(q: Tensor, action: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return ((q[torch.arange(len(q)), action] - target) ** 2).mean()


def divided_by_all_steps(q: Tensor, action: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return ((q[torch.arange(len(q)), action] - target) ** 2 * mask).mean()


def column_of_actions(q: Tensor, action: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return ((q[:, action] - target) ** 2 * mask).sum() / mask.sum()


def half_the_loss(q: Tensor, action: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return 0.5 * taken_loss(q, action, target, mask)


def loss_cases() -> Iterator[Case]:
    q = [[0.5, -1.0, 2.0], [1.5, 0.3, -0.4], [0.2, 0.9, 0.1], [3.0, -2.0, 1.0]]
    steps = {
        "four steps, of which the last comes after the end": ([2, 0, 1, 1], [1.0, -0.5, 0.4, 7.0], [1.0, 1.0, 1.0, 0.0]),
        "four steps that all count": ([0, 1, 2, 0], [-1.0, 0.7, 0.6, 2.5], [1.0, 1.0, 1.0, 1.0]),
    }
    for words, (action, target, mask) in steps.items():
        counted = [k for k in range(4) if mask[k]]
        expected = sum((q[k][action[k]] - target[k]) ** 2 for k in counted) / len(counted)
        arguments = (torch.tensor(q), torch.tensor(action), torch.tensor(target), torch.tensor(mask))
        yield Case(words, arguments, expected=expected)
    yield Case("a single step", (torch.tensor([[0.5, 3.0]]), torch.tensor([1]), torch.tensor([1.0]), torch.ones(1)), expected=4.0)


# --- 05.support_query -------------------------------------------------------------------------------------------------------------------


def support_query(trajectories: Tensor, share: float) -> tuple[Tensor, Tensor]:
    number = trajectories.shape[1]
    n = min(max(int(share * number), 1), number - 1)
    return trajectories[:, :n], trajectories[:, n:]


def split_between_tasks(trajectories: Tensor, share: float) -> tuple[Tensor, Tensor]:
    n = min(max(int(share * len(trajectories)), 1), len(trajectories) - 1)
    return trajectories[:n], trajectories[n:]


def query_is_everything(trajectories: Tensor, share: float) -> tuple[Tensor, Tensor]:
    return support_query(trajectories, share)[0], trajectories


def swapped_halves(trajectories: Tensor, share: float) -> tuple[Tensor, Tensor]:
    support, query = support_query(trajectories, share)
    return query, support


def split_in_time(trajectories: Tensor, share: float) -> tuple[Tensor, Tensor]:
    time = trajectories.shape[2]
    n = min(max(int(share * time), 1), time - 1)
    return trajectories[:, :, :n], trajectories[:, :, n:]


def empty_halves(trajectories: Tensor, share: float) -> tuple[Tensor, Tensor]:
    n = int(share * trajectories.shape[1])
    return trajectories[:, :n], trajectories[:, n:]


def empty_query(trajectories: Tensor, share: float) -> tuple[Tensor, Tensor]:
    n = max(int(share * trajectories.shape[1]), 1)
    return trajectories[:, :n], trajectories[:, n:]


def rounded_to_nearest(trajectories: Tensor, share: float) -> tuple[Tensor, Tensor]:
    number = trajectories.shape[1]
    n = min(max(round(share * number), 1), number - 1)
    return trajectories[:, :n], trajectories[:, n:]


def split_cases() -> Iterator[Case]:
    for tasks, number, time, share, n in ((3, 5, 4, 0.4, 2), (2, 8, 3, 0.75, 6), (2, 6, 2, 0.45, 2), (2, 4, 6, 0.1, 1), (2, 3, 5, 1.0, 2)):
        numbered = [[[100.0 * i + 10 * j + t for t in range(time)] for j in range(number)] for i in range(tasks)]
        halves = ([task[:n] for task in numbered], [task[n:] for task in numbered])
        words = f"{tasks} tasks, {number} trajectories each, share = {share:g}: {n} support and {number - n} query"
        yield Case(words, (torch.tensor(numbered), share), expected=tuple(torch.tensor(half) for half in halves))


# --- 05.adapt_copies --------------------------------------------------------------------------------------------------------------------


def adapt_copies(theta: Params, gradients: Params, alpha: float) -> Params:
    phi = {}
    for name in theta:
        phi[name] = theta[name] - alpha * gradients[name]
    return phi


def one_copy_for_all(theta: Params, gradients: Params, alpha: float) -> Params:
    return {name: theta[name] - alpha * gradients[name].mean(0) for name in theta}


def into_theta(theta: Params, gradients: Params, alpha: float) -> Params:
    phi: dict[str, list[Tensor]] = {name: [] for name in theta}
    for i in range(len(next(iter(gradients.values())))):
        for name in theta:
            theta[name] -= alpha * gradients[name][i]
            phi[name].append(theta[name].clone())
    return {name: torch.stack(copies) for name, copies in phi.items()}


def up_the_loss(theta: Params, gradients: Params, alpha: float) -> Params:
    return {name: theta[name] + alpha * gradients[name] for name in theta}


def one_after_the_other(theta: Params, gradients: Params, alpha: float) -> Params:
    return {name: theta[name] - alpha * gradients[name].cumsum(0) for name in theta}


def without_alpha(theta: Params, gradients: Params, alpha: float) -> Params:
    return {name: theta[name] - gradients[name] for name in theta}


def copies_cases() -> Iterator[Case]:
    weight, bias = [[0.5, -1.0], [2.0, 0.3]], [0.1, -0.7]
    for alpha, slopes in ((0.1, (3.0, -2.0, 5.0)), (0.4, (1.5,))):
        gradients = {
            "weight": torch.tensor([[[s, 2 * s], [-s, 0.5]] for s in slopes]),
            "bias": torch.tensor([[s * s, 1.0] for s in slopes]),
        }
        expected = {
            "weight": [
                [
                    [weight[0][0] - alpha * s, weight[0][1] - alpha * 2 * s],
                    [weight[1][0] + alpha * s, weight[1][1] - alpha * 0.5],
                ]
                for s in slopes
            ],
            "bias": [[bias[0] - alpha * s * s, bias[1] - alpha] for s in slopes],
        }
        theta = {"weight": torch.tensor(weight), "bias": torch.tensor(bias)}
        words = f"{len(slopes)} task{'s' * (len(slopes) > 1)}, α = {alpha}"
        yield Case(words, (theta, gradients, alpha), expected={name: torch.tensor(x) for name, x in expected.items()})


# --- 05.pooled_gradient -----------------------------------------------------------------------------------------------------------------


def pooled_gradient(gradients: Tensor, mask: Tensor) -> Tensor:
    total = (gradients * mask.unsqueeze(2)).sum(1)
    per_task = total / mask.sum(1, keepdim=True)
    return per_task.mean(0)


def all_trajectories_alike(gradients: Tensor, mask: Tensor) -> Tensor:
    return (gradients * mask.unsqueeze(2)).sum((0, 1)) / mask.sum()


def sum_over_tasks(gradients: Tensor, mask: Tensor) -> Tensor:
    return ((gradients * mask.unsqueeze(2)).sum(1) / mask.sum(1, keepdim=True)).sum(0)


def mask_ignored(gradients: Tensor, mask: Tensor) -> Tensor:
    return gradients.mean((0, 1))


def divided_by_the_longest(gradients: Tensor, mask: Tensor) -> Tensor:
    return (gradients * mask.unsqueeze(2)).mean((0, 1))


def pooled_cases() -> Iterator[Case]:
    nothing = [9.0, -9.0]  # where there is no trajectory, there are leftovers
    tables = {
        "one task with four trajectories, one with two, one with one": (
            [[[1.0, 2.0], [3.0, -1.0], [0.5, 0.0], [2.5, 4.0]], [[-8.0, 1.0], [-6.0, 3.0], nothing, nothing], [[0.7, 0.2]] + [nothing] * 3],
            [4, 2, 1],
        ),
        "two tasks with three trajectories each": ([[[1.0, 0.3], [2.0, 0.1], [4.0, -0.7]], [[-1.0, 5.0], [0.0, 2.0], [0.4, 1.0]]], [3, 3]),
        "a single task": ([[[1.0, 0.3], [2.0, 0.1], nothing]], [2]),
    }
    for words, (rows, counts) in tables.items():
        means = [[sum(g[k] for g in task[:n]) / n for k in range(2)] for task, n in zip(rows, counts, strict=True)]
        expected = [sum(mean[k] for mean in means) / len(means) for k in range(2)]
        mask = torch.tensor([[1.0] * n + [0.0] * (len(rows[0]) - n) for n in counts])
        yield Case(words, (torch.tensor(rows), mask), expected=torch.tensor(expected))


# --- 05.mean_and_error ------------------------------------------------------------------------------------------------------------------


def mean_and_error(returns: Tensor) -> tuple[Tensor, Tensor]:
    per_task = returns.mean(1)
    error = per_task.std() / len(per_task) ** 0.5
    return per_task.mean(), error


def over_all_episodes(returns: Tensor) -> tuple[Tensor, Tensor]:
    return returns.mean(), returns.std() / returns.numel() ** 0.5


def spread_not_error(returns: Tensor) -> tuple[Tensor, Tensor]:
    return returns.mean(), returns.mean(1).std()


def over_trajectories(returns: Tensor) -> tuple[Tensor, Tensor]:
    return returns.mean(), returns.mean(0).std() / returns.shape[1] ** 0.5


def spread_of_episodes(returns: Tensor) -> tuple[Tensor, Tensor]:
    return returns.mean(), returns.std() / len(returns) ** 0.5


def root_of_all_episodes(returns: Tensor) -> tuple[Tensor, Tensor]:
    return returns.mean(), returns.mean(1).std() / returns.numel() ** 0.5


def divided_by_n(returns: Tensor) -> tuple[Tensor, Tensor]:
    return returns.mean(), returns.mean(1).std(correction=0) / len(returns) ** 0.5


def error_cases() -> Iterator[Case]:
    tables = {
        "three tasks, near and far, with two episodes each": [[-10.0, -12.0], [-40.0, -36.0], [-71.0, -69.0]],
        "five tasks with three episodes each": [
            [-3.0, -5.0, -1.0],
            [-8.0, -2.0, -2.0],
            [-9.0, -9.0, -6.0],
            [-1.0, 0.0, -2.0],
            [-7.0, -7.0, -1.0],
        ],
    }
    for words, rows in tables.items():
        means = [sum(row) / len(row) for row in rows]
        centre = sum(means) / len(means)
        variance = sum((m - centre) ** 2 for m in means) / (len(means) - 1)
        yield Case(words, (torch.tensor(rows),), expected=(centre, (variance / len(means)) ** 0.5))


EXERCISES = (
    Exercise(
        id="05.transfer_gap",
        title="at home and elsewhere",
        minutes=5,
        stars=1,
        reference=transfer_gap,
        cases=gap_cases,
        mistakes=(
            Mistake(mean_of_everything, "The second number is to leave out the diagonal: a policy in its own task is no transfer."),
            Mistake(divided_by_everything, "The sum is right, but it is divided by all entries: how many lie off the diagonal?"),
            Mistake(others_first, "The two came in the other order: the own task first."),
            Mistake(
                best_of_each_row,
                "You take the best of each row. A policy's own task is on the diagonal, well done or not.",
            ),
        ),
        hints=(
            "Where in the matrix is a policy tested in the task that it was trained in?",
            "`matrix.diagonal()` are the own tasks. The sum of all minus the sum of those is the rest: how many entries has it?",
            "own ← the diagonal;  others ← (sum of all - sum of own) / (number of all - number of own);  return mean of own, others",
        ),
        why=(
            "The gap is what it costs a specialist to meet another task. Not all of it can be won back by knowing the task: an agent that "
            "knows nothing could still do better than these, and stand still."
        ),
    ),
    Exercise(
        id="05.taken_loss",
        title="the loss of the action taken",
        minutes=8,
        stars=2,
        reference=taken_loss,
        cases=loss_cases,
        mistakes=(
            Mistake(
                every_output,
                "You compare every output with the target, as the source text does. Only the action taken has earned it.",
            ),
            Mistake(best_output, "That is the largest output. The target belongs to the action that was taken, large or not."),
            Mistake(without_mask, "Steps after the end of the episode count, too. The mask says which steps are real."),
            Mistake(divided_by_all_steps, "The sum leaves out masked steps, and the division does not: divide by the number that count."),
            Mistake(column_of_actions, "`q[:, action]` takes the columns of all actions in every row. Each row needs one entry: its own."),
            Mistake(half_the_loss, "That is half of it. The package has a ½ in front of its loss; here the plain mean is asked for."),
        ),
        hints=(
            "The output has one number for each action. About which of them does the target say anything?",
            "`q[rows, columns]` with two tensors of indices picks one entry for each pair: rows are 0, 1, 2, …, columns the actions.",
            "taken ← q[0…, action];  error ← (taken - target)²;  return sum of error·mask / sum of mask",
        ),
        why=(
            "One index repairs the first fault. The gradient of this loss is zero for the outputs of the other actions, so they "
            "keep what they have learned from their own trials."
        ),
        survivors={"error = (taken - target) ** 2 → error = (target - taken) ** 2": "a square has no sign"},
    ),
    Exercise(
        id="05.adapt_copies",
        title="a copy for each task",
        minutes=6,
        stars=2,
        reference=adapt_copies,
        cases=copies_cases,
        mistakes=(
            Mistake(
                one_copy_for_all, "There is one φ for all tasks, moved along the mean gradient. Each task is to get a copy of its own."
            ),
            Mistake(into_theta, "The argument `theta` was changed"),
            Mistake(without_alpha, "The whole gradient is subtracted. How long the step is, α says."),
            Mistake(up_the_loss, "You walk up the loss. Gradients of a *loss* are subtracted."),
            Mistake(one_after_the_other, "Each task starts where the one before it ended. All start from θ: that is what a copy is for."),
        ),
        hints=(
            "How many φ are there, and where does each of them start? What must θ be afterwards?",
            "Broadcasting copies: θ without a task axis minus a gradient with one has a task axis.",
            "for every name: phi[name] ← theta[name] - alpha · gradients[name];  return phi",
        ),
        why=(
            "`theta[name] - …` makes new tensors, so θ is there for the next task: the inner loop, in one line. The source text's "
            "`apply_gradients` writes into the only weights there are."
        ),
    ),
    Exercise(
        id="05.support_query",
        title="support and query",
        minutes=6,
        stars=1,
        reference=support_query,
        cases=split_cases,
        mistakes=(
            Mistake(
                split_between_tasks, "You split the tasks. Every task needs both: trajectories to adapt to, and others to be judged by."
            ),
            Mistake(query_is_everything, "The query still has the support in it: φ would be judged on what it was fitted to."),
            Mistake(swapped_halves, "The two came in the other order: the support first."),
            Mistake(split_in_time, "You cut every episode in two. Whole trajectories go to one side or the other."),
            Mistake(empty_halves, "With an extreme share one side is empty: each needs at least one trajectory."),
            Mistake(
                empty_query, "The support always gets its one trajectory. With share = 1 nothing is left for the query: it needs one, too."
            ),
            Mistake(rounded_to_nearest, "You round to the nearest whole number. The text says down: 2.7 trajectories are two."),
        ),
        hints=(
            "Which of the three axes is to be cut: task, trajectory or time?",
            "`x[:, :n]` keeps all of the first axis, and the first n of the second. `int` rounds down; `max` and `min` keep n in bounds.",
            "n ← share · number, rounded down, at least 1, at most number - 1;  support ← the first n along axis 1;  query ← the rest",
        ),
        why="Both halves have all tasks, and no trajectory is in both. In notebook 06 the query is even acted anew, with φ.",
    ),
    Exercise(
        id="05.pooled_gradient",
        title="the pooled gradient",
        minutes=8,
        stars=2,
        reference=pooled_gradient,
        cases=pooled_cases,
        mistakes=(
            Mistake(
                all_trajectories_alike,
                "A task with more trajectories counts more here. Tasks are to count alike: average in each first.",
            ),
            Mistake(sum_over_tasks, "That is the sum over the tasks; the average keeps its size whatever their number."),
            Mistake(mask_ignored, "There are entries without a trajectory, and what stands in them counts here. Look at the mask."),
            Mistake(divided_by_the_longest, "The entries without a trajectory are zero now, but they are still counted in the mean."),
        ),
        hints=(
            "p(T) says how often a task comes, not how long we looked at it. So what is averaged first?",
            "For each task: the sum of its masked gradients, divided by how many there are. Keep an axis with `keepdim=True`.",
            "total ← sum over trajectories of gradients · mask;  per_task ← total / number of trajectories;  return mean over tasks",
        ),
        why=(
            "∇ of the mean over tasks is the mean over tasks of ∇. Throwing all trajectories into one heap is another objective: it weighs "
            "a task by how much of it was seen."
        ),
    ),
    Exercise(
        id="05.mean_and_error",
        title="how sure is a mean over tasks?",
        minutes=6,
        stars=2,
        reference=mean_and_error,
        cases=error_cases,
        mistakes=(
            Mistake(
                over_all_episodes,
                "Episodes of one task are no new draws from p(T): a thousand episodes of three tasks show three tasks.",
            ),
            Mistake(spread_not_error, "That is how much tasks differ. The error of their *mean* shrinks with the root of their number."),
            Mistake(
                over_trajectories,
                "You averaged over the tasks first. But the tasks are what was drawn: average in each of them.",
            ),
            Mistake(
                spread_of_episodes,
                "The root of the number of tasks is right. The spread above it is that of single episodes: take that of the tasks' means.",
            ),
            Mistake(
                root_of_all_episodes,
                "The spread is that of the tasks' means, as it should be. How many of *them* are there? Divide by the root of that number.",
            ),
            Mistake(divided_by_n, "The standard deviation of a sample divides by n - 1, which is what `std()` does by itself."),
        ),
        hints=(
            "How many independent draws from p(T) are in the table: as many as episodes, or as many as tasks?",
            "Average in each task first. Then it is a sample of as many numbers as there are tasks.",
            "per_task ← mean over axis 1;  error ← std of per_task / √(number of tasks);  return mean of per_task, error",
        ),
        why="More episodes make each task's mean sharper; only more tasks tell about p(T). Hence the 100 held-out tasks of this course.",
    ),
)

QUIZ = (
    Question(
        "What does the source text's program do with the action of each step?",
        ("it makes it more likely if the reward was good", "it unpacks it and never looks at it again", "it is the target of the loss"),
        "b",
        (
            "That would be policy gradient; the loss has no action in it.",
            "The weights come out the same, bit for bit, whatever the actions were.",
            "The target is the reward, for all outputs at once.",
        ),
    ),
    Question(
        "The program has two gradient tapes, one inside the other. Why is that no meta-learning?",
        (
            "the outer one is never asked, and the weights are changed in place",
            "TensorFlow does not allow two tapes",
            "the outer tape should be inside the inner one",
        ),
        "a",
        (
            "The inner tape takes over its name. And nothing in it leads from the new weights to the old ones.",
            "It does; gradients of gradients are computed just so.",
            "The order of the two is right. What is missing is a question to the outer one, about φ as a function of θ.",
        ),
    ),
    Question(
        "Five policies are trained, each on one goal of Navigation2D. What do they return on the other goals?",
        ("about as much as at home", "less than standing still", "as much as standing still"),
        "b",
        (
            "They walk to their own goal, whatever the task is: they cannot see it.",
            "They walk away, to a place that is wrong, and stay there.",
            "That would need a policy that does not move. These have learned to go somewhere.",
        ),
    ),
    Question(
        "What does pooled training maximise?",
        ("the return after adaptation", "the return of the best task", "the mean return of one policy, before any adaptation"),
        "c",
        (
            "There is no φ in its objective: fine-tuning comes later, and training does not know of it.",
            "All tasks count alike.",
            "One policy for all, so it finds the best compromise.",
        ),
    ),
    Question(
        "On Navigation2D, fine-tuned pooled training comes close to MAML; on MirroredNavigation2D it does not. Why?",
        (
            "mirrored tasks are longer",
            "MAML was trained for more iterations there",
            "with mirrored controls no one rule of walking suits all tasks, so there is none that a step could adjust",
        ),
        "c",
        (
            "Both have a horizon of 100 steps.",
            "100 iterations in both; pooled training had up to 600.",
            "In Navigation2D one rule suits all, and only its target has to be moved. Here the compromise is to stand still.",
        ),
    ),
)
