"""What the live panels of the course show: one file a subject. A view draws what a learner says; training depends on none of it."""
