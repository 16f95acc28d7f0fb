"""Exercise 10.2 · regret, episode by episode · 8 minutes, ★★☆

1. What has the best agent earned more than yours in episode 1 of task 1? And in episodes 1 and 2 together?
2. `x.cumsum(1)` is the running sum along axis 1. `optimal - returns` has the axes [task, episode].
3. difference ← optimal - returns;  running sum over the episodes;  mean over the tasks

A flat end of the curve means that nothing more is lost: the agent has found out what the task is. The height says what that has cost.
Measured against the Bayes-optimal agent the price of exploring is already taken off, so what is left was avoidable. Measured against one
that knows the task, it is not: then even the best agent has regret.
"""

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def episode_regret(returns: Tensor, optimal: Tensor) -> Tensor:
    return (optimal - returns).cumsum(1).mean(0)


def by_hand(returns: list[list[float]], optimal: list[list[float]]) -> list[float]:
    """Episode by episode: what both have earned in all tasks by then."""
    earned = lambda table, end: sum(sum(row[:end]) for row in table)
    return [(earned(optimal, end) - earned(returns, end)) / len(returns) for end in range(1, len(returns[0]) + 1)]


def cases() -> Cases:
    for words, returns, optimal in (
        ("one task, three episodes", [[1.0, 5.0, 10.0]], [[4.0, 11.0, 11.0]]),
        ("two tasks, three episodes", [[-1.5, 2.0, 8.0], [3.0, 9.0, 7.0]], [[4.0, 11.0, 11.0], [2.0, 10.0, 10.0]]),
        ("an agent that begins with luck: better than the best, in one episode", [[9.0, 3.0], [2.0, 6.0]], [[4.0, 11.0], [3.0, 8.0]]),
        ("three tasks, three episodes", [[1.0, 2, 4], [0, -3, 5], [2, 2, 1]], [[3, 7, 8], [2, 6, 9], [1, 5, 5.5]]),
        ("an agent as good as the best", [[4.0, 11.0], [3.0, 9.0]], [[4.0, 11.0], [3.0, 9.0]]),
    ):
        yield case(words, returns, optimal, by=by_hand)


MISTAKES = """
episode_regret(optimal, returns)  # The sign: regret is what the best agent has earned *more*. It is positive where the agent is worse.
(optimal - returns).mean(0)  # That is the loss of each single episode. Regret adds up: after an episode it holds all episodes until then.
cumsum(1) → cumsum(0)  # You have added up from task to task. The sum runs along the trial: over the episodes, the second axis.
mean(0) → sum(0)  # Take the *mean* over the tasks: with their sum, more test tasks would make a worse agent.
mean(0) → mean(1)  # The mean goes over the tasks, the first axis, and leaves one number for each episode.
# That is the regret at the end of the trial. Give it after every episode: the curve shows *when* it was lost.
    (optimal - returns).sum(1).mean()
# You count the losses and drop the gains. In one task an agent can beat the best by luck; only if that counts, too, is the mean over tasks
# fair.
    (optimal - returns).clamp(min=0).cumsum(1).mean(0)
# You drop the episodes in which the agent was ahead. The best agent is the best in the *sum*: in one episode another may earn more.
    (optimal - returns).mean(0).clamp(min=0).cumsum(0)
mean(0) → mean(0).clamp(min=0)  # The regret was cut off at 0. With few tasks it can be negative, by luck: then it says that they were few.
(optimal - returns).abs().cumsum(1).mean(0)  # You add up distances. A gain has to make up for a loss: leave the sign of the differences.
# You compare with one episode of the best agent, the last or best. It explores: hold each episode against the same episode.
    episode_regret(returns, optimal[:, -1:])
episode_regret(returns, optimal) / torch.arange(1, returns.shape[1] + 1)  # You have divided by the number of episodes. Regret is a sum.
cumsum(1) → flip(1).cumsum(1).flip(1)  # You add up from the end of the trial. After the first episode only the first one has been lost.
"""

SURVIVORS = {
    "`returns` in reverse along axis 0": "the mean of a difference is the difference of the means",
    "`optimal` in reverse along axis 0": "the mean of a difference is the difference of the means",
    "gradient": "it is read, and not trained",
}
EXERCISE = exercise(episode_regret, cases, MISTAKES, survivors=SURVIVORS)
