"""The facts of recorded and of constructed days, told in English."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from contract.closed_day import MINUTES
from contract.ranking import RankedHashtag
from trendsite.queries.day_hours import DayHours
from trendsite.queries.minutes import minute_of
from trendsite.queries.newcomers import EarlierDays, Novelty
from trendsite.queries.race_moments import holes
from trendsite.queries.races import GapsOfSource, Race, RaceFrame
from trendsite.queries.used_together import Pair
from trendsite.story.facts import DayNumbers, numbers_of
from trendsite.story.sentences import in_english
from trendsite.story.telling import MOST_SENTENCES, facts_of

Counts = Mapping[str, int]

# Forty hashtags that stay where they are, so that others can rise among them.
CROWD = {f"crowd{number:02}": 1_000 - 20 * number for number in range(40)}


def told(numbers: DayNumbers) -> list[str]:
    return [in_english(fact).text for fact in facts_of(numbers)]


def minutes(until: int = MINUTES, silent: Iterable[int] = ()) -> list[int | None]:
    """Ten posts in each minute of the day until one, but for silent ones."""
    quiet = set(silent)
    return [(0 if minute in quiet else 10) if minute < until else None for minute in range(MINUTES)]


def race_of(stages: Mapping[int, Counts], until: int = MINUTES, **more: Any) -> Race:
    """A race with a frame each five minutes, which has the counts of the last stage that began."""
    frames = []
    skipped = [(minute_of(start), minute_of(end)) for start, end in more.get("unrecorded", ())]
    for minute in [*range(5, until, 5), *([MINUTES - 1] if until == MINUTES else [])]:
        if any(start < minute < end for start, end in skipped):
            continue
        counts = stages[max(start for start in stages if start <= minute)]
        top = sorted(counts.items(), key=lambda counted: (-counted[1], counted[0]))[:50]
        at = "23:59:59" if minute == MINUTES - 1 else f"{minute // 60:02}:{minute % 60:02}:00"
        frames.append(RaceFrame(at, 10 * minute, top))
    known = {"minutes": minutes(until), "gaps": [], "first_post": "00:00", "final": until == MINUTES, **more}
    spellings = {key: key.title() for stage in stages.values() for key in stage}
    return Race(date(2026, 11, 21), "simulator", ["*"], hashtags=spellings, frames=frames, **known)


def numbers(race: Race, **more: object) -> DayNumbers:
    top = [
        RankedHashtag(rank, race.hashtags[key], key, posts)
        for rank, (key, posts) in enumerate(race.frames[-1].top, start=1)
    ]
    return replace(numbers_of(top, race, holes([race]), is_final=race.final), **more)


def test_a_recorded_day_is_told_by_its_leader_its_bursts_and_its_busiest_hour(covid_day):
    assert told(covid_day.numbers()) == [
        "As far as recorded, #COVID19 led all day.",
        "The busiest recorded hour of #ExtraAttemptForAll was 08:00: 336 of its 910 posts.",
        "#UPSCExtraAttempt rose 11 places between 12:40 and 13:40, to rank 8.",
        "The busiest recorded hour of #UnityforEthiopia was 17:00: 74 of its 204 posts.",
        "The busiest recorded hour was 23:00, with 5,292 posts.",
    ]


def test_a_recorded_day_that_is_known_by_the_hour_only_has_the_same_bursts(covid_day):
    assert told(covid_day.numbers(step=60))[1:3] == [
        "The busiest recorded hour of #ExtraAttemptForAll was 08:00: 336 of its 910 posts.",
        "The busiest recorded hour of #UPSCExtraAttempt was 13:00: 124 of its 370 posts.",
    ]


def test_each_hashtag_of_a_story_is_told_once(covid_day):
    keys = [fact.key for fact in facts_of(covid_day.numbers()) if fact.key]
    assert len(keys) == len(set(keys))


def test_the_same_numbers_give_the_same_story(covid_day):
    assert told(covid_day.numbers()) == told(covid_day.numbers())


def test_who_takes_the_lead_led_until_midnight():
    race = race_of({0: {"cats": 10, "dogs": 5}, 580: {"cats": 10, "dogs": 20}})
    assert told(numbers(race))[0] == "#Dogs led from 09:40 until midnight."


def test_on_a_running_day_who_leads_has_led_since():
    race = race_of({0: {"cats": 10, "dogs": 5}, 580: {"cats": 10, "dogs": 20}}, until=1_000)
    assert told(numbers(race))[0] == "#Dogs has led since 09:40."
    assert told(numbers(race_of({0: {"cats": 10}}, until=1_000)))[0] == "#Cats has led all day so far."


def test_a_short_lead_at_the_end_does_not_hide_the_long_one():
    race = race_of({0: {"cats": 10, "dogs": 5}, 1_430: {"cats": 10, "dogs": 20}})
    assert told(numbers(race))[:2] == ["#Dogs was the most used, with 20 posts.", "#Cats led from 00:05 to 23:50."]


def test_a_long_lead_before_the_last_one_is_told_too():
    race = race_of({0: {"cats": 10, "dogs": 5}, 900: {"cats": 10, "dogs": 20}})
    assert told(numbers(race))[:2] == ["#Dogs led from 15:00 until midnight.", "#Cats led from 00:05 to 15:00."]


def test_the_most_used_hashtag_has_its_posts_and_their_share():
    race = race_of({0: {"cats": 1_200, "dogs": 5}})
    assert told(numbers(race, posts=40_000))[0] == "#Cats led all day. It was in 1,200 posts, 3.0 % of all."
    running = numbers(race_of({0: {"cats": 6_000}}, until=1_000), posts=40_000)
    assert told(running)[0] == "#Cats has led all day so far. It is in 6,000 posts so far, 15 % of all."


def test_changes_of_the_lead_are_told_but_for_those_of_the_first_hours():
    race = race_of(
        {0: {"cats": 10, "dogs": 5}, 60: {"cats": 10, "dogs": 20}, 600: {"cats": 30, "dogs": 20}, 900: {"dogs": 40}}
    )
    assert "The lead changed 2 times, last at 15:00." in told(numbers(race))
    unknown = race_of({0: {"cats": 10}, 600: {"dogs": 20}, 900: {"cats": 30}}, unrecorded=[("03:00", "04:00")])
    assert "As far as recorded, the lead changed 2 times, last at 15:00." in told(numbers(unknown))


def test_hashtags_that_come_together_are_told_once_with_their_posts():
    day = numbers(race_of({0: {"cats": 400, "dogs": 300, "storm": 60, "rain": 50}}))
    pairs = [Pair("rain", "storm", 45, 45), Pair("dogs", "rain", 30, 30)]
    assert "Often together: #Storm and #Rain, in 45 posts." in told(replace(day, pairs=pairs))
    pairs = [Pair("rain", "storm", 45, 50)]
    assert "Often together: #Storm and #Rain, in at least 45 posts." in told(replace(day, pairs=pairs))
    assert told(replace(day, pairs=[Pair("rain", "storm", 19, 19)])) == told(day)


def test_a_day_with_more_posts_than_each_recorded_day_before_says_so():
    race = race_of({0: {"cats": 10}})
    before = EarlierDays(posts=[70, 90, 60])
    assert "The day had more posts than any of the 3 recorded days before: 91." in told(
        numbers(race, posts=91, earlier=before)
    )
    assert "most_posts" not in [fact.kind for fact in facts_of(numbers(race, posts=90, earlier=before))]
    not_counted_then = EarlierDays(posts=[70, 0, 60])
    assert "most_posts" not in [fact.kind for fact in facts_of(numbers(race, posts=91, earlier=not_counted_then))]


def test_a_short_story_says_what_is_missing():
    race = race_of({0: {"cats": 10}}, gaps=[("17:20", "18:00")], minutes=minutes(silent=range(1_040, 1_080)))
    assert told(numbers(race)) == [
        "As far as recorded, #Cats led all day.",
        "Posts are missing from 17:20 to 18:00.",
    ]
    assert facts_of(numbers(race))[-1].at == "18:00"


def test_a_story_has_at_most_five_sentences():
    race = race_of({0: {**CROWD, "storm": 205, "rain": 204, "wind": 203}, 1_080: {**CROWD, "storm": 835, "rain": 825}})
    day = numbers(race, posts=100_000, hours=DayHours(hours(5, 84_000, 7, 9)), earlier=EarlierDays(posts=[9] * 9))
    text = " ".join(told(replace(day, pairs=[Pair("crowd01", "crowd02", 900, 900)])))
    assert text.count(". ") + 1 == MOST_SENTENCES


def test_a_climb_has_its_places_its_hour_and_its_rank():
    before, after = {**CROWD, "storm": 205}, {**CROWD, "storm": 835}
    fact = next(fact for fact in facts_of(numbers(race_of({0: before, 1_080: after}))) if fact.kind == "rise")
    assert in_english(fact).text == "#Storm rose 31 places between 17:00 and 18:00, to rank 10."
    assert fact.at == "18:00"


def test_a_climb_from_outside_of_the_recorded_places_is_at_least_as_large():
    race = race_of({0: CROWD, 1_080: {**CROWD, "storm": 835}})
    assert "#Storm rose by at least 31 places between 17:00 and 18:00, to rank 10." in told(numbers(race))


@pytest.mark.parametrize(
    "unknown",
    [
        {"gaps": [("17:20", "18:00")], "minutes": minutes(silent=range(1_040, 1_080))},
        {"unrecorded": [("16:30", "18:00")]},
        {"first_post": "16:10"},
    ],
)
def test_a_climb_that_a_gap_could_explain_is_not_told(unknown):
    race = race_of({0: {**CROWD, "storm": 205}, 1_080: {**CROWD, "storm": 835}}, **unknown)
    assert [fact.kind for fact in facts_of(numbers(race)) if fact.key == "storm"] == []


def test_a_network_that_joins_late_lifts_nobody():
    networks = [GapsOfSource(name, "00:00", [], []) for name in ("bluesky", "mastodon")]
    race = race_of({0: {**CROWD, "storm": 205}, 1_080: {**CROWD, "storm": 835}}, by_source=networks)
    assert "rise" in [fact.kind for fact in facts_of(numbers(race))]
    for frame in race.frames:
        frame.shares = [
            [posts if key != "storm" or posts < 500 else posts - 500, 500 * (key == "storm" and posts > 500)]
            for key, posts in frame.top
        ]
    assert "rise" not in [fact.kind for fact in facts_of(numbers(race))]


def hours(*posts: int | None) -> list[int | None]:
    return [*posts, *[0] * (24 - len(posts))]


def test_the_busiest_hour_is_told_with_its_posts():
    race = race_of({0: {"cats": 10}})
    day = numbers(race, hours=DayHours(hours(5, 84_000, 7, 9)))
    assert "The busiest hour was 01:00, with 84,000 posts." in told(day)
    fact = next(fact for fact in facts_of(day) if fact.kind == "busiest_hour")
    assert (fact.at, fact.posts) == ("02:00", 84_000)
    running = numbers(race_of({0: {"cats": 10}}, until=240), hours=DayHours(hours(5, 6, 7, 9)))
    assert "The busiest hour so far is 03:00, with 9 posts." in told(running)
    assert [fact.at for fact in facts_of(running) if fact.kind == "busiest_hour"] == [None]


def test_of_equal_hours_none_is_the_busiest():
    day = numbers(race_of({0: {"cats": 10}}), hours=DayHours([84] * 24))
    assert "busiest_hour" not in [fact.kind for fact in facts_of(day)]


def test_with_a_gap_the_busiest_hour_is_the_busiest_recorded_one():
    race = race_of({0: {"cats": 10}}, gaps=[("17:20", "17:40")], minutes=minutes(silent=range(1_040, 1_060)))
    assert "The busiest recorded hour was 01:00, with 8 posts." in told(
        numbers(race, hours=DayHours(hours(5, 8, 7, 6)))
    )


def test_what_is_new_or_back_is_told_with_the_days_before():
    race = race_of({0: {"cats": 100, "dogs": 50, "storm": 40}, 600: {"cats": 100, "storm": 60, "dogs": 50}})
    novelties = {"storm": Novelty(days=28), "dogs": Novelty(last=date(2026, 11, 9))}
    assert told(numbers(race, earlier=EarlierDays(novelties))) == [
        "#Cats led all day.",
        "#Storm was new and came to rank 2 at 10:00: not among the 1,000 most used on any of the 28 recorded days "
        "before.",
        "#Dogs was back: it was last among the 1,000 most used on 9 November 2026.",
    ]


def test_a_quiet_day_without_a_race_has_its_first_places():
    top = [RankedHashtag(1, "Cats", "cats", 9), RankedHashtag(2, "Dogs", "dogs", 7)]
    day = numbers_of(top, None, [], is_final=True)
    assert told(day) == ["#Cats was the most used, with 9 posts.", "#Dogs came second, with 7 posts."]
    assert told(numbers_of([], None, [], is_final=True)) == []
