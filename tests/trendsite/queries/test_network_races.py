"""The race of several networks: the frames of each, added up."""

from datetime import date

from trendsite.queries.minutes import UNKNOWN
from trendsite.queries.network_races import add_up_races
from trendsite.queries.races import Race, RaceFrame

DAY = date(2026, 11, 20)


def race(source: str, frames: list[tuple[str, dict[str, int]]], **more: object) -> Race:
    spellings = {key: key.title() for _, counts in frames for key in counts}
    of_race = [RaceFrame(at, sum(counts.values()), list(counts.items())) for at, counts in frames]
    found = Race(DAY, source, ["*"], True, list(UNKNOWN), [], spellings, of_race)
    for name, value in more.items():
        setattr(found, name, value)
    return found


def test_frames_of_the_same_five_minutes_are_added_up_with_the_share_of_each_network():
    summed = add_up_races(
        [
            race("bluesky", [("09:05:01", {"cats": 4}), ("09:10:00", {"cats": 6})]),
            race("mastodon", [("09:05:31", {"cats": 1, "dogs": 3}), ("09:15:00", {"cats": 2, "dogs": 9})]),
        ]
    )
    assert [(frame.at, frame.posts, frame.top, frame.shares) for frame in summed.frames] == [
        ("09:05:31", 8, [("cats", 5), ("dogs", 3)], [[4, 1], [0, 3]]),
        ("09:10:00", 10, [("cats", 7), ("dogs", 3)], [[6, 1], [0, 3]]),
        ("09:15:00", 17, [("dogs", 9), ("cats", 8)], [[0, 9], [6, 2]]),
    ]
    assert summed.source == "bluesky,mastodon"
    assert [source.source for source in summed.by_source] == ["bluesky", "mastodon"]


def test_a_hashtag_that_leaves_the_places_of_a_network_keeps_its_posts():
    summed = add_up_races(
        [
            race("bluesky", [("09:05:00", {"cats": 4}), ("09:10:00", {"dogs": 5})]),
            race("mastodon", [("09:05:00", {"cats": 1})]),
        ]
    )
    assert summed.frames[-1].top == [("cats", 5), ("dogs", 5)]


def test_the_last_frame_of_a_day_is_a_moment_of_its_own():
    summed = add_up_races(
        [
            race("bluesky", [("23:55:00", {"cats": 4}), ("23:59:59", {"cats": 5})]),
            race("mastodon", [("23:59:59", {"cats": 1})]),
        ]
    )
    assert [(frame.at, frame.top) for frame in summed.frames] == [
        ("23:55:00", [("cats", 4)]),
        ("23:59:59", [("cats", 6)]),
    ]


def test_a_minute_that_one_network_lacks_has_the_posts_of_the_other():
    minutes = [5, 5, *UNKNOWN[2:]], [None, 2, *UNKNOWN[2:]]
    summed = add_up_races(
        [
            race(
                "bluesky",
                [("00:05:00", {"cats": 4})],
                minutes=minutes[0],
                first_post="00:00",
                gaps=[("01:00", "02:00")],
            ),
            race(
                "mastodon",
                [("00:05:00", {"cats": 4})],
                minutes=minutes[1],
                first_post="00:01",
                unrecorded=[("03:00", "04:00")],
            ),
        ]
    )
    assert summed.minutes[:3] == [5, 7, None]
    assert (summed.first_post, summed.gaps, summed.unrecorded) == ("00:00", [], [("03:00", "04:00")])
    assert summed.by_source[0].gaps == [("01:00", "02:00")]
