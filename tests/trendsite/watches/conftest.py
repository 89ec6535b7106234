"""A user who watches, and what looks at the counts and sends, step by step on a clock of the test."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User

from tests.trendsite.stage import NOW, Stage
from trendsite.watches.channels import DeliveryError, Outgoing, Target
from trendsite.watches.dispatcher import Dispatcher
from trendsite.watches.evaluator import Evaluator
from trendsite.watches.models import Delivery, Receiver, Watch
from trendsite.watches.watched import process_ranks


@pytest.fixture(autouse=True)
def _nothing_cached() -> None:
    process_ranks.clear()


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada", "ada@example.org", "x")


@pytest.fixture
def watch(ada: User) -> Callable[..., Watch]:
    """``watch(key="cats", condition="day", threshold=10)`` with a receiver if a name is given."""

    def watch(receiver: str = "", user: User = ada, **fields: object) -> Watch:
        made = Watch.objects.create(user=user, **{"key": "cats", **fields})
        if receiver:
            address = f"https://{receiver}.example.org"
            found, _ = Receiver.objects.get_or_create(
                user=user, name=receiver, defaults={"kind": "webhook", "address": address}
            )
            made.receivers.add(found)
        return made

    return watch


class Looker:
    """Looks at what a stage has. Each look is later than the one before."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner
        self.evaluator = Evaluator()
        self.now = NOW

    def look(self, after: timedelta = timedelta(seconds=10)) -> int:
        """Look once after some time, as if everything had been counted anew; return the number of new alerts."""
        self.now += after
        seconds = self.now.timestamp()
        self.evaluator.load(seconds)
        self.evaluator.note_all()
        return self.evaluator.look(self.now, seconds, self._runner)


@pytest.fixture
def looker(stage: Stage) -> Iterator[Looker]:
    stage.show()
    with asyncio.Runner() as runner:
        yield Looker(runner)


class Post:
    """A dispatcher whose receivers are this object: it keeps what they take, and refuses for those that are down."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, Outgoing]] = []
        self.down: set[str] = set()
        self.dispatcher = Dispatcher(lambda: 0.5, self._send)

    def _send(self, target: Target, message: Outgoing, now: datetime) -> None:
        if target.address in self.down:
            raise DeliveryError("answered 503")
        self.taken.append((target.address, message))

    def deliver(self, now: datetime) -> list[str]:
        """Send what is due, and wait for all of it; return the receivers that took something, in order."""
        before = len(self.taken)
        self.dispatcher.step(now)
        while self.dispatcher.is_busy:
            for attempt in self.dispatcher.attempts:
                attempt.thread.join(60)
            self.dispatcher.step(now)
        return [address.removeprefix("https://").split(".")[0] for address, _ in self.taken[before:]]


@pytest.fixture
def post() -> Post:
    return Post()


def states() -> list[str]:
    """Return the state of each delivery, oldest first."""
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))
