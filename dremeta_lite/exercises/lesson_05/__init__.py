"""Notebook 05: from one task to many: what belongs to a task, what is shared, and how many tasks a number is made from.

The program that this notebook takes apart compares the reward of a step with *all* outputs of its network. In one state *left* has paid 1
and *right* has paid -1, equally often and in mixed order. Where do the two outputs go?
[ ] left to 1, right to -1
    That takes a loss which asks for the action. This one does not look at it.
[x] left to 0, right to 0
    Each of them is compared with every reward of this state, and the mean of these is 0.
[ ] left to 1, right to 1
    No maximum is taken anywhere. Each output goes to the mean of the rewards.
[ ] left to -1, right to 1
    Nothing in the loss tells the outputs apart, so not even the wrong way round.

What would have to be there, so that an outer loop could ask how a change of the first weights changes what training leads to?
[ ] an optimiser of its own for the first weights
    It would need that gradient first, and nothing leads from the new weights to the old ones.
[ ] a second list of tasks, to train on by turns
    More training in place of the old weights is still no function of them.
[ ] a network with enough units for all tasks at once
    The size is not what is missing.
[x] new weights, computed from the old, kept apart
    φ as a function of θ: only then there is a gradient of what φ does by θ.

A transfer matrix has the rows (-3, -60, -70), (-58, -4, -66) and (-72, -62, -2): row = trained on, column = tested in. By how much is a
policy worse in another task than in its own, on average?
[x] about 62
    The diagonal has the mean -3.0, and the six others -64.7.
[ ] about 65
    That is what it returns elsewhere. At home it returns -3, and the difference is asked for.
[ ] about 44
    That is the mean of all nine numbers, the diagonal among them.
[ ] about 41
    The mean of the six others is asked for. In the mean of all nine the diagonal counts, too.

In half of the tasks *left* pays 1 and *right* nothing. In the other half *right* pays 0.6 and *left* nothing. The task cannot be seen.
What does pooled training learn, and what does that return?
[ ] half left, half right: 0.4
    That is the mean over both actions. It can do better by taking the better one each time.
[ ] what the task wants: 0.8
    For that it would have to know the task.
[x] left in all of them: 0.5
    It pays 1 in half of the tasks, where right would bring 0.6 in half of them: 0.3.
[ ] right in all of them: 0.3
    It is paid as often as left, and less each time.

Navigation on a line, one step from 0 to a hidden goal at 1: the reward is -(1 - σa)². The sign σ is +1 in half of the tasks and -1 in the
others. Which action a does pooled training learn?
[ ] a = 1.0
    Best for σ = +1. For σ = -1 it is paid -4, which makes -2 on average.
[x] a = 0.0
    The mean reward is -(1 + a²): any step costs more in one half than it gains in the other. So it stands still.
[ ] a = -1.0
    Best for σ = -1. For σ = +1 it is paid -4, which makes -2 on average.
[ ] a = 0.5
    Half a step is paid -0.25 or -2.25: -1.25 on average, where standing still has -1.
"""
