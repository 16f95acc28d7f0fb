"""Notebook 08: beliefs, against Bayes' rule by hand, torch's own distributions and plain sums."""

from dremeta_lite.exercises.declaring import quiz

QUIZ = quiz("""
An agent has walked over ten cells that can be the goal, and none has paid. What is the exact belief about the other eleven?
[ ] higher for the cells nearby
    No reward depends on how near the goal is: only cells that were entered are told apart.
[x] the same for each: 1/11
    Ten are struck out, and the rest keep their equal proportions.
[ ] still 1/21 for each
    Then they would add up to 11/21: the probability of the struck-out cells goes to the others.
[ ] nothing can be said before the goal is found
    That a cell did not pay is information, too.

Why does posterior sampling need so many more episodes here than the Bayes-optimal agent?
[ ] its belief is less exact
    Both have the same exact belief. The difference is what they make of it.
[ ] it acts at random
    It walks straight to its guess; random is only which guess.
[x] it draws one goal an episode and walks there: it never chooses a way because of what could be seen on it
    It explores only as a by-product of guessing. Information has no worth of its own in its plan.
[ ] it forgets what it has seen when the episode ends
    Its belief lasts for the whole trial; only the guess is drawn again.

The goal is hidden, so the agent's cell is no Markov state of the trial. What is one?
[ ] the cell and the time
    Where it should go depends on what it has seen before.
[ ] the cell and the last reward
    The reward of ten steps ago may have told where the goal is.
[ ] the cell and the last belief of another agent
    What others know does not change what this one can know.
[x] the cell, the belief and the time
    All that the past tells of the future is in the belief: this is the state of the Bayes-adaptive MDP.

What does the supervised encoder need in training that VariBAD does not?
[x] the true task of each training trial
    Its cross-entropy is with the true goal: privileged information. VariBAD only foretells rewards, which everyone sees.
[ ] rewards
    Both see the rewards.
[ ] more than one episode
    Both are trained on whole trials.
[ ] a model of the transitions
    Neither has one here.

VariBAD's decoder has to foretell the rewards of all steps of the trial. Why not only of those already seen?
[ ] it would be slower
    It would even be a little quicker.
[x] the past can be retold from a memory; only the future asks what the task can still be
    A posterior that only retells need say nothing about cells that it has not seen. A belief must.
[ ] the past has no rewards
    It has: they were received.
[ ] otherwise the KL would be negative
    A KL is never negative.
""")
