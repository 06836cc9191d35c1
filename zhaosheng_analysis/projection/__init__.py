"""Behind `forecast`: progression, intake, intervals, simulation, scoring against the past."""
