"""The generic cell rate algorithm: a quota in one number, the time by which it is whole again."""


def take(full_at_us: int, now_us: int, interval_us: int, window_us: int) -> tuple[int, int]:
    """Take one request out of a quota.

    full_at_us: when all of the quota is back; a time that has passed, or one that no taking can
    have led to (the clock began anew), counts as now. Returns what to store, and how long the
    quota needs to be whole, in microseconds; negative when nothing was taken: how long to wait.
    Source: ITU-T I.371, annex A, virtual scheduling.
    """
    if not now_us < full_at_us <= now_us + window_us:
        full_at_us = now_us
    whole_us = full_at_us + interval_us - now_us
    if whole_us > window_us:
        return full_at_us, window_us - whole_us
    return now_us + whole_us, whole_us
