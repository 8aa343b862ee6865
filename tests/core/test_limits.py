"""Laws of the rate limits' arithmetic."""

from hypothesis import given
from hypothesis import strategies as st

from core.limits.gcra import take
from core.limits.policy import RULES, Policy

steps = st.lists(st.integers(0, 3_000_000), min_size=1, max_size=60)


@given(steps=steps, quota=st.integers(1, 20), seconds=st.integers(1, 10))
def test_no_stretch_of_time_lets_more_pass_than_the_quota_and_what_comes_back(
    steps: list[int], quota: int, seconds: int
) -> None:
    policy = Policy("some", quota, seconds)
    stored, now, passed = 0, 1, []

    for step in steps:
        now += step
        stored, answer = take(stored, now, policy.interval_us, policy.window_us)
        if answer >= 0:
            passed.append(now)

    for first, begin in enumerate(passed):
        for last in range(first, len(passed)):
            allowed = quota + (passed[last] - begin) // policy.interval_us
            assert last - first + 1 <= allowed


@given(steps=steps, quota=st.integers(1, 20), seconds=st.integers(1, 10))
def test_who_waits_as_long_as_told_is_let_in(steps: list[int], quota: int, seconds: int) -> None:
    policy = Policy("some", quota, seconds)
    stored, now = 0, 1

    for step in steps:
        now += step
        stored, answer = take(stored, now, policy.interval_us, policy.window_us)
        if answer < 0:
            now -= answer
            stored, answer = take(stored, now, policy.interval_us, policy.window_us)
            assert answer >= 0


def test_time_that_no_taking_can_have_led_to_counts_as_now() -> None:
    stored, answer = take(10**15, 5, 100, 1000)

    assert (stored, answer) == (105, 100)


def test_signing_in_is_the_rule_that_fails_closed() -> None:
    assert [name for name, rule in RULES.items() if rule.closed] == ["signing-in"]
