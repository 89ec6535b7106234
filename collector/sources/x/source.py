"""X's filtered stream -> posts: one connection that is kept open, within a monthly budget. Each post costs money."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from random import random
from time import monotonic, time

from collector.sources import TICK_SECONDS, Cursor, PostBatch, SourceState
from collector.sources.fields import MAX_POST_BYTES, AuthorHash
from collector.sources.x.budget import Budget
from collector.sources.x.client import Rule, StreamKind, XClient, printable
from collector.sources.x.coverage import Coverage
from collector.sources.x.failures import FailureLog, XBackoff, XError, is_refused
from collector.sources.x.inbox import Inbox
from collector.sources.x.plain import to_plain_post
from collector.sources.x.post import Originals, XLine, to_line, to_post
from collector.sources.x.rules import RuleUpdater
from collector.sources.x.usage import UsageReader
from contract.backoff import at_least
from contract.post import Post

_STREAM_NAMES: dict[StreamKind, str] = {"filtered": "filtered stream", "sample": "sampled stream"}
_STEADY_SECONDS = 60.0
_BUDGET_CHECK_SECONDS = 1.0
_GAP_SECONDS = 10.0

log = logging.getLogger(__name__)


class XSource:
    """One thread holds the connection, a second one updates the rules, a third one yields the posts."""

    name = "x"
    kind = "x"
    is_live = True
    repeats = False

    def __init__(
        self,
        client: Callable[..., XClient],
        monthly_posts: int,
        rules: Callable[[], list[Rule]] | None,
        hash_author: AuthorHash,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Receive at most ``monthly_posts`` a UTC month, with the rules of ``rules``; None is the sampled stream.

        ``client`` creates a client of the API from two callbacks: on connect, and on the lines that came.
        """
        self._monthly_posts = monthly_posts
        self._hashed = hash_author
        self._now = now
        self._stream: StreamKind = "filtered" if rules else "sample"
        self._stop = threading.Event()
        self._budget = Budget(monthly_posts, None)
        self._coverage = Coverage()
        self._inbox = Inbox(self._stop, self._coverage)
        self._client = client(self._on_connect, self._on_lines)
        self._rule_updater = RuleUpdater(client(), rules) if rules else None
        self._usage_reader = UsageReader(client(), now)
        self._failures = FailureLog("X")
        self._state = SourceState("connecting", "setting the rules" if rules else "connecting to X")
        self._problem = ""
        self._is_accepted = False
        self._is_logged = False
        self._gap_reported_at = monotonic()
        self._failure: Exception | None = None

    @property
    def state(self) -> SourceState:
        """The state of the connection, the problem with the rules, if any, and the budget."""
        state, updater, budget = self._state, self._rule_updater, self._budget.status(self._now())
        if updater is None or not updater.problem:
            return replace(state, budget=budget)
        name = "blocked" if updater.is_refused else state.state
        return SourceState(name, f"{state.detail}; {updater.problem}", budget)

    def batches(self, cursor: Cursor, stop: threading.Event) -> Iterator[PostBatch]:
        """Yield the posts that X sends. The cursor has the number of posts received in each month and on each day.

        Raises:
            Exception: the failure of another thread, which is a fault of ours: X cannot cause one.
        """
        self._budget = Budget(self._monthly_posts, cursor)
        self._stop = stop
        self._coverage = Coverage.of_cursor(cursor)
        self._inbox = Inbox(stop, self._coverage)
        if self._rule_updater:
            self._start("x-rules", partial(self._rule_updater.run, stop))
        self._start("x-usage", partial(self._usage_reader.run, self._budget, stop))
        self._start("x-stream", self._stay_connected)
        while not stop.is_set():
            yield self._batch()

    def _start(self, name: str, run: Callable[[], None]) -> None:
        threading.Thread(target=self._run, args=(run,), name=name, daemon=True).start()

    def _run(self, run: Callable[[], None]) -> None:
        try:
            run()
        except Exception as error:  # noqa: BLE001 - raised again in the thread that yields
            self._failure = error

    def _batch(self) -> PostBatch:
        if self._failure:
            raise self._failure
        received = self._inbox.take()
        now, gaps = self._now(), received.gaps
        if monotonic() - self._gap_reported_at > _GAP_SECONDS:
            # Reported while it lasts: a day may close, or this process end, before the gap does.
            self._gap_reported_at = monotonic()
            gaps += self._coverage.gap(now)
        cursor = {**(self._budget.cursor or {}), **received.place.cursor}
        return PostBatch(received.posts, cursor, received.dropped, now=now, gaps=gaps)

    def _on_connect(self) -> None:
        now = self._now()
        gaps = self._coverage.gap(now)
        self._coverage = Coverage(now)
        self._inbox.put([], Counter(), self._coverage, gaps)
        self._problem = ""
        self._is_accepted = True
        self._state = SourceState("connected", _STREAM_NAMES[self._stream])
        if not self._is_logged:
            log.info("connected to X")
            self._is_logged = True

    def _on_lines(self, lines: list[bytes]) -> None:
        """Hand over the posts of lines, as many as the budget has room for."""
        now = self._now()
        room = self._budget.room(now)
        posts: list[Post] = []
        dropped: Counter[str] = Counter()
        charged = 0
        for payload in lines:
            if charged == room:
                break
            charged += self._read(payload, posts, dropped)
        # First counted, then handed over: a batch never has a post that its cursor has not.
        self._budget.count_posts(charged, now)
        self._coverage = Coverage(now)
        self._inbox.put(posts, dropped, self._coverage)
        if self._stop.is_set() or charged == room:
            self._client.disconnect()

    def _lose(self, reason: str) -> None:
        """Note that X no longer sends. The gap is reported at once, and again while it lasts."""
        if self._coverage.reason:
            return
        self._coverage = self._coverage.lost(reason)
        self._inbox.put([], Counter(), self._coverage, self._coverage.gap(self._now()))

    def _read(self, payload: bytes, posts: list[Post], dropped: Counter[str]) -> bool:
        """Add the post of a line; return whether X charges for the line.

        X charges for posts, not for notices. An unreadable object may be a post.
        """
        is_too_long = len(payload) >= MAX_POST_BYTES
        if not is_too_long and (post := to_plain_post(payload, self._hashed, dropped)):
            self._problem = ""
            posts.append(post)
            return True
        line = None if is_too_long else to_line(payload)
        if line is None:
            text = payload.strip()
            if text:
                dropped["too_long" if is_too_long else "malformed"] += 1
            return text.startswith(b"{")
        if not line.is_post:
            self._handle_notice(line, dropped)
            return False
        self._problem = ""
        if post := to_post(line.data, Originals(line.includes), self._hashed, dropped):
            posts.append(post)
        return True

    def _handle_notice(self, line: XLine, dropped: Counter[str]) -> None:
        """Handle a notice in place of a post: the end of the stream, or the likely reason for an end that follows."""
        if line.reason_to_end:
            # Disconnect here, between two reads. From another thread it would take effect only at the next one.
            self._problem = f"X ends the stream: {printable(line.reason_to_end)}"
            self._client.disconnect()
        elif line.notice:
            self._problem = printable(line.notice)
            if self._failures.is_new(self._problem):
                log.info("notice from X: %s", self._problem)
        else:
            dropped["malformed"] += 1

    def _stay_connected(self) -> None:
        backoff = XBackoff()
        while not self._stop.is_set():
            if self._budget.is_spent(self._now()):
                self._pause(self._budget.explain(self._now()))
                self._stop.wait(_BUDGET_CHECK_SECONDS)
            elif self._rule_updater is None or self._rule_updater.ready.wait(TICK_SECONDS):
                self._hold_connection(backoff)

    def _pause(self, explanation: str) -> None:
        self._lose("the budget of posts is spent")
        if self._state.detail != explanation:
            log.warning("X: %s", explanation)
        self._state = SourceState("blocked", explanation)

    def _hold_connection(self, backoff: XBackoff) -> None:
        """Stay connected until the connection ends, then wait for the delay of ``backoff``.

        A connection that ends soon after it began counts as a failure. Otherwise we would reconnect thousands of times
        a second to a server that closes politely.
        """
        self._state = SourceState("connecting", f"connecting to X{f' ({self._problem})' if self._problem else ''}")
        began = monotonic()
        self._is_accepted = False
        try:
            self._client.stream(self._stream)
            error = XError(self._problem or "X closed the stream")
        except XError as refusal:
            error = refusal
        if self._stop.is_set() or self._budget.is_spent(self._now()):
            return
        self._lose(str(error))
        if monotonic() - began > _STEADY_SECONDS:
            backoff.reset()
            self._failures.forget()
        elif self._is_accepted:
            backoff.on_response()
        wait = at_least(backoff.seconds_after(error, time()), random())  # noqa: S311 - jitter
        self._problem = str(error)
        self._state = SourceState(
            "blocked" if is_refused(error) else "connecting", f"{error}; next try in {wait:.0f} s"
        )
        if self._failures.log(error, wait):
            self._is_logged = False
        self._stop.wait(wait)
