"""Notebook 05: from one task to many: what belongs to a task, what is shared, and how many tasks a number is made from."""

from dremeta_lite.exercises.declaring import quiz

QUIZ = quiz("""
What does the source text's program do with the action of each step?
[ ] it makes it more likely if the reward was good
    That would be policy gradient; the loss has no action in it.
[x] it unpacks it and never looks at it again
    The weights come out the same, bit for bit, whatever the actions were.
[ ] it is the target of the loss
    The target is the reward, for all outputs at once.

The program has two gradient tapes, one inside the other. Why is that no meta-learning?
[x] the outer one is never asked, and the weights are changed in place
    The inner tape takes over its name. And nothing in it leads from the new weights to the old ones.
[ ] TensorFlow does not allow two tapes
    It does; gradients of gradients are computed just so.
[ ] the outer tape should be inside the inner one
    The order of the two is right. What is missing is a question to the outer one, about φ as a function of θ.

Five policies are trained, each on one goal of Navigation2D. What do they return on the other goals?
[ ] about as much as at home
    They walk to their own goal, whatever the task is: they cannot see it.
[x] less than standing still
    They walk away, to a place that is wrong, and stay there.
[ ] as much as standing still
    That would need a policy that does not move. These have learned to go somewhere.

What does pooled training maximise?
[ ] the return after adaptation
    There is no φ in its objective: fine-tuning comes later, and training does not know of it.
[ ] the return of the best task
    All tasks count alike.
[x] the mean return of one policy, before any adaptation
    One policy for all, so it finds the best compromise.

On Navigation2D, fine-tuned pooled training comes close to MAML; on MirroredNavigation2D it does not. Why?
[ ] mirrored tasks are longer
    Both have a horizon of 100 steps.
[ ] MAML was trained for more iterations there
    100 iterations in both; pooled training had up to 600.
[x] with mirrored controls no one rule of walking suits all tasks, so there is none that a step could adjust
    In Navigation2D one rule suits all, and only its target has to be moved. Here the compromise is to stand still.
""")
