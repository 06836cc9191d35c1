"""Behind `applicants`: addresses, evidence and the facts the rules ask about."""
