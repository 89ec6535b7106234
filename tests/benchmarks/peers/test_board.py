"""Where peers leave their counts, in a real Redis."""

from benchmarks.peers.board import PeerBoard

DAY = "2026-01-05"


def test_absolute_counts_become_posts_and_a_published_top_ten(redis_client, redis_url):
    board = PeerBoard(redis_url)
    with redis_client.pubsub(ignore_subscribe_messages=True) as channel:
        channel.subscribe("peer:ranking:en")
        board.write([(DAY, "en", "", 7), (DAY, "en", "cup", 3), (DAY, "*", "", 9), (DAY, "en", "final", 4)])
        message = None
        while message is None:
            message = channel.get_message(timeout=5)
    assert message["data"] == '[["final", 4], ["cup", 3]]'
    assert board.posts() == {"en": 7, "*": 9}
    assert board.tops() == {"en": [("final", 4), ("cup", 3)], "*": []}


def test_increments_add_up_to_the_same(redis_client, redis_url):
    board = PeerBoard(redis_url)
    board.increment([(DAY, "en", ""), (DAY, "en", "cup"), (DAY, "en", ""), (DAY, "en", "cup")])
    board.publish("en", board.top_ten(DAY, "en"), None)
    assert board.posts() == {"en": 2}
    assert board.tops() == {"en": [("cup", 2)]}
