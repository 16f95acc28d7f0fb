"""Notebook 17: what a mean hides, what credit costs and when a ranking is luck, against sorting by hand, simulated trials and counting.

An RL² agent returns nearly the optimum in tasks of p(T). In tasks outside of p(T) it returns as little as standing still, and more
episodes do not help. Why does it not learn on?
[ ] its gradient steps are too small for such a task
    It takes none. Its weights are fixed once meta-training is over.
[ ] its memory is full after the trials that it has had
    It is emptied before each trial, and a trial there is no longer than others.
[x] its way of learning was itself trained on p(T)
    What it does with a reward is what paid within p(T). Nothing makes that sensible elsewhere.
[ ] its critic has never been told of such a task
    The critic is needed in training alone: it does not act.

A start returns -10 on average after one gradient step, and -40 before. The step costs in one task of ten. What is it fair to say?
[ ] each task is better off, by 30 on average
    One in ten is worse off. A mean says nothing of each.
[x] tasks are better off on average, a tenth is not
    Both numbers belong in the sentence, and how bad the worst are belongs there, too.
[ ] the step is too long, since it costs in some tasks
    Not from these numbers: any step on noisy experience costs in some tasks, and shorter ones cost less and help less.
[ ] tasks are better off by 30 in nine cases of ten
    The 30 is the mean over all ten. In the nine it is more.

Two first choices of a trial differ by one reward. After them come 100 steps of chance, and now 400. How many times as many trials show
the difference as surely, to someone who sees returns only?
[ ] 2 times
    The noise of a return is twice as large. To be as sure of a mean takes the square of that.
[x] 4 times
    The variance grows with the steps, and the number of trials with the variance.
[ ] 16 times
    That would be right if the noise itself grew fourfold. It grows with the root.
[ ] no more
    The difference stays the same, but it is looked for in a return that varies more.

A memory was trained in trials of 100 pulls. It is given 1000. In the last 100 it loses as much as in the second 100. Which cause fits?
[ ] it has forgotten the arms that it pulled first
    Then it would lose more and more, or search again.
[ ] it explores as much as it has done in the beginning
    Then the losses of the first 100 would go on, and those are twice as large.
[ ] it is out of luck: more tasks would show a fall
    Thompson sampling falls in the same tasks. Other draws move both.
[x] it has settled on an arm, right or wrong, for good
    With 100 pulls there comes a time when more search no longer pays. That time is part of what it has learned.

Learner A was better than learner B in 18 of the 25 pairs of their runs. You train each of them once. How likely does B look better?
[ ] about 50 %
    That would be so if both were equally good: one run is little, and yet not nothing.
[ ] about 18 %
    That is how many pairs A has won, not a share in percent.
[x] about 28 %
    7 of the 25 pairs, as far as such few runs can tell.
[ ] about 72 %
    So often A looks better.
"""
