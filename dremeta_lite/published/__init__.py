"""Published figures beside ours: what papers report, measured again with this package."""
