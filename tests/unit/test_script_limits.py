"""What one evaluation may use."""

from engine.script import Limits
from engine.script.pool import _resource_limits


def test_time_grows_with_the_data_because_reading_it_counts():
    assert Limits(run_s=1, run_s_per_input_mb=0.5).run_s_for(2_000_000) == 2


def test_the_workers_are_told_every_limit():
    limits = Limits(run_s=1, run_s_per_input_mb=0.5, memory_bytes=7, recursion_depth=8)
    assert _resource_limits(limits, ["x" * 600_000, "y" * 400_000]) == {
        "max_feed_duration_secs": 1.5,
        "max_memory": 7,
        "max_recursion_depth": 8,
        "max_suspensions": 16,
        "max_total_sleep_secs": 0.0,
    }
