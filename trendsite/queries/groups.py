"""Which sources a page or an answer is about: one exact source, or several networks, whose posts are added up.

An address names a source (``source=``), networks (``networks=``), or neither. Then networks are added up with each
other, and any other source stays alone.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from asgiref.sync import sync_to_async
from redis.asyncio import Redis

from trendsite.queries.known_sources import newest_source, sources_with_day
from trendsite.queries.pipeline_status import PipelineStatus, Shown, SourceDay, read_pipeline_status
from trendsite.queries.rankings import is_in_redis
from trendsite.sources import NETWORKS, is_network, joined

SourceNames = tuple[str, ...]
"""Names of streams in order."""

ALL: SourceNames = tuple(sorted(NETWORKS))


@dataclass(frozen=True)
class Selection:
    """The sources that an address names: an exact ``source`` or some ``networks``; neither is the default."""

    source: str | None = None
    networks: SourceNames = ()

    @property
    def query(self) -> dict[str, str]:
        """The same as parameters of an address."""
        if self.source:
            return {"source": self.source}
        return {"networks": ",".join(self.networks)} if self.networks else {}


@dataclass(frozen=True)
class DayGroup:
    """The sources that are added up on a date: those that are ``archived``, and those of which Redis has the day."""

    day: date
    archived: SourceNames = ()
    in_redis: SourceNames = ()

    @property
    def names(self) -> SourceNames:
        """All of them."""
        return tuple(sorted({*self.archived, *self.in_redis}))

    @property
    def source(self) -> str:
        """Their names as one, empty for none."""
        return joined(self.names)

    @property
    def open(self) -> SourceNames:
        """Those that are not archived, so Redis alone has their day."""
        return tuple(name for name in self.in_redis if name not in self.archived)

    @property
    def is_final(self) -> bool:
        """Whether all of them are archived."""
        return not self.open

    @property
    def is_several(self) -> bool:
        """Whether several sources are added up."""
        return len(self.names) > 1

    def of(self, names: Collection[str]) -> "DayGroup":
        """Return those of them that are among ``names``."""
        archived = tuple(name for name in self.archived if name in names)
        return DayGroup(self.day, archived, tuple(name for name in self.in_redis if name in names))

    @property
    def shown(self) -> Shown:
        """The same as what a board shows, to read it from Redis."""
        return Shown(self.names, self.day, tuple(self.of_source(name) for name in self.names))

    def of_source(self, name: str) -> SourceDay:
        """Return the day of one of them."""
        return SourceDay(name, self.day)


def running_days(pipeline: PipelineStatus) -> list[SourceDay]:
    """Return the latest day of each running source that has counted a post."""
    return [status.shown for status in pipeline.running if status.shown]


def running_names(pipeline: PipelineStatus) -> SourceNames:
    """Return the names of the running sources that have counted a post."""
    return tuple(day.source for day in running_days(pipeline))


def latest_day(pipeline: PipelineStatus, names: Collection[str]) -> date | None:
    """Return the latest day of the running ones among ``names``, None if none runs."""
    return max((day.day for day in running_days(pipeline) if day.source in names), default=None)


def possible_sources(selected: Selection, running: Sequence[str]) -> SourceNames:
    """Return the sources that an address means; each has the date in question or not.

    By default it is the first running source, else the one that was archived last. If that is a network, all networks
    are meant.
    """
    if selected.source:
        return (selected.source,)
    if selected.networks:
        return tuple(sorted(selected.networks))
    default = running[0] if running else newest_source()
    if default and is_network(default):
        return ALL
    return (default,) if default else ()


def all_networks(running: Sequence[str], names: Collection[str]) -> Selection:
    """Return the selection of all networks: the default one, unless another source is the default.

    It matters only if there are several among ``names``.
    """
    if sum(map(is_network, names)) < 2:
        return Selection()
    return Selection() if possible_sources(Selection(), running) == ALL else Selection(networks=ALL)


async def selected_group(redis: Redis | None, selected: Selection, day: date) -> DayGroup:
    """Return the sources of an address that have a date.

    Raises:
        RedisError, OSError: Redis is away.
    """
    running = running_names(await read_pipeline_status(redis)) if redis else ()
    return await find_group(redis, await sync_to_async(possible_sources)(selected, running), day)


async def find_group(redis: Redis | None, names: Collection[str], day: date) -> DayGroup:
    """Return those of ``names`` that have a date. Without Redis they are the archived ones.

    Raises:
        RedisError, OSError: Redis is away.
    """
    return (await find_all(redis, names, day)).of(names)


async def find_all(redis: Redis | None, names: Collection[str], day: date) -> DayGroup:
    """Return all sources that have archived a date, and those of ``names`` of which Redis has it.

    Raises:
        RedisError, OSError: Redis is away.
    """
    archived = await sync_to_async(sources_with_day)(day)
    in_redis = [name for name in names if redis and await is_in_redis(redis, SourceDay(name, day))]
    return DayGroup(day, _in_order(archived), _in_order(in_redis))


def _in_order(names: Iterable[str]) -> SourceNames:
    return tuple(sorted(names))
