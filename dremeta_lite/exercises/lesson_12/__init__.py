"""Exercises and quiz of notebook 12.

A motor of gain -1 and one of gain +1 are equally likely, and an agent sees the pole, but remembers nothing. It leans a little to
the right. Which force is best for it on average over both motors, if a small push helps in one as much as it harms in the other?
[ ] a strong one to the right
    With the other motor that throws the pole over: on average it gains nothing, and wild swings cost more than they bring.
[ ] a weak one to the right
    Half of the time a weak push to the right is a weak push to the left. The average of the two is nothing gained.
[x] none that is better than 0
    What it gains with one motor it loses with the other. Only a memory can tell the two apart.
[ ] now right, and now left
    That tells which motor it is, but this agent forgets what it saw. So for it that is noise.

A belief in "the motor is right" has odds of 3 to 1 for each step that it was seen to be right. It is right for 20 steps, and then reversed.
A learner that takes motors to be fixed counts all steps alike. After how many steps of the other kind does it believe both equally?
[ ] after 1 step
    That would be so if only the last step counted. All 21 do.
[x] after 20 steps
    The odds are 3²⁰ by then, and each contrary step divides them by 3. As many are needed as went before.
[ ] after 3 steps
    The odds of one step are 3 to 1. But 20 of them have been multiplied.
[ ] after 10 steps
    Half as many divide the odds by 3¹⁰, and 3¹⁰ are left.

The same, but the learner knows that motors are reversed with a chance of 0.02 a step. How large can the odds be before it looks, however
often it has seen the motor to be right?
[ ] 50 to 1
    That is 1 to 0.02. The chance that nothing has happened is 0.98, not 1.
[ ] 3 to 1
    Those are the odds of a single look. Many looks make it surer.
[x] 49 to 1
    Whatever it believed, the motor may have been reversed since, with a chance of 0.02: 0.98 to 0.02.
[ ] 98 to 1
    That would be 0.98 to 0.01. The chance of a reversal is 0.02.

A student learns to act like a teacher who is told the task. In some tasks the first seconds have to be spent on finding out which task it
is, and the teacher never does that. What will the student do in them?
[ ] find out, as RL² does it
    RL² is paid for what finding out brings later. The student is only told what the teacher does, and the teacher knows already.
[x] its teacher's average action
    Nothing that it has seen tells the tasks apart yet, so the mean of the teacher's actions has the least error.
[ ] nothing, until it is told
    It is told nothing while it acts, and it has to act all the same: its error is least at the mean.
[ ] copy one task's teacher
    In the other tasks that is far off, and squared errors make a large mistake costly: the mean is better.

Two walking robots get new legs. The first runs as well as before with a policy that has no memory. What follows about the second, with
which the same policy fails?
[ ] its body has no sensors
    It may have as many as the first. They may not show what has changed.
[ ] that policy was too small
    It may be. But a larger one without memory cannot tell apart what looks alike now.
[ ] it needs a longer training
    Where the same look asks for different actions, no training of a policy without memory helps.
[x] what it sees may not tell it
    Where the body betrays what has changed, no memory is needed. Where it does not, one has to act and remember. Yardsticks decide.
"""
