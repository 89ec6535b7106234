"""X's filtered stream -> posts: one connection kept up, within the monthly budget."""

import logging
import queue
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from time import monotonic, time

from collector.authors import AuthorHash
from collector.jitter import jittered
from collector.sources.source import TICK_SECONDS, Batch, Cursor, SourceState
from collector.sources.x_budget import Budget
from collector.sources.x_client import XClient, XError, printable
from collector.sources.x_post import reason_to_end, to_line, to_post
from collector.sources.x_rule_keeper import RuleKeeper
from collector.sources.x_rules import Rule
from collector.sources.x_waiting import is_refused, seconds_to_wait
from contract.post import MAX_LINE_BYTES, Post

_QUEUE_LINES = 10_000
_BATCH_LINES = 2_000
_STEADY_SECONDS = 60.0
_BUDGET_CHECK_SECONDS = 1.0

log = logging.getLogger(__name__)


class XSource:
    """One thread holds the connection, one keeps the rules; their posts are yielded in a third."""

    name = "x"
    kind = "x"
    repeats = False

    def __init__(
        self,
        client: Callable[..., XClient],
        monthly_posts: int,
        rules: Callable[[], list[Rule]],
        hashed: AuthorHash,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Receive at most ``monthly_posts`` a UTC month, by the rules that ``rules`` returns.

        ``client`` makes a client of the API, given what to call; ``hashed`` makes account ids what
        they are in posts.
        """
        self._monthly_posts = monthly_posts
        self._hashed = hashed
        self._now = now
        self._budget = Budget(monthly_posts, None)
        self._lines: queue.Queue[bytes] = queue.Queue(_QUEUE_LINES)
        self._client = client(self._on_connect, self._on_line)
        self._keeper = RuleKeeper(client(), rules)
        self._state = SourceState("connecting", "setting the rules")
        self._problem = ""
        self._stop = threading.Event()

    @property
    def state(self) -> SourceState:
        """How the connection is, and what is wrong with the rules."""
        state, problem = self._state, self._keeper.problem
        if not problem:
            return state
        return SourceState("blocked" if self._keeper.is_refused else state.state, f"{state.detail}; {problem}")

    def batches(self, cursor: Cursor, stop: threading.Event) -> Iterator[Batch]:
        """Yield what X sends. The cursor counts what was received this month."""
        self._budget = Budget(self._monthly_posts, cursor)
        self._stop = stop
        threading.Thread(target=self._keeper.run, args=(stop,), name="x-rules", daemon=True).start()
        threading.Thread(target=self._stay_connected, name="x-stream", daemon=True).start()
        while not stop.is_set():
            yield self._batch()

    def _batch(self) -> Batch:
        posts: list[Post] = []
        dropped: Counter[str] = Counter()
        try:
            self._translate(self._lines.get(timeout=TICK_SECONDS), posts, dropped)
            for _ in range(_BATCH_LINES):
                self._translate(self._lines.get_nowait(), posts, dropped)
        except queue.Empty:
            pass
        return Batch(posts, self._budget.cursor, dropped, now=self._now())

    def _translate(self, payload: bytes, posts: list[Post], dropped: Counter[str]) -> None:
        if len(payload) > MAX_LINE_BYTES:
            dropped["too_long"] += 1
            return
        line = to_line(payload)
        post = to_post(line.data, self._hashed) if line is not None else None
        if post is None:
            dropped["malformed"] += 1
        else:
            posts.append(post)

    def _on_connect(self) -> None:
        self._problem = ""
        self._state = SourceState("connected", "filtered stream")
        log.info("connected to X")

    def _on_line(self, line: bytes) -> None:
        """Queue a line; while the queue is full, X waits on its side of the connection."""
        if reason := reason_to_end(line):
            # Said here, between two lines: said from another thread, it would take effect at the next line only.
            self._problem = f"X ends the stream: {printable(reason)}"
            self._client.disconnect()
            return
        self._budget.receive(self._now())
        while not self._stop.is_set():
            try:
                self._lines.put(line, timeout=TICK_SECONDS)
                break
            except queue.Full:
                continue
        if self._stop.is_set() or self._budget.is_spent(self._now()):
            self._client.disconnect()

    def _stay_connected(self) -> None:
        failures = 0
        while not self._stop.is_set():
            if self._budget.is_spent(self._now()):
                self._state = SourceState("blocked", self._budget.explain(self._now()))
                self._stop.wait(_BUDGET_CHECK_SECONDS)
            elif self._keeper.ready.wait(TICK_SECONDS):
                failures = self._hold_connection(failures)

    def _hold_connection(self, failures: int) -> int:
        """Stay connected as long as it lasts, then wait; return the failures in a row so far.

        A connection that ends soon after it began counts as one, so that a server that closes
        politely is not asked thousands of times a second.
        """
        self._state = SourceState("connecting", f"connecting to X{f' ({self._problem})' if self._problem else ''}")
        began = monotonic()
        try:
            self._client.stream()
            error = XError(self._problem or "X closed the stream")
        except XError as refusal:
            error = refusal
        if self._stop.is_set() or self._budget.is_spent(self._now()):
            return 0
        failures = 1 if monotonic() - began > _STEADY_SECONDS else failures + 1
        wait = jittered(seconds_to_wait(error, failures, time()))
        self._problem = str(error)
        self._state = SourceState(
            "blocked" if is_refused(error) else "connecting", f"{error}; next try in {wait:.0f} s"
        )
        log.warning("X: %s; next try in %.0f s", error, wait)
        self._stop.wait(wait)
        return failures
