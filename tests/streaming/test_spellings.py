from streaming.spellings import inner_capitals, preference


def shown(**posts: int) -> str:
    return max(posts, key=lambda spelling: preference(spelling, posts[spelling]))


def test_inner_capitals_are_capitals_after_a_small_letter():
    assert inner_capitals("WorldCup") == 1
    assert inner_capitals("ÉcoleÉté") == 1
    assert inner_capitals("WORLDCUP") == inner_capitals("worldcup") == 0


def test_the_most_used_spelling_is_shown():
    assert shown(worldcup=3, WorldCup=2) == "worldcup"


def test_of_equally_used_spellings_the_one_with_inner_capitals_is_shown():
    assert shown(worldcup=2, WorldCup=2, WORLDCUP=2) == "WorldCup"


def test_of_equals_it_is_always_the_same_one():
    assert shown(worldcup=2, WORLDCUP=2) == shown(WORLDCUP=2, worldcup=2) == "worldcup"
