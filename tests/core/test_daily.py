"""A time of day comes once a day, whatever zone now is told in."""

from datetime import UTC, datetime, time, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from core.kernel.daily import next_at

FIRST, LAST = datetime(2000, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - zones are drawn
ZONES = st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours)))


@given(st.datetimes(timezones=ZONES, min_value=FIRST, max_value=LAST), st.times())
def test_the_next_time_is_within_a_day_and_at_the_time_asked(now: datetime, at: time) -> None:
    begins = next_at(now, at)

    assert timedelta(0) < begins - now <= timedelta(days=1)
    assert begins.astimezone(UTC).time() == at


def test_at_the_very_moment_it_is_tomorrow() -> None:
    now = datetime(2026, 2, 28, 2, 0, tzinfo=UTC)

    assert next_at(now, time(2, 0)) == datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
