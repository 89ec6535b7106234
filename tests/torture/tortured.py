"""A Trendsite that replays a recording, with every fault that a plan can inject.

Those of a log in Kafka are in :mod:`tests.torture.tortured_kafka`.
"""

import contextlib
import json
import random
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import redis

from collector.log import Commit
from contract import redis_names
from tests.end_to_end.whole_trendsite import Trendsite, wait_until
from tests.parallel import find_free_port
from tests.torture import faults, launched
from tests.torture.faults import LeapingClock, Proxy, SmallDisk
from tests.torture.plan import ALONE, Setup, Step
from tests.torture.replayed_network import RECORDINGS
from tests.torture.spark_cluster import SparkCluster

_HOUR = 3_600
_TAIL_BYTES = 65_536
_TORN_BYTES = (b'{"id":"torn","created_at":"2026-03-', b"\0" * 700, b'{"id":"torn"}\n{"id":"torn"}\n', b"\xff\n\xfe")
_TORN_RECORDS = (b"0badc0de [1", b"\0" * 300 + b"\n", b"\0" * 40, b"")


class Tortured(Trendsite):
    """Started as ``make run`` starts it, with a proxy, a small disk and a leaping clock."""

    module = launched.__name__

    def __init__(self, recordings: Mapping[str, Path], speed: float, seed: int, setup: Setup = ALONE) -> None:
        """Replay a recording for each source, with the times it has, ``speed`` seconds in one.

        Several sources are networks, one has the name that a replay gives it. Of ``setup`` this has the cluster.
        """
        paths = {source: str(recording) for source, recording in recordings.items()}
        several = {"SOURCE": ",".join(recordings), RECORDINGS: json.dumps(paths), "MASTODON_URL": "unused.invalid"}
        alone = {"SOURCE": "replay", "REPLAY_FILE": str(next(iter(recordings.values())))}
        super().__init__(
            REPLAY_SPEED=f"{speed:.3f}",
            REPLAY_SHIFT="none",
            DAY_GRACE="3600",
            **(several if len(recordings) > 1 else alone),
        )
        self.sources = list(recordings)
        self._choice = random.Random(f"victims {seed}")
        self._timers: list[threading.Timer] = []
        ports = [find_free_port() for _ in recordings]
        self._settings["COLLECTOR_ADDRESS"] = ",".join(f"127.0.0.1:{port}" for port in ports)
        self._means = contextlib.ExitStack()
        self._proxies = [Proxy(("127.0.0.1", port)) for port in ports]
        for proxy in self._proxies:
            self._means.callback(proxy.close)
        self._disk = SmallDisk(self.data_dir / "spool")
        (self.data_dir / "torture").mkdir()
        self._clock = LeapingClock(self.data_dir / "torture")
        self._settings[launched.PROXY] = ",".join(proxy.address for proxy in self._proxies)
        for name, value in self._clock.environment().items():
            self._settings[launched.CLOCK_PREFIX + name] = value
        self._cluster = SparkCluster(self.data_dir / "torture" / "cluster") if setup.has_cluster else None
        self._settings.update(self._cluster.settings() if self._cluster else {})
        self.redis = redis.Redis(
            unix_socket_path=str(self.data_dir / "redis.sock"), socket_timeout=30, decode_responses=True
        )
        self._means.callback(self.redis.close)

    def __enter__(self) -> "Tortured":
        try:
            super().__enter__()
        except BaseException:
            self.print_logs()
            self.stop()
            raise
        return self

    def start(self) -> None:
        """Start every part; return at once, or once the cluster runs tasks."""
        self._means.enter_context(self._disk)
        if self._cluster:
            self._means.enter_context(self._cluster)
        super().start()
        if self._cluster:
            self._hold_collectors()

    def _hold_collectors(self) -> None:
        """Let nothing be collected before the cluster runs tasks: otherwise a short recording is over by then."""
        log = self.data_dir / "log" / "streaming.log"
        find = partial(faults.find_parts, self.supervisord, "collector")
        collectors = wait_until(lambda: len(find()) == len(self.sources) and find(), "the collectors run", 0.01)
        for pid in collectors:
            faults.send_signal(pid, signal.SIGSTOP)
        wait_until(lambda: log.exists() and "executors run tasks" in log.read_text(), "an executor runs a task")
        for pid in collectors:
            faults.send_signal(pid, signal.SIGCONT)

    def stop(self) -> None:
        """End all faults, send SIGINT as Ctrl-C does, and wait until every part has stopped."""
        self.end_faults()
        super().stop()
        self._means.close()

    def end_faults(self) -> None:
        """Wait until frozen processes continue and the disk has room."""
        for timer in self._timers:
            timer.join()

    def status(self, of: Callable[[str], str], source: str) -> dict[str, Any]:
        """Return the status under the key ``of`` a source, empty while there is none or Redis is away."""
        try:
            message = self.redis.get(of(source))
        except redis.RedisError:
            return {}
        return json.loads(message) if message else {}

    def mark(self, source: str) -> int:
        """Return the offset up to which Redis has every count of a source, below 0 while it has none or is away."""
        try:
            return int(self.redis.get(redis_names.marker(source)) or -1)
        except redis.RedisError:
            return -1

    def posts(self) -> int:
        """Return the posts in all streams, from the last commit of each."""
        return sum(map(self._posts_of, self.sources))

    def _posts_of(self, source: str) -> int:
        """Return the posts in a spool."""
        logs = sorted(self.data_dir.glob(f"spool/{source}/*.commits"))
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
        """Do one step of a plan; return the reason if that was not possible, else an empty string."""
        return getattr(self, f"_{step.what}")(step) or ""

    def kill(self, target: str, seconds: float = 1.0) -> str:
        """Kill a process; return the reason if that was not possible, else an empty string.

        What nothing else starts again comes back after ``seconds``.
        """
        if target == "machine" and self._cluster:
            return self._kill_machine(self._cluster, seconds)
        pids = self._processes_of(target)
        for pid in pids:
            faults.send_signal(pid, signal.SIGKILL)
        return "" if pids else f"no {target} runs"

    def _kill_machine(self, cluster: SparkCluster, seconds: float) -> str:
        machine = cluster.machine(self._choice)
        if machine is None:
            return "no machine runs"
        number, pids = machine
        for pid in pids:
            faults.send_signal(pid, signal.SIGKILL)
        self._later(seconds, lambda: cluster.start_worker(number))
        return ""

    def _processes_of(self, target: str) -> list[int]:
        """Return the processes that a plan calls ``target``: one of several, or all of one machine."""
        if target == "machine" and self._cluster:
            machine = self._cluster.machine(self._choice)
            return machine[1] if machine else []
        pid = faults.find_process(self.supervisord, target, self._choice) if target != "executor" else None
        several = [pid] if pid else []
        if self._cluster and target in {"executor", "worker"}:
            several += self._cluster.executors() if target == "executor" else self._cluster.python_workers()
        return [self._choice.choice(several)] if len(several) > 1 else several

    def _kill(self, step: Step) -> str:
        return self.kill(step.target, step.seconds)

    def _freeze(self, step: Step) -> str:
        pids = self._processes_of(step.target)
        for pid in pids:
            faults.send_signal(pid, signal.SIGSTOP)
        self._later(step.seconds, lambda: [faults.send_signal(pid, signal.SIGCONT) for pid in pids])
        return "" if pids else f"no {step.target} runs"

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
            for proxy in self._proxies:
                proxy.reset_all()
            time.sleep(step.seconds / step.number)

    def _cut(self, step: Step) -> None:
        self._choice.choice(self._proxies).cut_after(step.number)

    def _tear(self, step: Step) -> None:
        with self._unattended("collector"):
            for source in self.sources:
                tear(self.data_dir / "spool" / source, step.number)

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
    def _unattended(self, target: str) -> Iterator[None]:
        """Kill the processes of a part, and stop supervisord from restarting them during the block."""
        faults.send_signal(self.supervisord, signal.SIGSTOP)
        try:
            pids = faults.find_parts(self.supervisord, target)
            for pid in pids:
                faults.send_signal(pid, signal.SIGKILL)
            wait_until(lambda: all(map(faults.is_dead, pids)), f"{target} is dead")
            yield
        finally:
            faults.send_signal(self.supervisord, signal.SIGCONT)

    def _later(self, seconds: float, do: Callable[[], object]) -> None:
        timer = threading.Timer(seconds, do)
        timer.start()
        self._timers.append(timer)


def tear(spool: Path, manner: int) -> None:
    """Append to the newest segment what a crash in the middle of a commit may leave."""
    for segment in sorted(spool.glob("*.ndjson"))[-1:]:
        _append(segment, _TORN_BYTES[manner])
        _append(segment.with_suffix(".commits"), _TORN_RECORDS[manner])


def _append(path: Path, rubbish: bytes) -> None:
    # On a full disk there is nothing to tear.
    with contextlib.suppress(OSError), path.open("ab", buffering=0) as file:
        file.write(rubbish)
