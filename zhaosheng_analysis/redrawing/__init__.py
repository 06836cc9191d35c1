"""Behind `redraw`: instances, bounds, local search."""
