"""Notebook 02: the transition model. Answers are held against arithmetic on plain numbers, and against closed forms."""

from dremeta_lite.exercises.declaring import quiz

QUIZ = quiz("""
What does s' = f(s, a) leave out, compared with p(s'|s, a)?
[ ] the action
    The action is there, in both.
[x] that the same s and a may lead to different next states
    A function gives one answer. A probability distribution gives each possible next state its chance.
[ ] the time
    Neither has the time in it: what happens depends on s and a alone.

A model's error is small after one step and large after 50, on the same held-out play. Why?
[ ] later steps of an episode are harder to predict
    Shown the real state, it would predict step 50 about as well as step 1.
[ ] it was trained for too long
    Training on makes both errors smaller, as the panel shows.
[x] each imagined step begins where the one before has ended, error included
    Open loop, errors go into the next input, and a world that magnifies differences magnifies them, too.

What do the members of an ensemble tell by disagreeing?
[x] that there were few data like this, so that they may be wrong here
    Where there were data they were all taught the same. Elsewhere each invents something else.
[ ] that the world is random here
    Trained with squared errors, all members go to the same mean, however random the world is.
[ ] that one of them is broken
    They differ in their first weights and in what they saw when; none of them is the true one.

MPC plans 20 actions and does only the first. Why not do all twenty?
[ ] the other nineteen are random
    They were chosen with the first: the plan is good as a whole, if the model is right.
[x] after one step the real state is known, so that a new plan need not build on imagined ones
    Looking again takes the model's error back to that of one step, twenty times as often.
[ ] the model can only predict one step
    It can be asked again and again; that is what imagining is.

In which of these families do the tasks differ in the transition model?
[ ] Navigation2D, where the goal differs
    A step of 0.1 is a step of 0.1 whatever the goal: only the reward and the end of the episode differ.
[ ] GridWorld, where the goal differs
    Moving from cell to cell is the same; only where the reward lies, and where the episode ends, differs.
[ ] Navigation2D and GridWorld
    In both, how a step moves the agent is the same in all tasks. (That an episode ends at the goal is part of the task, too.)
[x] Pendulum, where mass, length, gravity and motor differ
    The same torque in the same state leads elsewhere. The reward is the same in all of its tasks.
""")
