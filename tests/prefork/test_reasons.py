"""Owns the test of the reasons' numbers.

Does not test that they arrive.
"""

from prefork._reasons import StopReason


def test_numbers_of_the_wire() -> None:
    assert [(it.name, it.value) for it in StopReason] == [
        ("STOPPED", 0),
        ("RESTARTED", 1),
        ("ORPHANED", 2),
    ]
