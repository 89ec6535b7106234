import signal
from types import SimpleNamespace

import pytest

import streaming.__main__
from streaming.recovery import RecoveryError


def test_a_damaged_store_is_told_in_one_line_and_ends_the_process(monkeypatch, caplog, tmp_path):
    class Damaged:
        def __init__(self, *_: object) -> None:
            pass

        def run(self) -> None:
            raise RecoveryError("the store x is damaged: rm -f x")

    stopped = []
    session = SimpleNamespace(stop=lambda: stopped.append(True))
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setattr(streaming.__main__, "create_session", lambda config: session)
    monkeypatch.setattr(streaming.__main__, "Counting", Damaged)
    monkeypatch.setattr(streaming.__main__, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        streaming.__main__.main()
    assert ended.value.code == 1
    assert [record.getMessage() for record in caplog.records] == ["the store x is damaged: rm -f x"]
    assert caplog.records[0].exc_info is None
    assert stopped == [True]
