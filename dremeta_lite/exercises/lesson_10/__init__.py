"""Notebook 10: how to compare learners, against plain sums, the standard library's statistics and games played step by step."""

from dremeta_lite.exercises.declaring import quiz

QUIZ = quiz("""
A hidden goal, four short episodes. No gradient may be taken while the agent is in use, and nobody can write down how likely a reward is in
each task; but training tasks can be drawn at will. Which learner fits?
[ ] MAML: a starting point, and a gradient step after each episode
    Its adaptation IS a gradient. And what it finds within an episode it can use only in the next one.
[ ] a policy on the exact belief
    An exact belief needs the prior and the likelihood of each task. Where they can be written down, it is hard to beat.
[x] RL²: a memory that is trained through whole trials
    It takes in what happens, step by step, with fixed weights. On HiddenGoal it earns about 36 of the 37.2 that are possible.
[ ] pooled training: one policy for all tasks
    Without a memory or a belief -2.86 is the best there is on HiddenGoal, however long the training.

New tasks may differ from those of training. In each, hundreds of episodes are allowed, and every step tells something about the goal. What
speaks for a learned starting point (MAML, Meta-SGD, Reptile)?
[x] after it comes ordinary learning: the gradient follows the rewards of the new task, and they tell the way
    The start may be poor, but learning goes on (section 7, goals outside the square). Where hardly anything pays it does not.
[ ] it has seen all tasks that there are
    It has seen the same training tasks as the others.
[ ] it explores better than a memory does
    Within an episode it cannot react to what it finds. That is why it needs several episodes, and rewards that say much.
[ ] it needs no training tasks
    All meta-learners learn from training tasks.

On HiddenGoal an agent that is told the goal earns 44.3, the Bayes-optimal one 37.2, and your learner 37.1. What follows?
[ ] your learner closes about five sixths of the gap, and more training would close the rest
    The rest cannot be closed. Which yardstick is 1 is part of the number: measure against what is possible without being told.
[ ] the Bayes-optimal agent was trained too briefly
    It is no learner: it is computed, and no agent that is not told the goal earns more on average.
[ ] your learner has been told the goal
    Then it would earn up to 44.3.
[x] next to nothing is left to learn: what is missing to 44.3 is the price of not knowing, and nobody can save it
    The optimum for an agent that has to find out is 37.2. It is the yardstick to reach; 44.3 says what knowing would be worth.

One iteration of learner A takes ten times as long as one of learner B, and plays five times as many steps. After 100 iterations each, A is
ahead. What would be a fair comparison?
[ ] that one: both had 100 iterations
    An iteration is no unit of anything: B has had a tenth of the time and a fifth of the experience.
[x] to choose a price that counts (seconds, or steps in the world), and to give both the same, and the same care in tuning
    And to say which price: seconds and steps may give different orders. A learner that was tuned longer is ahead for that alone.
[ ] to give each the learner's own best checkpoint, whenever it came
    That drops the budget, and picks each one's luckiest moment by the very number that it is judged by.
[ ] to multiply B's return by ten
    Returns do not grow in proportion to time. Let B train for longer and see.

Three training runs (seeds) of A return 35.9 on average, three of B 35.1, judged in the same 200 tasks. The intervals over seeds overlap
widely. What helps to decide?
[ ] nothing: 35.9 is more than 35.1
    Of the six runs, yes. But would it be so again with other seeds? That is what one wants to know of a *learner*.
[ ] judging the six runs in 20 000 tasks
    That tells better how good THESE six runs are. How much runs differ from each other stays as uncertain as before.
[x] more seeds: what is uncertain is how the next training run would turn out
    An interval over seeds says how far the mean of a few runs can be trusted. More runs make it narrower, if it was only chance.
[ ] showing the best of the three runs of each
    The best of three is better than one can expect of a run; and where runs differ most, it flatters most.
""")
