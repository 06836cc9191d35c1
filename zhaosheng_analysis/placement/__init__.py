"""Behind `admission` and `classes`: kernels, rounds, reasons, dealing."""
