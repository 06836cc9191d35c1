"""Behind `sentences` and `zones`: words to geometry and back, checks, ways, versions."""
