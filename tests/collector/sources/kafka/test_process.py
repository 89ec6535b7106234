"""The collector's process on a topic of a real Kafka, killed again and again."""

import random
import threading
from pathlib import Path

from contract.kafka_log import KafkaTopic
from tests.collector.sources.collector_process import CollectorProcess
from tests.collector.sources.kafka.topic import line, make, write
from tests.kafka.server import KafkaServer, SecureKafkaServer
from tests.parallel import find_free_port

POSTS = 20_000
KILLS = 5


def url(topic: KafkaTopic) -> str:
    return f"kafka://{topic.brokers}/{topic.name}"


def test_each_message_counts_once_over_kills_of_collector_and_broker(
    tmp_path: Path, kafka_server: KafkaServer, kafka_topic: KafkaTopic
) -> None:
    make(kafka_topic, 3)
    moments = random.Random(4)

    def write_all() -> None:
        for first in range(0, POSTS, 500):
            write(kafka_topic, [line(n) for n in range(first, first + 500)], first // 500 % 3)

    writer = threading.Thread(target=write_all)
    writer.start()
    reached = 0
    for number in range(KILLS):
        collector = CollectorProcess(tmp_path / "var", "kafka", KAFKA_URL=url(kafka_topic))
        reached = min(reached + moments.randrange(1_000, POSTS // KILLS), POSTS)
        collector.wait_for_posts(reached)
        if number == KILLS - 1:
            writer.join()
            kafka_server.kill()
        collector.kill()
    with CollectorProcess(tmp_path / "var", "kafka", KAFKA_URL=url(kafka_topic)) as collector:
        collector.wait_until(lambda: f"Kafka at {kafka_topic.brokers}: " in collector.log)
        kafka_server.start()
        collector.wait_for_posts(POSTS)
        posts, commit = collector.end()
    assert sorted(int(post.id[1:]) for post in posts) == list(range(POSTS))
    assert (commit.counts.posts, commit.counts.dropped, commit.gaps) == (POSTS, {}, ())


def test_a_post_that_its_producer_sends_again_counts_once(tmp_path: Path, kafka_topic: KafkaTopic) -> None:
    make(kafka_topic, 1)
    write(kafka_topic, [line(1), line(2), line(1)])
    with CollectorProcess(tmp_path / "var", "kafka", KAFKA_URL=url(kafka_topic)) as collector:
        collector.wait_for_posts(2)
        collector.kill()
        write(kafka_topic, [line(2), line(3)])
    with CollectorProcess(tmp_path / "var", "kafka", KAFKA_URL=url(kafka_topic)) as collector:
        collector.wait_for_posts(3)
        posts, commit = collector.end()
    assert [post.id for post in posts] == ["p1", "p2", "p3"]
    assert commit.counts.dropped["duplicate"] >= 1


def test_a_wrong_password_is_one_line_and_the_right_one_helps(tmp_path: Path, secure_kafka: SecureKafkaServer) -> None:
    topic = secure_kafka.topic()
    make(topic, 1)
    write(topic, [line(1)])
    path = tmp_path / "kafka.properties"
    settings = {"KAFKA_URL": url(topic), "KAFKA_PROPERTIES": str(path)}
    path.write_text("\n".join(map("=".join, secure_kafka.properties(sasl_password="wrong").items())))
    with CollectorProcess(tmp_path / "var", "kafka", **settings) as collector:
        collector.wait_until(lambda: "SASL authentication error" in collector.log)
        assert sum("kafka" in warning for warning in collector.warnings) == 1
    path.write_text("\n".join(map("=".join, secure_kafka.properties().items())))
    with CollectorProcess(tmp_path / "var", "kafka", **settings) as collector:
        collector.wait_for_posts(1)
        assert len(collector.end()[0]) == 1
    assert "Sesame" not in collector.log


def test_a_password_without_tls_is_refused_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "kafka.properties"
    path.write_text("sasl.username=a\nsasl.password=sesame\n")
    settings = {"KAFKA_URL": f"kafka://127.0.0.1:{find_free_port()}/posts", "KAFKA_PROPERTIES": str(path)}
    collector = CollectorProcess(tmp_path / "var", "kafka", **settings)
    assert collector.process.wait(60) == 1
    assert collector.log.splitlines()[-1].startswith("collector: KAFKA_PROPERTIES=")
    assert "sesame" not in collector.log
