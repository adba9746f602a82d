"""Processes of their own, watched: what crashes, hangs or grows there costs one call and not the program.

This package knows nothing of OCR. A `Crew` is made from a function without arguments that can be pickled;
each process calls it once and gets the function that answers the calls.
"""
