"""Worker processes with time and memory limits: a crash, a hang or a leak costs one call, not the program.

This package knows nothing of OCR. A `WorkerPool` is created with a setup: a picklable function without
arguments that each process calls once, and that returns the function that answers its calls.
"""
