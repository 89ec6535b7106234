from datetime import date

from contract.closed_day import closed_day_folder, closed_days


def test_only_whole_days_are_found_oldest_first(tmp_path):
    assert closed_days(tmp_path) == []
    for source, name in (("x", "2026-11-22"), ("x", ".2026-11-23.unfinished"), ("simulator", "2026-11-21")):
        (tmp_path / "closed" / source / name).mkdir(parents=True)
    assert closed_days(tmp_path) == [
        ("simulator", date(2026, 11, 21), closed_day_folder(tmp_path, "simulator", date(2026, 11, 21))),
        ("x", date(2026, 11, 22), closed_day_folder(tmp_path, "x", date(2026, 11, 22))),
    ]
