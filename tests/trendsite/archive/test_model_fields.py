from trendsite.archive.model_fields import CountsField


def test_hours_are_text_in_the_database_and_a_list_in_python() -> None:
    field, hours = CountsField(), [0] * 14 + [8, 4, 1, *[0] * 7]
    stored = field.get_prep_value(hours)
    assert stored == "0 0 0 0 0 0 0 0 0 0 0 0 0 0 8 4 1 0 0 0 0 0 0 0"
    assert field.from_db_value(stored) == hours
    assert field.from_db_value(field.get_prep_value(None)) is None
