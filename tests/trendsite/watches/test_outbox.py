"""What waits for a receiver: nothing is lost, nobody is delayed, and everything has a bound."""

from collections.abc import Callable
from datetime import time, timedelta

import pytest
from django.contrib.auth.models import User

from tests.trendsite.stage import NOW, Stage
from tests.trendsite.watches.conftest import Looker, Post, states
from trendsite.watches import outbox
from trendsite.watches.dispatcher import FAILING_LANES, LANES, LANES_OF_USER
from trendsite.watches.models import Alert, Delivery, Preferences, Receiver, Watch

pytestmark = pytest.mark.django_db

MakeWatch = Callable[..., Watch]


def alert(watch: Watch, text: str = "#Cats is now number 1", now: object = NOW) -> Alert:
    """Make an alert of a watch and queue it for its receivers."""
    facts = {"url": "http://localhost/hashtags/cats/", "posts": 9}
    made = Alert.objects.create(user=watch.user, watch=watch, at=now, key="cats", text=text, facts=facts)
    outbox.queue([made], watch, now)
    return made


def test_an_alert_goes_to_each_receiver_of_its_watch_once(watch: MakeWatch, post: Post) -> None:
    made = watch("desk")
    made.receivers.add(watch("phone").receivers.get())
    alert(made)
    assert sorted(post.deliver(NOW)) == ["desk", "phone"]
    assert post.deliver(NOW) == []
    message = post.taken[0][1]
    assert message.subject == "#Cats is now number 1"
    assert message.text.endswith("http://localhost/hashtags/cats/")
    assert message.data["type"] == "alert"
    assert message.data["posts"] == 9


def test_a_receiver_that_is_down_delays_nobody_and_gets_everything_in_order_once_it_is_back(
    watch: MakeWatch, post: Post
) -> None:
    down, well = watch("down"), watch("well")
    post.down = {"https://down.example.org"}
    now = NOW
    for number in range(5):
        alert(down, f"alert {number}", now)
        alert(well, f"alert {number}", now)
        assert post.deliver(now) == ["well"]
        now += timedelta(hours=1)
    receiver = Receiver.objects.get(name="down")
    assert receiver.failures == 5
    assert receiver.retry_at
    first = Delivery.objects.filter(receiver=receiver).first()
    assert first
    assert first.tries == 5
    assert first.attempts[-1][1] == "answered 503"
    post.down.clear()
    while Delivery.objects.filter(state="waiting").exists():
        post.deliver(now)
    assert [message.subject for address, message in post.taken if "down" in address] == [
        f"alert {number}" for number in range(5)
    ]
    assert Receiver.objects.get(name="down").failures == 0


def test_an_alert_is_not_sent_once_its_hashtag_is_hidden(
    watch: MakeWatch, post: Post, hide: Callable[..., None]
) -> None:
    alert(watch("desk"))
    hide("cats")
    assert post.deliver(NOW) == []
    assert Delivery.objects.get().state == "dropped"
    assert Delivery.objects.get().attempts_in_words[-1][1] == "an editor has hidden the hashtag"


def test_every_attempt_has_the_same_id(watch: MakeWatch) -> None:
    seen = []
    failing = Post()
    failing.dispatcher._send = lambda target, message, now: seen.append(message.uid) or 1 / 0
    alert(watch("desk"))
    failing.deliver(NOW)
    failing.deliver(NOW + timedelta(hours=1))
    assert len(seen) == 2
    assert len(set(seen)) == 1
    assert Delivery.objects.get().attempts[0][1] == "not sent: the log of the site says why"


def test_a_failed_receiver_is_left_alone_for_longer_each_time(watch: MakeWatch, post: Post) -> None:
    post.down = {"https://down.example.org"}
    alert(watch("down"))
    pauses = []
    now = NOW
    for _ in range(12):
        post.deliver(now)
        receiver = Receiver.objects.get()
        assert receiver.retry_at
        assert post.deliver(receiver.retry_at - timedelta(seconds=1)) == []
        pauses.append((receiver.retry_at - now).total_seconds())
        now = receiver.retry_at
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (3.75, 2_700.0)


def test_after_a_week_it_is_given_up_and_the_log_says_so(watch: MakeWatch, post: Post) -> None:
    post.down = {"https://down.example.org"}
    alert(watch("down"))
    post.deliver(NOW + timedelta(days=7, seconds=1))
    assert states() == ["dropped"]


def test_many_receivers_that_are_down_leave_room_for_those_that_work(watch: MakeWatch, ada: User) -> None:
    users = [User.objects.create_user(f"user{number}") for number in range(LANES + 2)]
    for user in users:
        alert(watch(f"down{user.pk}", user=user))
    Receiver.objects.update(failures=3)
    alert(watch("well"))
    busy = Post()
    busy.dispatcher._start_due(NOW)
    started = [attempt.work for attempt in busy.dispatcher.attempts]
    for attempt in busy.dispatcher.attempts:
        attempt.thread.join(60)
    assert sum(work.is_failing for work in started) == FAILING_LANES
    assert sum(not work.is_failing for work in started) == 1


def test_one_user_does_not_take_every_lane(watch: MakeWatch) -> None:
    for number in range(LANES):
        alert(watch(f"slow{number}"))
    busy = Post()
    busy.dispatcher._start_due(NOW)
    for attempt in busy.dispatcher.attempts:
        attempt.thread.join(60)
    assert len(busy.dispatcher.attempts) == LANES_OF_USER


def test_alerts_of_the_quiet_hours_come_as_one_when_they_end(watch: MakeWatch, ada: User, post: Post) -> None:
    # 12:00 UTC is 21:00 in Tokyo.
    Preferences.objects.create(
        user=ada, time_zone="Asia/Tokyo", quiet_from=time(20), quiet_until=time(7), quiet_mode="hold"
    )
    made = watch("desk")
    for number in range(3):
        alert(made, f"alert {number}")
    assert post.deliver(NOW + timedelta(hours=9, minutes=59)) == []
    assert post.deliver(NOW + timedelta(hours=10)) == ["desk"]
    message = post.taken[0][1]
    assert message.subject == "3 alerts"
    assert all(f"alert {number}" in message.text for number in range(3))
    assert len(message.data["alerts"]) == 3
    assert states() == ["sent"] * 3


def test_alerts_of_the_quiet_hours_can_be_left_out(watch: MakeWatch, ada: User, post: Post) -> None:
    Preferences.objects.create(user=ada, quiet_from=time(11), quiet_until=time(13), quiet_mode="drop")
    alert(watch("desk"))
    assert post.deliver(NOW + timedelta(days=1)) == []
    assert Delivery.objects.get().attempts[0][1] == "quiet hours"
    assert Alert.objects.count() == 1


def test_beyond_thirty_an_hour_the_rest_comes_as_one(watch: MakeWatch, post: Post) -> None:
    made = watch("desk")
    for number in range(outbox.AN_HOUR + 5):
        alert(made, f"alert {number}")
    for _ in range(outbox.AN_HOUR + 5):
        post.deliver(NOW)
    assert len(post.taken) == outbox.AN_HOUR
    assert post.deliver(NOW + timedelta(hours=1)) == ["desk"]
    assert post.taken[-1][1].subject == "5 alerts"


def test_what_waits_for_a_user_has_a_bound(watch: MakeWatch, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MAX_WAITING", 3)
    made = watch("desk")
    for number in range(5):
        alert(made, f"alert {number}")
    assert states() == ["dropped", "dropped", "waiting", "waiting", "waiting"]


def test_the_log_is_bounded_and_what_waits_stays(
    watch: MakeWatch, stage: Stage, looker: Looker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trendsite.watches.episodes.MAX_ALERTS", 2)
    stage.count("*", {"Dogs": 5})
    watch(subject="pattern", key="vote*", threshold=50)
    looker.look()
    for number in range(5):
        stage.count("*", {f"vote{tag}": 9 for tag in range(number + 1)})
        looker.look()
    assert Alert.objects.count() == 2


def test_a_test_is_tried_once_and_even_while_its_receiver_fails(watch: MakeWatch, post: Post) -> None:
    post.down = {"https://down.example.org"}
    receiver = watch("down").receivers.get()
    Receiver.objects.update(failures=9, retry_at=NOW + timedelta(hours=1))
    outbox.queue_test(receiver, "en", NOW)
    post.deliver(NOW)
    assert states() == ["dropped"]


def test_mail_goes_to_the_address_that_the_account_has_now(watch: MakeWatch, ada: User, post: Post) -> None:
    made = watch()
    made.receivers.add(Receiver.objects.create(user=ada, kind="mail", name="mail"))
    alert(made)
    User.objects.update(email="new@example.org")
    post.deliver(NOW)
    assert post.taken[0][0] == "new@example.org"
