"""Learning the transition model s' = f(s, a), planning with it, and exact values of worlds that are known."""
