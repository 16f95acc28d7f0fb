"""Notebook 07: bandits by counting, and what a memory is fed with and trained towards; against closed forms and enumeration."""

from dremeta_lite.exercises.declaring import quiz

QUIZ = quiz("""
During a trial an RL² agent gets better. What changes in it while it plays?
[x] its memory h
    h is all that carries news from step to step and from episode to episode. θ says how h takes it in.
[ ] its weights θ, by gradient steps
    That is MAML (notebook 06). Here θ changes only in the outer loop, between trials.
[ ] its learning rate
    It plays no part in a trial: nothing is descended there.
[ ] the task
    A trial is one task, from its first episode to its last.

The first step of the second episode of a trial: what is the memory fed?
[ ] zeros, as at the start of the trial
    Zeros are for a new trial. Here the last reward would be lost, perhaps the only one that was ever found.
[x] the last step of the first episode: its action, reward and end
    The trial goes on. That the episode has ended is fed, too, so that the network can know it.
[ ] the reward that is about to come
    Nobody has it yet: it depends on the action that is to be chosen.

Why does an RL² agent explore at all? (There is no bonus for it.)
[ ] because its actions are random
    An untrained one has random actions, and learns nothing from them. The trained one searches without repeating itself.
[ ] because the entropy weight stays high
    It falls to 0 during training, and the agent explores still.
[x] because the return that it is trained on crosses the ends of episodes: what is found out pays later
    The objective is the sum over the trial. Cut it at the ends of episodes, and the reason to explore is gone.

Ten pulls of five arms: greedy comes within 2 % of the best possible. What follows?
[ ] exploring is never worth it
    With 100 pulls greedy stays behind: it settles on an arm that was good at first.
[x] in so short a trial there is little time to profit from exploring; with 100 pulls the gap grows
    What is found out is worth as much as there are pulls left to use it. A Bayes-optimal agent weighs exactly that.
[ ] the greedy agent explores secretly
    It only tries an arm when the others have disappointed it.

An RL² agent, trained on arms with chances from 0.5 to 1, meets one whose arms all pay less often. What can be said for certain?
[ ] it does as well as Thompson sampling, which it has learned
    What it has learned is a strategy for p(T). Thompson sampling finds the best arm there, too, in time; the network need not.
[ ] its weights adapt to the new tasks
    Not without more training in the outer loop.
[x] nothing: it was trained on one p(T), and outside of it nothing holds it to any standard
    A learned learner is as narrow as what it was trained on. Measure it there before you rely on it.
""")
