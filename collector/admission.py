"""Posts read -> posts admitted to the stream: the stream's clock, its days, its languages. Pure.

The clock is the stream's own event time. A post far ahead of it is held until the posts after it
show whether the stream has leapt or the post is absurd.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median_low

from collector.acceptance import Tracked, accepted
from contract.post import Post

AHEAD = timedelta(minutes=5)
"""A post further ahead of the clock than this is held."""

CONFIRMATIONS = 20
"""So many posts in a row ahead of the clock confirm a leap; it is also the bound of those held."""

ABSURD = timedelta(days=31)
"""A post further than this from all others, where no more posts can confirm it, is not believed."""

_DAY = timedelta(days=1)
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


@dataclass
class Admitted:
    """What became of some posts: those admitted, in order, and how many were dropped, by reason."""

    posts: list[Post] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


class Admission:
    """The rules of one stream, with its clock and the posts held."""

    def __init__(self, clock: datetime | None, day_grace: timedelta, already_decided: int = 0) -> None:
        """Go on at ``clock`` (None: a new stream); ``already_decided`` posts are counted as read."""
        self.clock = clock
        self._day_grace = day_grace
        self._read = already_decided
        self._held: list[tuple[int, Post]] = []
        self._late_after_held = 0
        self._latest = _BEFORE_ALL
        self.open_from = _BEFORE_ALL
        self._closes_at = _BEFORE_ALL
        if clock is not None:
            self._set_clock(clock)

    @property
    def decided(self) -> int:
        """How many posts from the first one read on are admitted or dropped for good."""
        return self._held[0][0] if self._held else self._read

    def admit(self, posts: Sequence[Post], tracked: Tracked, now: datetime | None = None) -> Admitted:
        """Decide about the next posts; some may be held for later. ``tracked`` None is every language.

        ``now`` is the machine's time where posts are as they happen: a leap to it needs no
        other witness, so that a quiet stream does not wait for more posts.
        """
        if last := self._last_of_ordinary(posts):
            return self._take_all(posts, last, tracked)
        admitted = Admitted()
        for post in posts:
            moment = post.created_at
            if moment > self._latest and (now is None or abs(moment - now) > AHEAD):
                self._held.append((self._read, post))
                if len(self._held) >= CONFIRMATIONS:
                    self._believe_held(admitted, tracked)
            else:
                if self._held and moment >= self.open_from:
                    self._settle_held(moment, admitted, tracked)
                self._take(post, admitted, tracked)
            self._read += 1
        return admitted

    def finish(self, tracked: Tracked) -> Admitted:
        """Decide about the posts still held, when no more will come."""
        admitted = Admitted()
        moments = [post.created_at for _, post in self._held]
        others = [self.clock] if self.clock else []
        self._held = [held for i, held in enumerate(self._held) if _is_near(moments, i, others)]
        admitted.dropped.update(["future"] * (len(moments) - len(self._held)))
        while self._held:
            self._believe_held(admitted, tracked)
        self._count_late_after_held(admitted)
        return admitted

    def _last_of_ordinary(self, posts: Sequence[Post]) -> datetime | None:
        """Return the last moment of posts of which none is ahead, late, or closes a day; None for others."""
        if not posts or self._held:
            return None
        moments = [post.created_at for post in posts]
        last = max(moments)
        return last if last <= self._latest and last < self._closes_at and min(moments) >= self.open_from else None

    def _take_all(self, posts: Sequence[Post], last: datetime, tracked: Tracked) -> Admitted:
        """Do to all these ordinary posts at once what ``_take`` does to each: the way of nearly all posts."""
        self._read += len(posts)
        if self.clock is None or last > self.clock:
            self._set_clock(last)
        admitted = Admitted()
        admitted.posts = accepted(posts, tracked, admitted.dropped)
        return admitted

    def _take(self, post: Post, admitted: Admitted, tracked: Tracked) -> None:
        """Admit a post that is not ahead, unless its day is closed or its language not tracked."""
        moment = post.created_at
        if moment < self.open_from:
            # After a crash, what follows a held post is read again: it counts when that post is decided.
            if self._held:
                self._late_after_held += 1
            else:
                admitted.dropped["late"] += 1
            return
        if self.clock is None or moment > self.clock:
            self._set_clock(moment)
        admitted.posts += accepted([post], tracked, admitted.dropped)

    def _settle_held(self, moment: datetime, admitted: Admitted, tracked: Tracked) -> None:
        """Drop the held posts as absurd: a post at ``moment`` shows that the stream has not leapt.

        Those that are no longer ahead, because that post moved the clock, are admitted.
        """
        held, self._held = self._held, []
        self._count_late_after_held(admitted)
        latest = max(self._latest, moment + AHEAD)
        for _, post in held:
            if post.created_at <= latest:
                self._take(post, admitted, tracked)
            else:
                admitted.dropped["future"] += 1

    def _believe_held(self, admitted: Admitted, tracked: Tracked) -> None:
        """Let the clock leap to the earliest held post, and check all held ones again."""
        held, self._held = self._held, []
        moments = sorted(post.created_at for _, post in held)
        if self.clock is None:
            middle = median_low(moments)
            moments = [moment for moment in moments if abs(moment - middle) <= ABSURD]
            self._set_clock(moments[0])
        reach = _reach(moments)
        for index, post in held:
            if post.created_at > reach:
                self._held.append((index, post))
                continue
            if self._held and post.created_at >= self.open_from:
                self._settle_held(post.created_at, admitted, tracked)
            self._take(post, admitted, tracked)
        if not self._held:
            self._count_late_after_held(admitted)

    def _count_late_after_held(self, admitted: Admitted) -> None:
        if self._late_after_held:
            admitted.dropped["late"] += self._late_after_held
            self._late_after_held = 0

    def _set_clock(self, clock: datetime) -> None:
        self.clock = clock
        self._latest = clock + AHEAD
        if clock >= self._closes_at:
            opening = clock - self._day_grace
            self.open_from = opening.replace(hour=0, minute=0, second=0, microsecond=0)
            self._closes_at = self.open_from + _DAY + self._day_grace


def _reach(moments: list[datetime]) -> datetime:
    """Return how far sorted moments reach from the first, in steps that are not leaps."""
    reach = moments[0]
    for moment in moments:
        if moment - reach > AHEAD:
            break
        reach = moment
    return reach


def _is_near(moments: list[datetime], i: int, others: list[datetime]) -> bool:
    """Return whether a moment has company: another one, or a clock, within ABSURD. Alone in all, it has."""
    company = moments[:i] + moments[i + 1 :] + others
    return not company or any(abs(moments[i] - other) <= ABSURD for other in company)
