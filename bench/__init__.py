"""Speed, measured: every figure as a ratio to a baseline in the same run, since machines are small and noisy.

`python -m bench` runs all; `python -m bench flow` one of: flow, parked, planning.
"""
