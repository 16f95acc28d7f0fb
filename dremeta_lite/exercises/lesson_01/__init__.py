"""Notebook 01: states, actions, rewards, returns and values, on numbers that can be checked by hand.

An episode pays -0.04, -0.04 and +1, one after the other. With γ = 0.5, what is its discounted return from the first step on?
[ ] 0.920
    That is the plain sum, with γ = 1.
[x] 0.190
    -0.04 + 0.5 · (-0.04) + 0.25 · 1.
[ ] 0.310
    The two steps cost something: their rewards are negative.
[ ] 0.440
    The third reward is two steps away, so γ counts twice for it.

The last step of an episode pays 1, and leads to a state with V(s') = 5. It was stopped by the clock. With γ = 0.9, what is its target?
[ ] 1.0
    That is right if the episode was terminated. Here the world goes on, and only the watching has stopped.
[ ] 6.0
    What comes a step later counts γ times as much.
[ ] 4.5
    The step itself has paid, too.
[x] 5.5
    1 + 0.9 · 5: truncation cuts the data, and not the value.

You can have +1 in step 2, or +2 in step 5. From which γ on is it worth waiting?
[ ] from 0.71 on
    √½ would be right for two steps of waiting. These are three.
[x] from 0.79 on
    γ · 1 = γ⁴ · 2 holds at γ³ = ½.
[ ] from 0.84 on
    Both rewards are discounted. The fourth root of ½ leaves out that the near one has to be waited for, too.
[ ] from 0.50 on
    That would be so for one step of waiting. Three cost γ³.

Averaged over 100 episodes a value is 3.0, with a standard error of 0.2. How many *more* episodes bring the error to about 0.05?
[ ] 1600
    1600 are needed in all, and 100 of them are there.
[ ] 300
    They make 400 in all, and those only halve the error: it falls like 1/√n.
[x] 1500
    A quarter of the error takes 16 times the episodes: 1600, of which 100 are there.
[ ] 400
    The error falls like 1/√n, and not like 1/n; and 100 are there already.

On firm ground an agent walks from S to the star by a list of actions: *up, up, right*. Now the floor is slippery, and a step may go
astray. What does it need in place of the list?
[ ] a longer list, with an action to spare for a slip
    Which one is needed depends on where the slip has led to, and a list does not know that.
[x] what to do in each of the cells it may get to
    That is a policy: for each state an action, or a probability of each action.
[ ] the same list again, as often as it takes to arrive
    From another cell the same three actions lead elsewhere.
[ ] the model of the world, which says where it slips
    It says what may happen, and not yet what to do.
"""
