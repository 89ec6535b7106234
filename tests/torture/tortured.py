"""A Trendsite that replays a recording and can be hurt in every way a plan knows."""

import contextlib
import random
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import redis

from collector.commit_log import Commit
from tests.end_to_end.running import Trendsite, wait_until
from tests.torture import launched, victims
from tests.torture.clock import LeapingClock
from tests.torture.plan import Step
from tests.torture.proxy import Proxy
from tests.torture.small_disk import SmallDisk

_HOUR = 3_600
_TAIL_BYTES = 65_536
_TORN_BYTES = (b'{"id":"torn","created_at":"2026-03-', b"\0" * 700, b'{"id":"torn"}\n{"id":"torn"}\n', b"\xff\n\xfe")
_TORN_RECORDS = (b"0badc0de [1", b"\0" * 300 + b"\n", b"\0" * 40, b"")


class Tortured(Trendsite):
    """Started as ``make run`` starts it, with a proxy, a small disk and a leaping clock."""

    module = launched.__name__

    def __init__(self, recording: Path, speed: float, seed: int) -> None:
        """Replay ``recording``, with the times it has, ``speed`` seconds in one."""
        super().__init__(
            SOURCE="replay",
            REPLAY_FILE=str(recording),
            REPLAY_SPEED=f"{speed:.3f}",
            REPLAY_SHIFT="none",
            DAY_GRACE="3600",
        )
        self._choice = random.Random(f"victims {seed}")
        self._timers: list[threading.Timer] = []
        host, port = self._settings["COLLECTOR_ADDRESS"].split(":")
        self._means = contextlib.ExitStack()
        self._proxy = Proxy((host, int(port)))
        self._means.callback(self._proxy.close)
        self._disk = SmallDisk(self.data_dir / "spool")
        (self.data_dir / "torture").mkdir()
        self._clock = LeapingClock(self.data_dir / "torture")
        self._settings[launched.PROXY] = self._proxy.address
        for name, value in self._clock.environment().items():
            self._settings[launched.CLOCK_PREFIX + name] = value
        self.redis = redis.Redis(
            unix_socket_path=str(self.data_dir / "redis.sock"), socket_timeout=5, decode_responses=True
        )
        self._means.callback(self.redis.close)

    def start(self) -> None:
        """Start every part; return at once."""
        self._means.enter_context(self._disk)
        super().start()

    def stop(self) -> None:
        """End all torture, press Ctrl-C, and wait until every part has stopped."""
        self.relieve()
        super().stop()
        self._means.close()

    def relieve(self) -> None:
        """Wait until what was frozen goes on, and the disk has room."""
        for timer in self._timers:
            timer.join()

    def posts(self) -> int:
        """Return how many posts are in the stream, as the spool's last commit says."""
        logs = sorted(self.data_dir.glob("spool/*/*.commits"))
        if not logs:
            return 0
        with logs[-1].open("rb") as log:
            log.seek(max(0, log.seek(0, 2) - _TAIL_BYTES))
            records = log.read().rpartition(b"\n")[0].split(b"\n")
        for record in reversed(records):
            with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
                return msgspec.json.decode(record.partition(b" ")[2], type=Commit).counts.posts
        return 0

    def do(self, step: Step) -> str:
        """Do one step of a plan; return why it could not be done, empty when it was."""
        return getattr(self, f"_{step.what}")(step) or ""

    def kill(self, whom: str) -> str:
        """Kill a process; return why not, empty when it was."""
        pid = victims.find(self.supervisord, whom, self._choice)
        if pid is None:
            return f"no {whom} runs"
        victims.send(pid, signal.SIGKILL)
        return ""

    def _kill(self, step: Step) -> str:
        return self.kill(step.whom)

    def _freeze(self, step: Step) -> str:
        pid = victims.find(self.supervisord, step.whom, self._choice)
        if pid is None:
            return f"no {step.whom} runs"
        victims.send(pid, signal.SIGSTOP)
        self._later(step.seconds, lambda: victims.send(pid, signal.SIGCONT))
        return ""

    def _flush(self, step: Step) -> str:
        done = 0
        for _ in range(step.number):
            with contextlib.suppress(redis.RedisError):
                done += bool(self.redis.flushall())
            time.sleep(step.seconds / step.number)
        return "" if done else "Redis is away"

    def _forget(self, _step: Step) -> None:
        with self._unattended("redis"):
            shutil.rmtree(self.data_dir / "redis")
            (self.data_dir / "redis").mkdir()

    def _reset(self, step: Step) -> None:
        for _ in range(step.number):
            self._proxy.reset_all()
            time.sleep(step.seconds / step.number)

    def _cut(self, step: Step) -> None:
        self._proxy.cut_after(step.number)

    def _tear(self, step: Step) -> None:
        with self._unattended("collector"):
            for spool in self.data_dir.glob("spool/replay-*"):
                tear(spool, step.number)

    def _fill(self, step: Step) -> str:
        if self._disk.missing:
            return f"no tmpfs can be mounted: {self._disk.missing}"
        self._disk.fill()
        self._later(step.seconds, self._disk.empty)
        return ""

    def _leap(self, step: Step) -> str:
        if not self._clock.missing:
            self._clock.leap(step.number * _HOUR)
        return self._clock.missing

    @contextlib.contextmanager
    def _unattended(self, whom: str) -> Iterator[None]:
        """Kill a process, where it runs, and keep supervisord from starting it anew while the block runs."""
        victims.send(self.supervisord, signal.SIGSTOP)
        try:
            pid = victims.find(self.supervisord, whom, self._choice)
            if pid is not None:
                victims.send(pid, signal.SIGKILL)
                wait_until(lambda: victims.is_dead(pid), f"{whom} is dead")
            yield
        finally:
            victims.send(self.supervisord, signal.SIGCONT)

    def _later(self, seconds: float, do: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, do)
        timer.start()
        self._timers.append(timer)


def tear(spool: Path, manner: int) -> None:
    """Leave behind the newest segment's end what a crash in the middle of a commit may leave."""
    for segment in sorted(spool.glob("*.ndjson"))[-1:]:
        _append(segment, _TORN_BYTES[manner])
        _append(segment.with_suffix(".commits"), _TORN_RECORDS[manner])


def _append(path: Path, rubbish: bytes) -> None:
    # On a full disk there is nothing to tear.
    with contextlib.suppress(OSError), path.open("ab", buffering=0) as file:
        file.write(rubbish)
