"""Notebook 08: beliefs, against Bayes' rule by hand, torch's own distributions and plain sums.

One of 21 cells is the goal, each equally likely. You have walked over seven of them, and none has paid. What is the belief in each of the
others, and what will it be after one more step that does not pay?
[ ] 1/21, then 1/21
    Then all of it would no longer add up to 1.
[ ] 1/14, then 1/15
    With each cell that is struck out fewer are left, so each gets more.
[x] 1/14, then 1/13
    What was struck out is shared equally by the 14, and then by the 13 that are left.
[ ] 1/7, then 1/8
    Seven are those that were visited. The belief lies on the other 14.

The goal is A or B, equally likely. A step pays with a chance of 0.8 if it is A, and of 0.2 if it is B. Two steps have both paid. What is
the belief in A?
[ ] 0.80
    That is the belief after the first step. The second one counts as well.
[x] 0.94
    0.64 / (0.64 + 0.04): each step multiplies, and the sum is brought to 1.
[ ] 0.64
    That is the chance of two pays in A. It has to be divided by what both goals say together.
[ ] 0.68
    That is the sum over both goals. What is asked for is A's share of it.

The goal is at A with probability 0.4, at B with 0.3, at C with 0.3. There is time for one walk: to A, to C, or over C to B. Which one
finds the goal most often, and how often does posterior sampling take it?
[ ] that to A, taken in 40 %
    The likeliest goal is found in 40 %. On the way to B two of the three can be found.
[ ] that to B, taken in 60 %
    It walks on to B only if it has drawn B. If it has drawn C, it stays there.
[ ] that to A, taken in all
    It draws its guess: it does not take the likeliest one each time. And the walk to B finds more.
[x] that to B, taken in 30 %
    It finds B or C, in 60 %. But posterior sampling draws a guess, and walks past nothing on purpose.

The cross-entropy of a learned belief is 1.9 nats, and the mean entropy of the exact belief is 1.7 nats. How much can more training bring
at the very most?
[x] 0.2 nats
    The difference is the KL divergence from the exact belief. The rest is what nobody can know.
[ ] 1.9 nats
    That would be certainty in every step. The exact belief itself is not certain.
[ ] 1.7 nats
    That is what stays open even for the exact belief: the part that cannot be learned.
[ ] 3.6 nats
    The entropy is a part of the cross-entropy, and does not come on top.

Two beliefs agree on the cells that were visited without pay. Of the others the first says 1/11 for each, the second says 0 for each. The
goal has not been met yet. Where does a decoder's loss tell them apart?
[ ] in the steps so far, where none has paid
    Both have said so, and are right about them.
[x] in the steps to come, where one may pay
    There the second is sure of something wrong. So the whole trial has to be predicted.
[ ] in both of them, as every step counts
    On the past the two agree, so nothing there tells them apart.
[ ] in none, as both are right up to now
    Up to now. A loss over the whole trial also asks for what comes.

A belief q = N(0, 1) becomes N(0, ½²), and then N(0, 1) again. What do the two changes cost, as KL(new ‖ old)?
[ ] 0.81 and then 0.32 nats
    It is the other way round: to become unsure again costs more.
[x] 0.32 and then 0.81 nats
    ½ (¼ - 1 + log 4), and then ½ (4 - 1 - log 4).
[ ] 0.32 and then 0.32 nats
    KL is no distance: it matters which one is the prior.
[ ] 0.81 and then 0.81 nats
    KL is no distance: it matters which one is the prior.

For a trial log p(rewards) is -10.0 under a decoder, and the evidence lower bound (w = 1) is -12.5. How far is q from the true posterior?
[ ] 10.0 nats
    That is minus log p. What matters is what the bound is short of it.
[x] 2.5 nats
    What the bound is short of is KL(q ‖ posterior), exactly.
[ ] 1.25 nats
    Nothing is halved: the bound is short by the whole KL.
[ ] 5.0 nats
    Nothing is doubled: the bound is short by the KL, once.
"""

SECOND_HALF = 5
"""From this question on the quiz is that of the second notebook."""
