"""Speed, measured: ratios to a baseline in the same run, or CPU beside the clock, since machines are small and noisy.

`python -m bench` runs all, in small; `python -m bench --help` lists what there is.
"""
