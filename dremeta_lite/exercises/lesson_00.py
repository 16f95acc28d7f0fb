"""Notebook 00: a quiz on the words and pictures of the course. Its exercises are to press buttons.

An agent plays 20 episodes with the goal at (0.3, 0.1), takes a gradient step, and plays 20 more. Then the goal moves to (-0.2, 0.4), and
all of that is done once more. How many tasks were these, and how many inner steps?
[x] 2 tasks and 2 inner steps
    A goal is a task, and each of the two has had one gradient step.
[ ] 80 tasks and 2 inner steps
    80 is the number of episodes. A task may be played as often as one likes.
[ ] 4 tasks and 2 inner steps
    The 20 episodes before a step and the 20 after it are played in the same task.
[ ] 2 tasks and 80 inner steps
    An inner step is a step of learning, from θ to φ. It is made from 20 episodes here.

Standing still returns -40, and an agent that knows the goal -2. Yours returns -12 after one step. Which part of the way has it come?
[ ] about 70 %
    That would be so if the top were 0: (40 - 12) / 40. But nobody returns more than -2.
[ ] about 26 %
    That is the part that is left: (12 - 2) / 38.
[x] about 74 %
    From -40 to -12 it has come 28, and the whole way is 38.
[ ] about 30 %
    12 / 40 compares with a return of 0, and it is what is left, not what was gained.

Suppose that the policy could *see* the goal from the first step on. What would the dashed curve, *before adaptation*, do in training?
[ ] stay at -38, as long as nothing is adapted
    It stays there because the goal is hidden. An inner step helps by what the rewards say of it.
[x] climb far above -38, without any inner step
    One policy can walk to every goal if it sees it. Not knowing is what holds the curve down.
[ ] climb a little, in the tasks that it was trained in
    It could walk to new goals as well: it sees them.
[ ] fall below -38, since it looks at one goal only
    Nothing in training rewards that. Each goal is seen in its own task.

A picture of this course has two solid lines of different colours, and a dashed one in the colour of the first. What does it show?
[ ] three tasks, one of them before adaptation
    A colour is a task, so these are two.
[ ] two tasks in training, and one in the test
    Neither dashes nor colours say which tasks were trained on.
[x] two tasks after adaptation, and one before it
    A colour is a task. Solid is after adaptation, dashed is before it.
[ ] one task after two steps, and the same before it
    Another colour would be another task, not another step.

Agent A goes from -40 to -5 with one step in its training tasks, and from -41 to -39 in new ones. Agent B goes from -39 to -14 in its
training tasks, and from -39 to -13 in new ones. Which of them has learned to learn?
[ ] A: it gains 35 with a step, and B gains 25
    In tasks that it knows. In new ones it gains 2.
[ ] both: each of them gains by its own step
    What counts are tasks that were never trained on. There A gains next to nothing.
[ ] none: before the step both are near -40
    That has to be so, as nobody knows the goal. What comes after the step counts.
[x] B: it gains 26 in tasks that are new to it
    From -39 to -13, as much as in the tasks of its training.
"""
