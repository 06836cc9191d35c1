"""Behind `audit`: the checks, their evidence, the ledger."""
