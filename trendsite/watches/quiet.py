"""Quiet hours and the hour of the digest, in a user's time zone. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

_REGIONS = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")


def zone_names() -> list[str]:
    """Return the time zones to choose from: UTC, then those named after places."""
    return ["UTC", *sorted(name for name in available_timezones() if name.startswith(_REGIONS))]


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone; UTC if this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def quiet_until(now: datetime, zone: ZoneInfo, start: time | None, end: time | None) -> datetime | None:
    """Return when the quiet hours end (UTC) in which ``now`` lies; None outside of them, or without any.

    They may go past midnight.
    """
    if start is None or end is None or start == end:
        return None
    local = now.astimezone(zone)
    at = local.time()
    if start < end:
        is_quiet, last_day = start <= at < end, local.date()
    else:
        is_quiet = at >= start or at < end
        last_day = local.date() + timedelta(days=1) if at >= start else local.date()
    return datetime.combine(last_day, end, zone).astimezone(UTC) if is_quiet else None


def digest_day(now: datetime, zone: ZoneInfo, hour: int, sent_on: date | None) -> date | None:
    """Return the local date whose digest is due, None if it is not yet, or was sent."""
    local = now.astimezone(zone)
    is_due = local.hour >= hour and (sent_on is None or sent_on < local.date())
    return local.date() if is_due else None
