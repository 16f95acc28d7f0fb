"""Notebook 06: the meta-learning loop, on hills whose gradients can be computed by hand.

J(θ) = -½ (θ - 4)², θ = 0 and α = 0.5: so ∇J(θ) = 4, and φ = 2. What is the full meta-gradient, dJ(φ)/dθ?
[ ] 2.0
    That is ∇J at φ, which first-order MAML takes. How φ moves with θ is missing.
[ ] 4.0
    That is ∇J at θ, which pooled training follows.
[ ] 8.0
    That multiplies the slopes at θ and at φ. What is asked for is how φ moves with θ, times the slope at φ.
[x] 1.0
    (1 - 0.5) · 2: φ moves half as far as θ, and at φ the slope is 2.

With a support of 2 trajectories a step looks three times as good when it is judged on them as on new ones. How would it look with a
support of 2000?
[ ] three times as good, as with any number
    The lead comes from noise that the step was fitted to, and that gets less with more data.
[ ] far better still, with more data to fit
    A step of the same size has to suit all of them at once: less of it is noise.
[x] about as good on both, with little noise
    Its support says nearly what new trajectories would say. Still, φ leads to other places than θ.
[ ] worse on its own, as the data get harder
    It was made to climb on just these data.

On a hill of curvature c = 3 a step with α = 0.5 jumps over the top, and at φ the slope is -1. What do the full and the first-order
meta-gradient say?
[x] full +0.5, first order -1.0
    The bracket is 1 - αc = -0.5, so their signs differ: the full one knows that φ moves against θ.
[ ] full -0.5, first order -1.0
    The bracket 1 - 1.5 is negative, and so is the slope.
[ ] full -1.0, first order +0.5
    It is the other way round: first order takes the slope at φ as it is.
[ ] full +0.5, first order +1.0
    First order takes the slope at φ as it is, with its sign.

One starting point returns -95 before adaptation and -20 after two steps; another one -38 before and -35 after. Which one does MAML
prefer, judged after two steps, and which one does pooled training prefer?
[ ] both the first, which ends higher
    Pooled training does not look at what comes after a step.
[x] MAML the first, and pooled the second
    MAML looks at what comes after the steps, pooled training at what comes before.
[ ] both the second, which starts higher
    MAML does not look at what comes before a step.
[ ] MAML the second, and pooled the first
    It is the other way round: without adaptation the second is better.

What do the outer loops of MAML and of Reptile do with α = 0?
[ ] both train one policy, as pooled training does
    Reptile moves θ to where the steps lead, and they lead nowhere.
[ ] both leave θ as it is, since no step is made
    MAML still follows the return of φ, which is that of θ.
[x] MAML trains a pooled policy, Reptile does nothing
    φ = θ: so MAML climbs the mean of J(θ), and Reptile's φ - θ is 0.
[ ] MAML does nothing, Reptile trains a pooled policy
    It is the other way round. (With *one* step of some length Reptile is like pooled training.)

A hill has the curvature 4 along x and 1 along y. Which rates does Meta-SGD learn, so that one step reaches the top?
[ ] 1.0 along x, 0.25 along y
    The steeper the hill, the shorter the step has to be.
[ ] 4.0 along x, 1.0 along y
    That would jump far over the top along x: the bracket is 1 - 4 · 4.
[x] 0.25 along x, 1.0 along y
    1 / curvature along each: then 1 - αc is 0, and the step ends at the top.
[ ] 0.4 along x, 0.4 along y
    One number for both is a compromise, which MAML has to make.
"""

SECOND_HALF = 4
"""From this question on the quiz is that of the second notebook."""
