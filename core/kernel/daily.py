"""Once a day at a time of day."""

from datetime import UTC, datetime, time, timedelta


def next_at(now: datetime, at: time) -> datetime:
    """The first moment after now that is `at` o'clock in UTC."""
    today = datetime.combine(now.astimezone(UTC).date(), at, UTC)
    return today if today > now else today + timedelta(days=1)
