"""Learning the transition model s' = f(s, a), and planning with it."""
