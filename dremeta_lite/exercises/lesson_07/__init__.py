"""Notebook 07: bandits by counting, and what a memory is fed with and trained towards; against closed forms and enumeration.

An RL² agent has made ten pulls in a bandit. You set its memory h to 0, keep θ, and let it go on in the same bandit. What has it lost?
[x] what it has found out of these arms
    That is in h and nowhere else. With h = 0 it begins as in a new bandit.
[ ] how to explore and when to exploit
    That is in θ, which was learned over many bandits.
[ ] nothing: its θ is what it was before
    θ holds how to learn, and not what was learned here.
[ ] both: h is computed from its own θ
    And from what has happened. θ is still there, and can do it again.

Three arms, each episode is one pull. In the first one arm 3 was pulled and has paid 1. What is the memory fed before the second pull:
[arm 1, arm 2, arm 3, reward, ended]?
[ ] [0, 0, 0, 0, 0]
    Zeros are for a new trial. Here the only news would be lost.
[ ] [0, 0, 1, 0, 0]
    Pay and end are news, too.
[x] [0, 0, 1, 1, 1]
    The last action, its reward, and that the episode has ended.
[ ] [0, 0, 1, 1, 0]
    The network has to be told that the episode is over.

Arm 1 has paid 2 times of 3, arm 2 has paid 1 time of 1. Before the first pull each chance was equally likely. Which one does the greedy
agent pull, which goes by the posterior mean?
[ ] arm 1, by 2.00 against 1.00
    It does not count how often an arm has paid, but how likely it is to pay.
[x] arm 2, by 0.67 against 0.60
    (1 + 1) / (2 + 1) against (1 + 2) / (2 + 3).
[ ] arm 2, by 1.00 against 0.67
    The choice is right. But the prior counts like one pull that paid and one that did not.
[ ] arm 1, by 0.60 against 0.50
    One pull that paid has moved the mean of arm 2 from 1/2 to 2/3.

One arm pays with a chance of 0.6, as you know. The other one was never pulled, and its chance is uniform between 0 and 1. Two pulls are
left. What is the plan worth that begins with the unknown one?
[ ] 1.10
    0.5 + 0.6 leaves out that an unknown arm that has paid is then the better one.
[ ] 1.17
    0.5 + 0.67 goes on with the unknown arm also where it has not paid.
[ ] 1.27
    0.6 + 0.67: but the first pull of the unknown arm pays with 0.5, and not for sure.
[x] 1.13
    0.5 + ½ · 2/3 + ½ · 0.6. That is less than the 1.20 of the known arm: two pulls are too few to explore.

An RL² agent was trained in trials of 10 pulls. It now has 100 pulls in each bandit, and settles too early. What helps?
[ ] a higher entropy weight while it is in use
    The entropy weight is a part of the loss. In use nothing is trained, so it does nothing.
[x] new training, in trials of about 100 pulls
    How much exploring pays depends on how many pulls are left to use it. It was trained for ten.
[ ] a fresh memory after every tenth pull
    Then it forgets nine times what it has found out.
[ ] more training, in trials of 10 pulls again
    For these it is right to settle early: it would learn just that even better.
"""
