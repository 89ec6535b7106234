from contract.ranking import order


def test_most_posts_come_first_and_equal_ones_by_key():
    counts = [("b", 2), ("a", 2), ("ä", 2), ("c", 9), ("d", 1)]
    assert order(counts) == [("c", 9), ("a", 2), ("b", 2), ("ä", 2), ("d", 1)]
    assert order(counts, limit=2) == [("c", 9), ("a", 2)]
