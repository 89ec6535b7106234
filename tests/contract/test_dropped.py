from contract.dropped import NO_POSTS, dropped_as_text


def test_drops_are_listed_in_words_highest_first():
    dropped = {"late": 3, "unusable_hashtag": 1_200, "not_a_post": 2, "excess_hashtags": 9, "too_long": 1, "new": 1}
    words = "1,200 unusable hashtags, 9 hashtags in excess, 3 late, 2 not posts, 1 new, 1 too long"
    assert dropped_as_text(dropped) == words
    assert dropped_as_text({}) == ""


def test_dropped_hashtags_and_other_events_are_not_dropped_posts():
    assert {"late", "unusable_hashtag", "excess_hashtags", "not_a_post"} & NO_POSTS == NO_POSTS
