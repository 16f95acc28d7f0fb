"""Notebook 16: how a gradient comes together again, and what waiting costs, against autograd on all tasks at once and counting by hand.

Three workers return the mean gradients of their 10, 10 and 5 tasks. The driver takes the mean of the three. Whose say is then too large?
[ ] of the tasks in the two shares of ten
    Each of those has a thirtieth of the sum. In the mean over all tasks it would be a twenty-fifth.
[x] of the tasks in the small share
    Each has a fifth of a third, a fifteenth, where a twenty-fifth is its due.
[ ] of the share that comes in first
    The order changes the last digits alone, and not even these if the gradients are added in a fixed order.
[ ] of none, since every share is a mean
    Means of shares of different size make the mean of all only if they are weighted by these sizes.

Twice as many workers, each with half of the tasks, and everything else is the same. Why is an iteration longer than half of what it was?
[ ] each worker now computes its gradient twice
    Each computes for its own tasks, once.
[ ] Adam makes a step for each of the workers
    It makes one, with the sum.
[x] the driver's work does not get any less
    It draws tasks, sends θ and adds up, for more shares than before. And the slowest of more workers is slower.
[ ] smaller shares need more inner steps
    How far a task is from θ does not depend on who computes it.

A worker is killed in the middle of its share, and Ray makes the same call again elsewhere. Why is the result the same, bit for bit?
[ ] its unfinished work is read back from the disk
    There is nothing to read: it kept nothing.
[ ] the other workers take over its random generator
    Each share has its own seed, and they know nothing of each other.
[ ] Ray waits until the killed worker has gone on
    It cannot go on. Another process begins the share from its beginning.
[x] all that it depends on came with the call
    θ, the tasks, the hyperparameters and the seed. So it can be computed again, anywhere.

All workers are equally fast on average, but their times vary by chance. What makes the time that is spent waiting grow?
[ ] fewer workers, each with more of the tasks
    With one worker nobody waits.
[x] more workers, each as variable as before
    All wait for the slowest, and the largest of many draws is farther above their mean.
[ ] the same delay for each of the workers
    Then they are slow together, and nobody waits for anybody.
[ ] a faster driver between two iterations
    That shortens the pause in which everyone waits for the driver.

Your sweep has 30 settings with 5 seeds each. You have 10 processors. Which way to use them wastes least?
[x] each run on one processor, ten runs at a time
    Runs need nothing of each other. Nobody waits but at the very end.
[ ] each run split over ten, one run at a time
    Then there is waiting in each iteration, and a message for each share.
[ ] each seed split over two, five runs at a time
    Better than splitting over ten. But the waiting and the messages would buy nothing here.
[ ] all runs on one processor, nine kept in reserve
    That takes ten times as long.
"""
