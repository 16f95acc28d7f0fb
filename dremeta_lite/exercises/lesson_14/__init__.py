"""Notebook 14: games. Answers are held against rules worked out by hand, and against trying every plan.

All three marines, all in range, fire at orange, who had not been wounded and does not fall. After the step orange is as healthy as before.
What do you know?
[ ] that orange is the medic, who has healed itself
    The medic never heals itself. Had orange been the medic, its wound would have stayed open.
[x] that orange is not the medic, who is still alive
    Somebody else has closed the wound. Three colours are left.
[ ] that orange cannot be wounded, so fire elsewhere
    It has been wounded, and healed in the same step. Without the medic it falls like any other.
[ ] nothing, for the shots may have missed by chance
    There is no chance in these rules: who is in range is hit.

Four colours are equally likely. You test one after the other, until you know which one heals; each test says for certain whether it is the
one that was tested. How many tests does it take on average?
[ ] 1.50 tests
    The chance to be right at once is only a quarter.
[x] 2.25 tests
    1, 2 or 3 tests with a quarter each, and with the last quarter 3 as well: when three are ruled out, the fourth needs no test.
[ ] 2.50 tests
    That is the mean of 1 to 4. The fourth test is never needed.
[ ] 3.00 tests
    So many at worst. In half of the trials fewer are enough.

Two convolutions, one after the other, with as many channels as you like and padding that keeps the size. Now both get stride 2. How many
times fewer multiplications does the second one take?
[ ] 2 times
    That would be along one side of the picture, and in one layer.
[ ] 4 times
    That is true of the first. The second also gets a smaller picture.
[ ] 8 times
    Both strides count along both sides: 2 · 2 for each.
[x] 16 times
    A quarter of the places because its picture is smaller, and a quarter of those because of its own stride.

In some other game a rule is hidden. Told the rule, a commander wins .95 of the battles; one without a memory, trained on all rules, wins
.90 of them. What is that game good for?
[ ] for showing how well a memory finds the rule
    There is hardly anything that a memory could add: .05 at most.
[x] for showing that the rule matters very little
    Whatever is hidden, one and the same policy nearly does. A memory cannot shine there, however good it is.
[ ] for nothing, since the memory must be broken
    No memory was trained yet. What is compared are two policies without any.
[ ] for measuring how long training has to last
    Longer training closes no gap that is not there.

A game runs at 3,500 steps a second, and in each step four frames pass. How long does it take to play ten million frames, before any
learning?
[ ] about 3 minutes
    Ten million are divided by four once, and not twice.
[x] about 12 minutes
    Ten million frames are 2.5 million steps, and each second brings 3,500 of them. And the network has not done anything yet.
[ ] about 48 minutes
    So it would be if every frame were a step of its own.
[ ] about 3 hours
    That is 48 minutes, times four: the four frames make it shorter, not longer.
"""
