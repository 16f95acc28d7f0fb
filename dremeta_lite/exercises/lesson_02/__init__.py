"""Notebook 02: the transition model. Answers are held against arithmetic on plain numbers, and against closed forms.

From one cell the same action led to column 2 six times of ten, to column 1 three times, and to column 0 once. A network is trained with
squared errors to say the column. What does it say?
[ ] 2.0
    That is the most frequent column. Squared errors do not ask for it.
[ ] 1.0
    That is the middle of the columns, whatever happens how often.
[x] 1.5
    The mean, (6 · 2 + 3 · 1 + 1 · 0) / 10: a place where the agent never is.
[ ] 0.6
    That is the probability of column 2, which a network learns that has an output for each column.

The error of a model is 0.01 after one imagined step, and each further one doubles it. In which step is it larger than 1 for the first
time?
[ ] step 11
    There it is ten times as large already. From 0.01 to 1 it is a hundredfold, not a thousandfold.
[x] step 8
    There it is 0.01 · 2⁷ = 1.28. A hundredfold takes hardly seven doublings.
[ ] step 51
    That is what adding 0.02 in each step would bring.
[ ] step 101
    That is what adding 0.01 in each step would bring. Errors that are fed back grow faster.

In some state the five members of an ensemble say 2.0, 2.1, 1.9, 2.0 and 2.0. What really comes next there, every time, is 5. What has
happened?
[ ] the state is unlike all data, so they agree
    Far from all data each one makes up something else. There they disagree.
[ ] the world is random, and they say its mean
    It is 5 every time, so its mean is 5 as well.
[x] they share a mistake, as they share their data
    Agreement says that they were taught the same, and not that it is right.
[ ] they were trained too briefly to disagree by now
    They begin with different weights, and so apart. Training on the same data brings them together.

A planner chooses 20 actions, does the first, and plans again. What would change if it did all 20 before it plans again? (The errors of
its model grow with each imagined step.)
[ ] it would plan 20 times as long for each episode
    It would plan a twentieth as often.
[ ] nothing: the plan was the best one that it could find
    Best in the model. The world goes another way, and the plan does not look.
[x] its later actions would suit states that never come
    They were chosen for imagined states, and errors have added up by then.
[ ] its model would forget what was done at first
    The state holds all that the model needs. It has no memory to lose.

An agent has the exact transition model of one task, and in a new task of the same family it is told the reward. Where can it plan at
once?
[ ] MirroredNavigation2D: another sign
    With the other sign the same action leads the other way: the old model is wrong.
[ ] Pendulum: another mass and length
    The same torque turns it by another angle. The reward is the same in all of its tasks.
[ ] GridWorld: another chance of slips
    Then the probabilities of the next cells are other ones.
[x] Navigation2D: another goal to reach
    A step of 0.1 is a step of 0.1 whatever the goal. Only the reward differs, and that was told.
"""
