"""Behind `alerts`: levels, crowding, actions, the public notice."""
