"""What becomes an alert: once per episode, for each kind of watch, on counts as streaming leaves them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.trendsite.stage import NOW, TODAY, Stage
from tests.trendsite.watches.conftest import Looker, states
from trendsite.archive.models import Day, DayCount
from trendsite.watches.models import Alert, Episode, Watch

pytestmark = pytest.mark.django_db

MakeWatch = Callable[..., Watch]
MINUTE = timedelta(minutes=1)


def texts() -> list[str]:
    return [alert.text for alert in Alert.objects.order_by("pk")]


def test_what_holds_when_a_watch_begins_is_no_alert_and_entering_the_top_is_one(
    watch: MakeWatch, stage: Stage, looker: Looker
) -> None:
    watch(key="cats", threshold=1)
    watch(key="dogs", threshold=1)
    stage.count("*", {"Cats": 50, "Dogs": 40})
    assert looker.look() == 0
    stage.count("*", {"Cats": 50, "Dogs": 60})
    assert looker.look() == 1
    assert looker.look() == 0
    assert texts() == ["#Dogs is now number 1 of today, with 60 posts (All languages)."]
    assert Alert.objects.get().facts["url"].endswith("/hashtags/dogs/")


def test_a_hashtag_on_the_edge_is_one_alert_until_it_was_away_for_an_hour(
    watch: MakeWatch, stage: Stage, looker: Looker
) -> None:
    watch(threshold=1)
    high, low = {"Cats": 60, "Dogs": 50}, {"Cats": 60, "Dogs": 70}
    stage.count("*", {"Dogs": 50})
    looker.look()
    for counts, after, alerts in [
        (high, MINUTE, 1),
        (low, MINUTE, 0),
        (high, 30 * MINUTE, 0),
        (low, MINUTE, 0),
        (high, 59 * MINUTE, 0),
        (low, MINUTE, 0),
        (high, 61 * MINUTE, 1),
    ]:
        stage.count("*", counts)
        assert looker.look(after) == alerts
    assert len(texts()) == 2


def test_an_ended_episode_leaves_no_row(watch: MakeWatch, stage: Stage, looker: Looker) -> None:
    watch(threshold=1)
    stage.count("*", {"Cats": 60})
    looker.look()
    assert Episode.objects.count() == 1
    stage.count("*", {"Cats": 60, "Dogs": 70})
    looker.look()
    looker.look(61 * MINUTE)
    assert Episode.objects.count() == 0


def test_another_process_that_takes_over_sends_nothing_again(watch: MakeWatch, stage: Stage, looker: Looker) -> None:
    watch(threshold=1)
    stage.count("*", {"Dogs": 50})
    looker.look()
    stage.count("*", {"Cats": 60})
    assert looker.look() == 1
    second = Looker(looker._runner)
    second.now = looker.now
    assert second.look() == 0


def test_two_processes_that_look_at_once_make_one_alert(watch: MakeWatch, stage: Stage, looker: Looker) -> None:
    watch("a", threshold=1)
    stage.count("*", {"Dogs": 50})
    looker.look()
    second = Looker(looker._runner)
    second.now = looker.now
    second.look()
    stage.count("*", {"Cats": 60})
    assert (looker.look(), second.look(timedelta(seconds=1))) == (1, 0)
    assert states() == ["waiting"]


def test_a_pattern_watches_every_hashtag_that_matches(watch: MakeWatch, stage: Stage, looker: Looker) -> None:
    watch(subject="pattern", key="vote*", threshold=3)
    stage.count("*", {"Cats": 50})
    looker.look()
    stage.count("*", {"Cats": 50, "VoteNow": 40, "Vote2026": 30, "VoteLate": 1})
    assert looker.look() == 2
    assert {alert.key for alert in Alert.objects.all()} == {"votenow", "vote2026"}


def test_newcomers_are_those_that_no_day_of_the_week_before_had_among_its_first_hundred(
    watch: MakeWatch, stage: Stage, looker: Looker
) -> None:
    day = Day.objects.create(source="simulator", date=TODAY - timedelta(days=2), archived_at=datetime.now(UTC))
    for key, rank in (("old", 100), ("risen", 101)):
        DayCount.objects.create(day=day, language="es", rank=rank, key=key, hashtag=key, posts=9)
    watch(subject="newcomers", key="", languages="es", threshold=10)
    stage.count("es", {"Something": 5})
    looker.look()
    stage.count("es", {"old": 50, "risen": 40, "Brand": 30})
    assert looker.look() == 2
    assert {alert.key for alert in Alert.objects.all()} == {"risen", "brand"}
    assert "New: #Brand is number 3 of today, with 30 posts (Español)." in texts()


def test_without_an_archived_day_nobody_is_new(watch: MakeWatch, stage: Stage, looker: Looker) -> None:
    watch(subject="newcomers", key="", threshold=10)
    stage.count("*", {"Something": 5})
    looker.look()
    stage.count("*", {"Brand": 30})
    assert looker.look() == 0


def test_a_count_in_an_hour_is_found_far_below_the_top(watch: MakeWatch, stage: Stage, looker: Looker) -> None:
    watch(condition="count", threshold=100)
    others = {f"other{number}": 9_000 for number in range(400)}
    stage.count_hour(NOW, "*", {**others, "Cats": 99})
    looker.look()
    stage.count_hour(NOW, "*", {**others, "Cats": 100})
    assert looker.look() == 1
    assert texts() == ["#Cats has passed 100 posts in an hour: it has 100 posts (All languages)."]


def test_a_hashtag_that_rises_above_a_factor_of_the_usual_is_an_alert(
    watch: MakeWatch, stage: Stage, looker: Looker
) -> None:
    watch(condition="rising", languages="en", threshold=5)
    watch(condition="rising", languages="en", threshold=50)
    for ago in range(1, 25):
        stage.count_hour(NOW - timedelta(hours=ago), "en", {"cats": 20, "dogs": 980})
    stage.count_hour(NOW, "en", {"cats": 20, "dogs": 980})
    looker.look()
    stage.show(NOW + timedelta(minutes=59))
    stage.count_hour(NOW, "en", {"cats": 400, "dogs": 980})
    assert looker.look() == 1
    assert "times the usual" in texts()[0]


def test_the_first_hour_of_a_day_is_judged_by_the_last_hour(watch: MakeWatch, stage: Stage, looker: Looker) -> None:
    watch(threshold=1)
    stage.count("*", {"Dogs": 50})
    looker.look()
    stage.day = TODAY + timedelta(days=1)
    midnight = datetime.combine(stage.day, NOW.time(), UTC).replace(hour=0, minute=1)
    stage.show(midnight)
    stage.count_hour(midnight - timedelta(hours=1), "*", {"Dogs": 500})
    stage.count("*", {"Cats": 2})
    assert looker.look() == 0


def test_a_hidden_hashtag_is_no_alert(
    watch: MakeWatch, stage: Stage, looker: Looker, hide: Callable[..., None]
) -> None:
    watch(threshold=5)
    watch(condition="count", threshold=5)
    hide("cats")
    stage.count("*", {"Dogs": 50})
    looker.look()
    stage.count("*", {"Cats": 60})
    stage.count_hour(NOW, "*", {"Cats": 60})
    assert looker.look() == 0


def test_only_chosen_languages_and_networks_count(watch: MakeWatch, stage: Stage, looker: Looker) -> None:
    watch(languages="es", threshold=1)
    watch(networks="mastodon", threshold=1)
    for language in ("*", "es"):
        stage.count(language, {"Dogs": 50})
    looker.look()
    stage.count("*", {"Cats": 60})
    assert looker.look() == 0
    stage.count("es", {"Cats": 60})
    assert looker.look() == 1


def test_a_watch_that_is_off_or_of_a_user_who_left_does_nothing(watch: MakeWatch, stage: Stage, looker: Looker) -> None:
    watch(threshold=1, is_on=False)
    left = watch(threshold=1).user
    left.is_active = False
    left.save()
    stage.count("*", {"Dogs": 50})
    looker.look()
    stage.count("*", {"Cats": 60})
    assert looker.look() == 0
    assert looker.evaluator.watches == 0


def test_watches_that_ask_the_same_share_one_read(watch: MakeWatch, looker: Looker) -> None:
    for number in range(15):
        watch(key=f"tag{number}", threshold=number + 1)
    watch(languages="es")
    looker.look()
    assert looker.evaluator.questions == 2


def test_the_text_is_in_the_language_of_the_watch(watch: MakeWatch, stage: Stage, looker: Looker) -> None:
    watch(threshold=1, locale="fr")
    stage.count("*", {"Dogs": 1_000})
    looker.look()
    stage.count("*", {"Cats": 12_345})
    looker.look()
    # French groups thousands with a space that does not break, whatever is translated.
    assert "12\u202f345" in texts()[0]


def test_an_empty_redis_changes_nothing(stage: Stage, looker: Looker, watch: MakeWatch) -> None:
    watch(threshold=1)
    stage.count("*", {"Cats": 60})
    looker.look()
    stage.client.flushall()
    assert looker.look() == 0
    assert Episode.objects.get().false_since is None
