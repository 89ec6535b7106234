"""Event time: which posts a stream admits, where its clock stands, and which of its days are closed. Pure.

The clock is the latest event time admitted. It never goes back, so no closed day opens again. Two sets of rules exist:

- A recording has its own time. A post far ahead of the clock is held until the posts after it show whether the stream
  has leapt or the post is isolated.
- A live source knows the time. A post further ahead of the machine than MAX_AHEAD is dropped at once, whatever other
  posts claim. The stream begins in the machine's day, so posts of earlier days are late. If no post closes a day, the
  machine's time does.

:class:`ClockWatch` notices that the machine's clock is wrong.
"""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median_low

from collector.intake.filters import Tracked, filter_posts
from contract.post import MAX_AHEAD, Post

CONFIRMATIONS = 20
"""So many recorded posts in a row ahead of the clock confirm a leap. It also bounds the posts held."""

MAX_ISOLATED_DISTANCE = timedelta(days=31)
"""A recorded post further than this from all others is dropped, if no more posts can confirm it."""

QUIET_SECONDS = 10.0
"""The machine's time closes a day only after so many seconds without a post.

After an outage over midnight a source may have more posts of the day before to deliver. And if posts keep coming for a
day that is over by the machine's time, the machine's clock may be wrong.
"""

BEHIND = timedelta(minutes=15)
"""Live posts may arrive so long after they were written: networks are slow at times."""

LATEST_POSTS = 20
"""The number of latest posts that :class:`ClockWatch` compares with the machine's clock."""

_FEWEST_POSTS = 5
_STEADY_SECONDS = 60.0
_STEADY = timedelta(minutes=1)
_EXPIRES_SECONDS = 3_600.0
_FIX = "set this machine's clock right, for example by `timedatectl set-ntp true`"

_DAY = timedelta(days=1)
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


@dataclass
class Admitted:
    """The posts admitted, in order, and the number of dropped ones, by reason."""

    posts: list[Post] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


class StreamClock:
    """The event time of one stream, and the first of its days that is open.

    Days before ``open_from`` are closed: the clock is ``day_grace`` past their end.
    """

    def __init__(self, clock: datetime | None, day_grace: timedelta) -> None:
        """Resume at ``clock``; None is a new stream."""
        self.clock: datetime | None = None
        self.open_from = _BEFORE_ALL
        self._day_grace = day_grace
        self._latest = _BEFORE_ALL
        self._closes_at = _BEFORE_ALL
        if clock is not None:
            self._set_clock(clock, closing=clock)

    def _last_of_ordinary(self, posts: Sequence[Post], latest: datetime) -> datetime | None:
        """Return the last moment of ordinary posts: none is after ``latest``, late, or closes a day. Else None."""
        if not posts:
            return None
        moments = [post.created_at for post in posts]
        last = max(moments)
        return last if last <= latest and last < self._closes_at and min(moments) >= self.open_from else None

    def _admit_all(self, posts: Sequence[Post], last: datetime, tracked: Tracked) -> Admitted:
        """Admit ordinary posts at once; ``last`` is their last moment. This is the fast path of nearly all posts."""
        if self.clock is None or last > self.clock:
            self._set_clock(last, closing=last)
        admitted = Admitted()
        admitted.posts = filter_posts(posts, tracked, admitted.dropped)
        return admitted

    def _set_clock(self, clock: datetime, closing: datetime) -> None:
        """Set the clock, and close the days that are over, with their grace, at ``closing``."""
        self.clock = clock
        self._latest = clock + MAX_AHEAD
        if closing >= self._closes_at:
            self.open_from = day_begin(closing - self._day_grace)
            self._closes_at = self.open_from + _DAY + self._day_grace


def day_begin(moment: datetime) -> datetime:
    """Return the first moment of the UTC day of ``moment``."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


class RecordedClock(StreamClock):
    """The rules of a recording: its clock, and the posts held until later ones decide about them."""

    def __init__(self, clock: datetime | None, day_grace: timedelta, already_decided: int = 0) -> None:
        """Resume at ``clock`` (None: a new stream); ``already_decided`` posts count as read."""
        super().__init__(clock, day_grace)
        self._read = already_decided
        self._held: list[tuple[int, Post]] = []
        self._late_after_held = 0

    @property
    def decided(self) -> int:
        """The number of posts, from the first one read on, that are admitted or dropped for good."""
        return self._held[0][0] if self._held else self._read

    def admit(self, posts: Sequence[Post], tracked: Tracked) -> Admitted:
        """Decide about the next posts; some may be held for later. ``tracked`` None is every language."""
        if not self._held and (last := self._last_of_ordinary(posts, self._latest)):
            self._read += len(posts)
            return self._admit_all(posts, last, tracked)
        admitted = Admitted()
        for post in posts:
            moment = post.created_at
            if moment > self._latest:
                self._held.append((self._read, post))
                if len(self._held) >= CONFIRMATIONS:
                    self._leap(admitted, tracked)
            else:
                if self._held and moment >= self.open_from:
                    self._settle_held(moment, admitted, tracked)
                self._admit_one(post, admitted, tracked)
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
            self._leap(admitted, tracked)
        self._count_late_after_held(admitted)
        return admitted

    def close_days(self, can_resume: bool) -> None:
        """Close the days of a recording that has ended. If it ``can_resume``, the last one stays open for its rest."""
        if self.clock is not None:
            last_day = day_begin(self.clock)
            self.open_from = max(self.open_from, last_day if can_resume else last_day + _DAY)

    def _admit_one(self, post: Post, admitted: Admitted, tracked: Tracked) -> None:
        """Admit a post that is not ahead, unless its day is closed or its language not tracked."""
        moment = post.created_at
        if moment < self.open_from:
            # After a crash, the posts after a held one are read again. So late ones count when the held one is decided.
            if self._held:
                self._late_after_held += 1
            else:
                admitted.dropped["late"] += 1
            return
        if self.clock is None or moment > self.clock:
            self._set_clock(moment, closing=moment)
        admitted.posts += filter_posts([post], tracked, admitted.dropped)

    def _settle_held(self, moment: datetime, admitted: Admitted, tracked: Tracked) -> None:
        """Drop the held posts as isolated: a post at ``moment`` shows that the stream has not leapt.

        Admit those that are no longer ahead, because that post moves the clock.
        """
        held, self._held = self._held, []
        self._count_late_after_held(admitted)
        latest = max(self._latest, moment + MAX_AHEAD)
        for _, post in held:
            if post.created_at <= latest:
                self._admit_one(post, admitted, tracked)
            else:
                admitted.dropped["future"] += 1

    def _leap(self, admitted: Admitted, tracked: Tracked) -> None:
        """Let the clock leap to the earliest held post, and check all held posts again."""
        held, self._held = self._held, []
        moments = sorted(post.created_at for _, post in held)
        if self.clock is None:
            middle = median_low(moments)
            moments = [moment for moment in moments if abs(moment - middle) <= MAX_ISOLATED_DISTANCE]
            self._set_clock(moments[0], closing=moments[0])
        reach = _reach(moments)
        for index, post in held:
            if post.created_at > reach:
                self._held.append((index, post))
                continue
            if self._held and post.created_at >= self.open_from:
                self._settle_held(post.created_at, admitted, tracked)
            self._admit_one(post, admitted, tracked)
        if not self._held:
            self._count_late_after_held(admitted)

    def _count_late_after_held(self, admitted: Admitted) -> None:
        if self._late_after_held:
            admitted.dropped["late"] += self._late_after_held
            self._late_after_held = 0


def _reach(moments: list[datetime]) -> datetime:
    """Return how far sorted moments reach from the first, in steps that are not leaps."""
    reach = moments[0]
    for moment in moments:
        if moment - reach > MAX_AHEAD:
            break
        reach = moment
    return reach


def _is_near(moments: list[datetime], i: int, others: list[datetime]) -> bool:
    """Return whether another moment or a clock is near a moment. A single moment counts as near."""
    company = moments[:i] + moments[i + 1 :] + others
    return not company or any(abs(moments[i] - other) <= MAX_ISOLATED_DISTANCE for other in company)


class LiveClock(StreamClock):
    """The rules of a live stream. It decides about each post at once."""

    def __init__(self, clock: datetime | None, day_grace: timedelta, steady: float) -> None:
        """Resume at ``clock`` (None: a new stream). ``steady`` is the monotonic clock in seconds."""
        super().__init__(clock, day_grace)
        self._watch = ClockWatch()
        self._last_post_at = steady
        self.decided = 0

    def admit(self, posts: Sequence[Post], tracked: Tracked, now: datetime, steady: float) -> Admitted:
        """Decide about the next posts, if any, at the machine's time ``now``. ``tracked`` None is every language."""
        self.decided += len(posts)
        today = day_begin(now - self._day_grace)
        if self.clock is None:
            self._close_before(today)
        self._watch.observe((post.created_at for post in posts[-LATEST_POSTS:]), now, steady)
        if last := self._last_of_ordinary(posts, now + MAX_AHEAD):
            admitted = self._admit_all(posts, last, tracked)
        else:
            admitted = self._admit_each(posts, tracked, now)
        if admitted.posts:
            self._last_post_at = steady
        elif self.open_from < today and steady - self._last_post_at >= QUIET_SECONDS:
            self._close_before(today)
        return admitted

    def clock_problem(self, now: datetime, steady: float, restart: str) -> str:
        """Explain how the stream's clock differs from the machine's; empty if it does not.

        ``restart`` is what an operator does to let the stream begin anew.
        """
        if self.clock is None:
            return ""
        has_closed_future_days = self.open_from > now
        remedy = restart if has_closed_future_days else f"it is right again at {self.clock:%H:%M} UTC"
        return self._watch.problem(self.clock, now, steady, remedy)

    def _close_before(self, day: datetime) -> None:
        """Close the days before ``day``, as a post at the end of their grace would."""
        closing = day + self._day_grace
        self._set_clock(max(self.clock or closing, closing), closing)

    def _admit_each(self, posts: Sequence[Post], tracked: Tracked, now: datetime) -> Admitted:
        admitted = Admitted()
        for post in posts:
            moment = post.created_at
            if moment - now > MAX_AHEAD:
                admitted.dropped["future"] += 1
            elif moment < self.open_from:
                admitted.dropped["late"] += 1
            else:
                if self.clock is None or moment > self.clock:
                    # A post of the next day may be ahead of the machine. This day stays open until then.
                    self._set_clock(moment, closing=min(moment, now))
                admitted.posts += filter_posts([post], tracked, admitted.dropped)
        return admitted


class ClockWatch:
    """Detects that live posts keep the same distance from the machine's clock.

    A few posts with absurd times say nothing about the clock. Neither do old posts that are delivered after an outage:
    their distance changes. But if the machine's clock is wrong, most posts stay equally far from it for minutes.
    """

    def __init__(self) -> None:
        """Start without posts."""
        self._ahead: deque[timedelta] = deque(maxlen=LATEST_POSTS)
        self._seen_at = 0.0
        self._distance: timedelta | None = None
        self._since = 0.0

    def observe(self, moments: Iterable[datetime], now: datetime, steady: float) -> None:
        """Note the times of posts that arrive at the machine's time ``now``. ``steady`` is the monotonic clock."""
        ahead = [moment - now for moment in moments]
        if not ahead:
            return
        if steady - self._seen_at > _EXPIRES_SECONDS:
            self._ahead.clear()
        self._ahead.extend(ahead)
        self._seen_at = steady
        middle = median_low(self._ahead)
        if len(self._ahead) < _FEWEST_POSTS or -BEHIND <= middle <= MAX_AHEAD:
            self._distance = None
        elif self._distance is None or abs(middle - self._distance) > _STEADY:
            self._distance, self._since = middle, steady

    def problem(self, clock: datetime, now: datetime, steady: float, remedy: str) -> str:
        """Explain what is wrong at ``now`` with a stream whose clock stands at ``clock``; empty if nothing is.

        ``remedy`` is what to do, or to wait for, if the stream's own clock is wrong.
        """
        if clock - now > MAX_AHEAD:
            return (
                f"the stream's clock differs from this machine's by {_as_text(clock - now)}: it stands at "
                f"{clock:%Y-%m-%d %H:%M} UTC. If this machine's is wrong, {_FIX}; if the stream's is, {remedy}"
            )
        distance = self._distance
        if distance is None or steady - self._since < _STEADY_SECONDS or steady - self._seen_at > _EXPIRES_SECONDS:
            return ""
        dated = "ahead, and dropped as future" if distance > timedelta(0) else "behind"
        return (
            f"the stream's clock differs from this machine's by {_as_text(abs(distance))}: its posts are dated "
            f"{dated}; {_FIX}"
        )


def _as_text(difference: timedelta) -> str:
    """Return a difference, rounded to its two largest units."""
    minutes = round(difference.total_seconds() / 60)
    days, hours = minutes // 1_440, minutes // 60
    if days >= 365:
        return f"{days // 365} years" if days >= 730 else "1 year"
    if days:
        return f"{days} d {hours % 24} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
