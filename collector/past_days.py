"""``python -m collector.past_days FOLDER``: the days before the simulator's first start -> files of posts.

``streaming.jobs.past_days`` counts them. Days of which the simulator's log has had posts, and those after them, are
left out: there the stream itself ran.
"""

import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import msgspec
from dotenv import load_dotenv

from collector.config import Config
from collector.intake.filters import Tracked, filter_posts
from collector.languages import LanguageFollower
from collector.sources.simulator.posts import posts_of_span
from collector.sources.simulator.source import SimulatorSource
from contract.backfill import Conversion, posts_file, write_conversion
from contract.environment import Environment, SettingError
from contract.files import restrict_new_files, spool_folder
from contract.post import Post, encode_posts

POSTS_PER_DAY = 20_000
_SPAN = timedelta(minutes=1)
_SPANS_PER_DAY = timedelta(days=1) // _SPAN


def days_before(today: date, count: int, ran_from: date | None) -> list[date]:
    """Return the ``count`` days before today, oldest first, without those from the day ``ran_from`` on."""
    days = [today - timedelta(days=ago) for ago in range(count, 0, -1)]
    return [day for day in days if ran_from is None or day < ran_from]


def oldest_day(spool: Path) -> date | None:
    """Return the day of the oldest post of a log; None if it has none.

    A log that no longer has its beginning may have posts of any day: then it is the first of all days.
    """
    paths = sorted(spool.glob("*.ndjson"))
    if paths and int(paths[0].stem) > 0:
        return date.min
    for path in paths:
        with path.open("rb") as file:
            line = file.readline()
        try:
            return msgspec.json.decode(line, type=Post).created_at.date()
        except msgspec.DecodeError:
            continue
    return None


def write_days(
    days: Sequence[date], folder: Path, seed: int, tracked: Tracked, report: Callable[[str], None]
) -> Conversion:
    """Write the posts of simulated days, one file each, into an empty folder.

    Raises:
        OSError: the folder cannot be written.
    """
    dropped: Counter[str] = Counter()
    counts: dict[date, int] = {}
    for number, day in enumerate(days):
        posts = filter_posts(list(_posts_of_day(seed, day)), tracked, dropped)
        if posts:
            posts_file(folder, number).write_bytes(encode_posts(posts))
            counts[day] = len(posts)
        report(f"Simulating the past days: {number + 1} of {len(days)} invented")
    conversion = Conversion(SimulatorSource.name, counts, dict(dropped))
    write_conversion(folder, conversion)
    return conversion


def _posts_of_day(seed: int, day: date) -> Sequence[Post]:
    begin = datetime.combine(day, time(), UTC)
    spans = (begin + number * _SPAN for number in range(_SPANS_PER_DAY))
    mean = POSTS_PER_DAY / _SPANS_PER_DAY
    return [post for at in spans for post in posts_of_span(seed, f"past-{at:%Y%m%dT%H%M}", at, _SPAN, mean)]


def main() -> None:
    """Write the days. A problem that a person must solve is one line and exit code 1."""
    restrict_new_files()
    load_dotenv()
    folder = Path(sys.argv[1])
    try:
        config = Config.from_env(Environment(os.environ))
        ran_from = oldest_day(spool_folder(config.data_dir, SimulatorSource.name))
        days = days_before(datetime.now(UTC).date(), config.simulator_past_days, ran_from)
        tracked = LanguageFollower(config.data_dir / "tracked_languages.json").tracked()
        write_days(days, folder, config.simulator_seed, tracked, lambda line: print(line, flush=True))
    except SettingError as error:
        sys.exit(f"collector: {error}")
    except OSError as error:
        sys.exit(f"collector: {error.filename or 'the system'}: {error.strerror}")


if __name__ == "__main__":
    main()
