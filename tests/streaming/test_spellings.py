from streaming.spellings import better_spellings, inner_capitals


def test_inner_capitals_are_capitals_after_a_small_letter():
    assert inner_capitals("WorldCup") == 1
    assert inner_capitals("ÉcoleÉté") == 1
    assert inner_capitals("WORLDCUP") == inner_capitals("worldcup") == 0


def test_the_most_used_spelling_is_shown():
    counted = [("worldcup", "worldcup", 3), ("worldcup", "WorldCup", 2)]
    assert better_spellings(counted, {"worldcup": None}) == {"worldcup": "3 worldcup"}


def test_of_equally_used_spellings_the_one_with_inner_capitals_is_shown():
    counted = [("worldcup", "worldcup", 2), ("worldcup", "WorldCup", 2), ("worldcup", "WORLDCUP", 2)]
    assert better_spellings(counted, {}) == {"worldcup": "2 WorldCup"}


def test_a_stored_spelling_stays_until_another_is_used_more():
    stored = {"worldcup": "5 worldcup"}
    assert better_spellings([("worldcup", "WorldCup", 4)], stored) == {}
    assert better_spellings([("worldcup", "WorldCup", 6)], stored) == {"worldcup": "6 WorldCup"}


def test_the_same_spelling_counted_again_raises_its_number():
    assert better_spellings([("cafe", "cafe", 7)], {"cafe": "6 cafe"}) == {"cafe": "7 cafe"}
    assert better_spellings([("cafe", "cafe", 7)], {"cafe": "7 cafe"}) == {}


def test_a_spelling_may_hold_spaces_and_markup():
    assert better_spellings([("<b> x", "<B> x", 1)], {"<b> x": "1 <b> x"}) == {}
    assert better_spellings([("<b> x", "<B> x", 2)], {"<b> x": "1 <b> x"}) == {"<b> x": "2 <B> x"}
