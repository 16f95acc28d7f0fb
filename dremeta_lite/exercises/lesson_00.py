"""Notebook 00: a quiz on the words and pictures of the course. Its exercises are to press buttons."""

from dremeta_lite.exercises.declaring import quiz

QUIZ = quiz("""
What is a *task* in the world of this notebook?
[ ] one episode of 100 steps
    In one task the agent may try many episodes.
[x] one goal, to be reached again and again
    Another goal is another task. All of them together are the task distribution.
[ ] one gradient step
    A gradient step is how the agent adapts to a task.

The inner loop goes from θ to φ. What does the outer loop do?
[x] it improves θ, so that the inner loop leads further
    θ is the starting point, and it is all that the outer loop changes.
[ ] it runs the inner loop a second time
    More inner steps are still the inner loop.
[ ] it chooses the goal
    Goals are drawn at random. Nobody chooses them.

Why does the dashed curve, *before adaptation*, stay near -38 while the thick one climbs?
[ ] the learning rate is too small
    The same rate lets the other curve climb.
[ ] it would climb if one trained longer
    It does not: the best that one policy can do for all goals at once is about -38.
[x] the goal cannot be seen, so before any trial nothing is better than to stay near the middle
    The reward is the only hint at the goal, and before the first episode there was none.

In a picture of this course, what do a dashed line and a solid line of one colour mean?
[ ] two tasks
    Another task would have another colour.
[x] one task, before and after adaptation
    A colour is a task. Dashed is before adaptation, solid after it.
[ ] training and test
    All of the map's tasks are held out: none is trained on.

Your agent does well on the tasks that it was trained on. What tells whether it has learned to learn?
[x] its return after adaptation on tasks that it has never met, beside yardsticks
    New tasks show that it adapts, and the yardsticks show what the number is worth.
[ ] its return on the training tasks after more training
    That could be memory of those tasks.
[ ] the number of meta-iterations
    Time spent is no measure of what was learned.
""")
