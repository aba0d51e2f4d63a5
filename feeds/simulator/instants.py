"""Instants as whole numbers: seconds inside stories, microseconds as sequences. Local time is Asia/Shanghai, UTC+8.

Mainland China has had one offset without summer time since 1992, so a fixed offset is exact for every simulated day.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

LOCAL: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
LOCAL_OFFSET: Final = 8 * 3600
MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86_400
MICRO: Final = 1_000_000
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY: Final = EPOCH.toordinal()
ONE_MICROSECOND: Final = timedelta(microseconds=1)


def sequence_at(at: datetime) -> int:
    """The sequence of something sent at this very instant: epoch microseconds."""
    return (at - EPOCH) // ONE_MICROSECOND


def instant_of(sequence: int) -> datetime:
    """The aware UTC instant of a sequence."""
    return EPOCH + timedelta(microseconds=sequence)


def local_midnight(day: date) -> int:
    """Epoch seconds at which a local day begins."""
    return (day.toordinal() - EPOCH_DAY) * DAY - LOCAL_OFFSET


def local_day(second: int) -> date:
    return date.fromordinal((second + LOCAL_OFFSET) // DAY + EPOCH_DAY)


def local_hour(second: int) -> int:
    return (second + LOCAL_OFFSET) % DAY // HOUR


def local_text(second: int) -> str:
    """`YYYY-MM-DD HH:MM:SS` in local time, as the sources write it; from tables, as a history has 300,000 of them."""
    day, rest = divmod(second + LOCAL_OFFSET, DAY)
    return _date_text(day) + _CLOCK[rest // MINUTE] + _SECONDS[rest % MINUTE]


@lru_cache(maxsize=1024)
def _date_text(day: int) -> str:
    return date.fromordinal(day + EPOCH_DAY).isoformat()


_CLOCK: Final = tuple(f" {hour:02d}:{minute:02d}" for hour in range(24) for minute in range(60))
_SECONDS: Final = tuple(f":{second:02d}" for second in range(60))
