"""Notebook 10: how to compare learners, against plain sums, the standard library's statistics and games played step by step.

A hidden goal and four short episodes. While the agent is in use no gradient may be taken, and nobody can write down how likely a reward
is in each task. But training tasks can be drawn at will. Which learner fits?
[ ] MAML, with one step after each episode
    Its adaptation IS a gradient. And what it finds within an episode it can use only in the next one.
[ ] exact belief, updated after each step
    It needs the prior and the likelihood of each task. Where they can be written down, it is hard to beat.
[x] RL², with a memory for the whole trial
    It takes in what happens, step by step, with fixed weights.
[ ] pooled training, adapted in the trial
    To adapt it is to take gradients. Without that it does the same in each task.

Random actions return -5 in a trial, the Bayes-optimal agent 35, an agent that is told the goal 45, and your learner 25. Which share of
the possible way has it come?
[ ] 60 %
    That measures against being told the goal. Nobody who has to find it out gets there.
[x] 75 %
    30 of the 40 from random to Bayes-optimal.
[ ] 71 %
    That is 25 / 35. The floor is not 0, but what random actions return.
[ ] 56 %
    That is 25 / 45: the wrong ceiling, and no floor.

In four episodes the Bayes-optimal agent earns 4, 11, 11 and 11, and yours earns 3, 6, 9 and 11. What is the regret after the *third* one?
[ ] 2
    That is the loss of the third episode alone. Regret adds up from the first one on.
[ ] 7
    The first episode counts, too: there 1 was lost.
[ ] 18
    That is what yours has earned by then. Regret is what the optimum earned more.
[x] 8
    1 + 5 + 2: what the optimum earned more, added up.

An iteration of A takes ten times as long as one of B, and plays five times as many steps in the world. A has had 100 iterations. How many
does B get in a fair comparison?
[x] 1000 at equal time, 500 at equal steps
    And one has to say which price was meant, since the two may give different orders.
[ ] 500 at equal time, 1000 at equal steps
    It is the other way round: ten times the time, five times the steps.
[ ] 100 at equal time, 100 at equal steps
    An iteration is no unit of anything: B would get a tenth of the time and a fifth of the steps.
[ ] 10 at equal time, 20 at equal steps
    B is the cheaper one, so it gets more iterations, not fewer.

Three runs of A and three of B, in the same tasks: the differences A - B are 0.9, -0.4 and 1.0. Their mean is 0.5, their standard
deviation 0.78, the error of the mean 0.45. Is A ahead?
[ ] not shown: 0.5 is less than 0.78, so many more tasks
    The spread of single runs is not the error of their mean. And more tasks tell more of these runs only.
[ ] yes: 0.5 is larger than the 0.45 of its error
    A mean may be off by twice its error: so 0 is well within reach.
[x] not shown: 0.5 is less than 2 · 0.45, so more runs
    What is uncertain is how the next training run turns out. Only more runs tell.
[ ] yes: it is ahead in two of the three runs
    So it would be by chance in half of all cases, if both were equally good.

Three runs return 30, 30 and 36. One bootstrap mean is that of three runs drawn with replacement. How often is it 30?
[ ] in 1 of 27 draws
    That is how often the run with 36 comes three times.
[ ] in 2 of 3 draws
    Each of the three has to miss the run with 36.
[x] in 8 of 27 draws
    ⅔ · ⅔ · ⅔. With three runs an interval can hardly be narrower than they are apart.
[ ] in 4 of 9 draws
    That would be with two runs drawn. There are three.
"""

SECOND_HALF = 4
"""From this question on the quiz is that of the second notebook."""
