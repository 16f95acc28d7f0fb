"""Notebook 01: states, actions, rewards, returns and values, on numbers that can be checked by hand."""

from dremeta_lite.exercises.declaring import quiz

QUIZ = quiz("""
The source text says that the reward is 'the return after the model performs an action'. What is right?
[ ] It is right: reward and return are two words for one thing.
    They differ as soon as an episode has two steps. An agent that wants the next reward only has no reason to take a detour.
[x] A reward is one number for one step; a return is the sum of rewards over many steps.
    And with a discount it is the weighted sum, with weights 1, γ, γ², …
[ ] A reward is the average of many returns.
    The expected return is called a value; a reward is what the environment pays in one step.

An episode is stopped after 50 steps because its time is up. What do you use as the value of what would have followed?
[ ] 0, since the episode is over
    That is right for termination. Here the world goes on, and only the observation of it stops.
[ ] the last reward once more
    Rewards of the past are no estimate of the future.
[x] an estimate V(s') of the state that was reached
    This is called bootstrapping: truncation cuts the data, not the value.

+1 comes in step 3, or +3 in step 6. From which γ on is it worth waiting?
[x] from about 0.69 on: the cube root of 1/3
    γ² · 1 = γ⁵ · 3 holds at γ³ = 1/3.
[ ] from 1/3 on
    That would be right if it were one step of waiting. It is three, so the cube root is needed.
[ ] always: 3 is more than 1
    At γ = 0.5 they are worth 0.25 and 0.094.
[ ] from 0.5 on
    At γ = 0.5 the near one is worth more: 0.25 against 0.094.

A Monte-Carlo estimate from 100 episodes has a standard error of 0.02. How many episodes are needed for 0.01?
[ ] 200
    Twice as many episodes divide the error by √2 only.
[x] 400
    The error falls like 1/√n: half of it costs four times the episodes.
[ ] 1000
    Ten times as many divide it by √10, about 3.2: more than is needed.
[ ] 10 000
    A hundred times as many divide it by 10.

What is a policy?
[ ] the list of actions that reached the goal
    A list does not say what to do in a state that it does not lead through, for example after a slip.
[ ] the rule by which the environment finds the next state
    That is the transition model, f or p(s' | s, a). It belongs to the environment.
[ ] the sum of rewards that an agent expects
    That is a value. It depends on the policy.
[x] for each state, a probability for each action
    A rule that always takes one action is the special case with probabilities 0 and 1.
""")
