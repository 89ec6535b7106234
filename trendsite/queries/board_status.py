"""What the page shows about its own data: the state of the pipeline in words, over all networks and for each."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Literal, TypeVar

import msgspec
from django.utils.translation import gettext, gettext_lazy

from contract.dropped import NO_POSTS
from contract.status import CollectorStatus
from trendsite.queries.pipeline_status import PipelineStatus, SourceStatus, running_source
from trendsite.sources import SourceKind, source_named

Number = TypeVar("Number", int, float)

_SILENT = gettext_lazy("The collector does not report: it is starting or stopped.")

_REASONS = {
    "late": gettext_lazy("late: of a day that is closed"),
    "future": gettext_lazy("dated far ahead of all others"),
    "untracked": gettext_lazy("in a language that is not tracked"),
    "duplicate": gettext_lazy("seen before"),
    "malformed": gettext_lazy("not readable"),
    "too_long": gettext_lazy("too long"),
    "not_new": gettext_lazy("written long before they were sent"),
}


_STATES = {"connecting": gettext_lazy("connecting"), "ended": gettext_lazy("ended")}

NetworkState = Literal["connected", "connecting", "blocked", "silent", "ended"]
"""The state of a collector's connection; ``silent`` means that the collector does not report."""


class NetworkStatus(msgspec.Struct):
    """One running source, for the page: each of several networks shows its own state.

    ``name`` is the source's, ``title`` its title, ``words`` are its state in a few words. ``clock`` is the latest event
    time counted (UTC). ``waiting_for`` is empty while its posts flow, otherwise a sentence. The numbers are None while
    its collector does not report: posts and tagged posts per second, ``posts`` and ``tagged`` posts since the stream
    began, dropped posts by reason, in words, and the ``late`` ones among them.
    """

    name: str
    title: str
    state: NetworkState
    words: str
    clock: datetime | None
    waiting_for: str
    posts_per_second: float | None
    tagged_per_second: float | None
    posts: int | None
    tagged: int | None
    late: int | None
    dropped_by: dict[str, int]


class BoardStatus(msgspec.Struct):
    """What the page shows about its own data, over all running ``networks``.

    ``source`` and ``label`` are the title and the mark of the source. ``at`` is the site's time (UTC), ``clock`` the
    latest event time counted; they can be compared only if ``is_timely``, which a replay at its own old times never is.
    ``waiting_for`` is empty while posts of any network flow. ``has_ended`` means that no more posts will come. The
    numbers are None while no collector reports: posts and tagged posts per second, the share (0 to 1) of all posts
    that are tagged, dropped posts and the late ones among them. ``dropped_by`` has the dropped posts by reason, in
    words; it does not include hashtags that were left out of a counted post. ``running`` are the names of the running
    sources. If several networks run, ``networks`` has each by itself.
    """

    at: datetime
    redis: bool
    source: str
    kind: SourceKind | None
    clock: datetime | None
    is_timely: bool
    waiting_for: str
    has_ended: bool
    posts_per_second: float | None
    tagged_per_second: float | None
    tagged_share: float | None
    dropped: int | None
    late: int | None
    dropped_by: dict[str, int]
    label: str = ""
    running: list[str] = []
    networks: list[NetworkStatus] = []


def board_status(pipeline: PipelineStatus, now: datetime, chosen: Collection[str] = ()) -> BoardStatus:
    """Return the status that the page shows for a state of the pipeline at ``now`` (UTC).

    The numbers and the reason to wait are those of the ``chosen`` networks, of all if empty or none of them runs.
    ``static/board/networks.js`` computes the same from the status of all.
    """
    source = running_source(pipeline, now)
    networks = [_network_status(status) for status in pipeline.running]
    counted = [network for network in networks if network.name in chosen] or networks
    posts, tagged = _total(network.posts for network in counted), _total(network.tagged for network in counted)
    dropped_by = _sum_by_reason(network.dropped_by for network in counted)
    return BoardStatus(
        at=now,
        redis=pipeline.redis,
        source=", ".join(network.title for network in counted) if source else gettext("not known yet"),
        kind=source.kind if source else None,
        clock=max((network.clock for network in counted if network.clock), default=None),
        is_timely=source is not None and source.is_timely,
        waiting_for=_waiting_for_all(pipeline, counted),
        has_ended=bool(counted) and all(network.state == "ended" for network in counted),
        posts_per_second=_total(network.posts_per_second for network in counted),
        tagged_per_second=_total(network.tagged_per_second for network in counted),
        tagged_share=tagged / posts if posts and tagged is not None else None,
        dropped=sum(dropped_by.values()) if posts is not None else None,
        late=_total(network.late for network in counted),
        dropped_by=dropped_by,
        label=source.label if source else "",
        running=list(pipeline.sources),
        networks=networks if len(networks) > 1 else [],
    )


def _network_status(status: SourceStatus) -> NetworkStatus:
    collector = status.collector
    dropped = collector.dropped if collector else {}
    return NetworkStatus(
        name=status.source,
        title=source_named(status.source).title,
        state=collector.state if collector else "silent",
        words=_words(status),
        clock=status.clock,
        waiting_for=_waiting_for(status),
        posts_per_second=collector.posts_per_second if collector else None,
        tagged_per_second=collector.tagged_per_second if collector else None,
        posts=collector.posts if collector else None,
        tagged=collector.tagged if collector else None,
        late=dropped.get("late", 0) if collector else None,
        dropped_by={
            str(_REASONS.get(reason, reason)): posts for reason, posts in dropped.items() if reason not in NO_POSTS
        },
    )


def _total(numbers: Iterable[Number | None]) -> Number | None:
    """Return the sum of the numbers that are known, None if none is."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _sum_by_reason(of_networks: Iterable[dict[str, int]]) -> dict[str, int]:
    posts: Counter[str] = Counter()
    for dropped_by in of_networks:
        posts.update(dropped_by)
    return dict(posts)


def _waiting_for_all(pipeline: PipelineStatus, networks: Sequence[NetworkStatus]) -> str:
    """Return why no posts flow, empty if those of any of the networks do."""
    if not pipeline.redis:
        return gettext("Redis is away. The site keeps trying to reach it.")
    if not networks:
        return str(_SILENT)
    if not all(network.waiting_for for network in networks):
        return ""
    if len({network.waiting_for for network in networks}) == 1:
        return networks[0].waiting_for
    return " ".join(f"{network.title}: {network.waiting_for}" for network in networks)


def _waiting_for(status: SourceStatus) -> str:
    if status.collector is None:
        return str(_SILENT)
    if problem := _source_problem(status.collector):
        return problem
    if status.streaming is None:
        return gettext("Streaming does not report yet: it takes about 20 seconds to start.")
    if status.clock is None:
        return gettext("Streaming is counting the first posts.")
    return ""


def _words(status: SourceStatus) -> str:
    collector = status.collector
    if collector is None:
        return gettext("not reporting")
    if collector.state == "blocked":
        return gettext("blocked: %(reason)s") % {"reason": collector.detail}
    if collector.state != "connected":
        return str(_STATES[collector.state])
    return gettext("waiting for the first counts") if _waiting_for(status) else gettext("live")


def _source_problem(collector: CollectorStatus) -> str:
    if collector.state == "connecting":
        return gettext("The collector is connecting: %(detail)s") % {"detail": collector.detail}
    if collector.state == "blocked":
        return gettext("The collector is blocked: %(detail)s") % {"detail": collector.detail}
    if collector.state == "ended" and not collector.posts:
        return gettext("The replay has ended, and none of its posts counts: %(detail)s.") % {"detail": collector.detail}
    return ""
