"""The table of a run tells whether a target was missed."""

from typing import Any

import pytest

from benchmarks.table import cells_of


@pytest.mark.parametrize(
    ("target", "ratio", "told"),
    [
        ("≤ 2.5", 2.6, "≤ 2.5, missed"),
        ("≤ 2.5", 2.5, "≤ 2.5"),
        ("≥ 0.3", 0.2, "≥ 0.3, missed"),
        ("≥ 0.3", 0.4, "≥ 0.3"),
        ("≤ 2 ms", 9.0, "≤ 2 ms, missed"),
        ("≤ 4 ms", 9.0, "≤ 4 ms"),
        ("", 9.0, ""),
    ],
)
def test_missed_target_is_told(target: str, ratio: float, told: str) -> None:
    row: dict[str, Any] = {"target": target, "median_us": 3_000.0, "ratio": ratio}

    [cells] = cells_of("test_call", row, 3_000.0)

    assert cells[-1] == told
