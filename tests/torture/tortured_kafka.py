"""A Trendsite whose log is in Kafka, and the faults of that: brokers, a second collector, retention."""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.end_to_end.whole_trendsite import ROOT
from tests.parallel import find_free_port
from tests.torture import faults, replayed_network
from tests.torture.brokers import Brokers, wait_for
from tests.torture.commit_tail import CommitTail
from tests.torture.plan import Setup, Step
from tests.torture.tortured import Tortured

_ATTEMPTS = 60
_ATTEMPT_SECONDS = 0.07
_TAKEOVER_SECONDS = 40.0


class TorturedKafka(Tortured):
    """Tortured, with brokers of its own. Its collector's connections to them, too, go through proxies."""

    def __init__(self, recordings: Mapping[str, Path], speed: float, seed: int, setup: Setup) -> None:
        """Prepare the brokers of ``setup``; the rest is as in Tortured."""
        super().__init__(recordings, speed, seed, setup)
        self._brokers = Brokers(self.data_dir / "torture" / "kafka", setup.broker_count)
        self._proxies += self._brokers.proxies
        self._settings["LOG_URL"] = f"kafka://{self._brokers.topic.brokers}/{self._brokers.topic.name}"
        self._tail = CommitTail(self._brokers.inner)

    def start(self) -> None:
        """Start the brokers, wait for them, then start every part."""
        self._means.callback(self._brokers.stop)
        self._brokers.start()
        self._means.callback(self._tail.stop)
        self._tail.start()
        super().start()

    def _posts_of(self, source: str) -> int:
        """Return the posts in the topic."""
        return self._tail.posts(source)

    def kill(self, target: str, seconds: float = 1.0) -> str:
        """Kill as Tortured does, or a broker."""
        if target != "broker":
            return super().kill(target, seconds)
        broker = self._brokers.pick(self._choice)
        if broker is None:
            return "no broker runs"
        broker.kill()
        self._later(seconds, broker.start)
        return ""

    def _processes_of(self, target: str) -> list[int]:
        if target != "broker":
            return super()._processes_of(target)
        broker = self._brokers.pick(self._choice)
        return [broker.pid] if broker and broker.pid else []

    def _replace(self, step: Step) -> str:
        """Let a second collector take a stream over, as on another machine, and lose it again."""
        source = self._choice.choice(self.sources)
        first = self._collector_of(source)
        if step.number and first:
            faults.send_signal(first, signal.SIGSTOP)
        writer = self._tail.writer(source)
        with tempfile.TemporaryDirectory(prefix="torture-") as folder:
            second = self._start_collector(source, Path(folder))
            try:
                is_replaced = wait_for(lambda: self._tail.writer(source) != writer, _TAKEOVER_SECONDS)
                wait_for(lambda: second.poll() is not None, step.seconds)
            finally:
                second.kill()
                second.wait()
                if step.number and first:
                    faults.send_signal(first, signal.SIGCONT)
        return "" if is_replaced else f"the second collector committed nothing in {_TAKEOVER_SECONDS:.0f} s"

    def _collector_of(self, source: str) -> int | None:
        collectors = faults.find_parts(self.supervisord, "collector")
        named = [pid for pid in collectors if faults.has_argument(pid, source)] or collectors
        return named[0] if named else None

    def _start_collector(self, source: str, data_dir: Path) -> subprocess.Popen[bytes]:
        """Start a collector of a source with its own DATA_DIR and address."""
        addresses = ",".join(f"127.0.0.1:{find_free_port()}" for _ in self.sources)
        own = {"DATA_DIR": str(data_dir), "COLLECTOR_ADDRESS": addresses}
        env = {**self._settings, **own, "REDIS_URL": f"unix://{self.data_dir}/redis.sock"}
        module = replayed_network.__name__ if len(self.sources) > 1 else "collector"
        network = [source] if len(self.sources) > 1 else []
        with (self.data_dir / "log" / "second-collector.log").open("ab") as log:
            command = [sys.executable, "-m", module, *network]
            return subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)

    def _interrupt(self, step: Step) -> str:
        """Kill a broker while a collector's transaction is open. It is frozen while we look."""
        for _ in range(_ATTEMPTS):
            collectors = faults.find_parts(self.supervisord, "collector")
            for pid in collectors:
                faults.send_signal(pid, signal.SIGSTOP)
            try:
                if self._brokers.has_open_transaction():
                    return self.kill("broker", step.seconds)
            finally:
                for pid in collectors:
                    faults.send_signal(pid, signal.SIGCONT)
            wait_for(lambda: False, self._choice.random() * _ATTEMPT_SECONDS)
        return "no transaction was open"

    def _expire(self, step: Step) -> str:
        places = self._tail.deletable(step.number)
        return self._brokers.delete_before(places) if places else "no counted posts are old enough"
