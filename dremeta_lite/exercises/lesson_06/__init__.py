"""Notebook 06: the meta-learning loop, on hills whose gradients can be computed by hand."""

from dremeta_lite.exercises.declaring import quiz

QUIZ = quiz("""
What does MAML learn in the outer loop?
[ ] the adapted parameters φ of each task
    φ is made by the inner loop, afresh for each task, and thrown away afterwards.
[x] the starting point θ
    θ is the one thing that is kept from task to task.
[ ] the reward of each task
    Rewards come from the world; nothing learns them here.
[ ] the inner learning rate α
    MAML is given α, and keeps it. Meta-SGD (section 9) learns it, too.

Why is φ judged on query trajectories, and not on the support that it was computed from?
[ ] to save time
    It costs time: the query has to be sampled.
[ ] because the support has no rewards
    It has; the inner gradient is made from them.
[x] because on the support a step looks good even if it only fitted the noise in it
    A step is fitted to its support. Only new trajectories tell whether it helps in the task itself.

First-order MAML treats one thing as a constant. Which?
[x] the inner gradient ∇J(θ)
    Then dφ/dθ is the identity, and the gradient at φ is used as it is.
[ ] the starting point θ
    θ is what is being learned.
[ ] the query
    The query is data in both versions.
[ ] the tasks
    New tasks are drawn in each meta-iteration in both versions.

In MirroredNavigation2D MAML's θ returns far less than standing still before adaptation. Is something broken?
[ ] yes: a good start must do well at once
    Nothing in the objective asks for that, and there a policy that does well at once is a bad place to adapt from.
[ ] yes: α is too large
    After three steps it is close to the goal, so the steps are not too long.
[x] no: the outer loop looks at the return after adaptation only
    θ walks in a spiral: a bad policy, from which one or two steps lead to the right rule under either sign.

What does MAML become when α = 0?
[ ] random search
    There still is a gradient.
[x] pooled training
    φ = θ, so the outer loop maximises the return of one policy over all tasks.
[ ] first-order MAML
    First order needs a step, too; it only differentiates it otherwise.
[ ] it cannot be run
    It can; the code has no division by α.
""")
