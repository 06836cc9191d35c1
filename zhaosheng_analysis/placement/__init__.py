"""Behind `admission` and `classes`: kernels, rounds, reasons, chances, dealing."""
