"""Events from Kafka, against the cluster that librdkafka brings for tests: its protocol over loopback, no broker."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("litestar", reason="the service needs the extra [web]")
pytest.importorskip("confluent_kafka", reason="Kafka is read with the extra [kafka]")

from gate_service import SET, event
from guiju.gate import live, load
from guiju.records.errors import BadInput
from guiju.web.consuming import Consumed
from guiju.web.deciding import Deciding
from guiju.web.kafka import Topic, follow, read_topic


class Cluster:
    """A cluster with one broker that lasts as long as its producer."""

    def __init__(self) -> None:
        from confluent_kafka import Producer

        self.producer = Producer({"bootstrap.servers": "none:1", "test.mock.num.brokers": 1, "log_level": 2})
        brokers = self.producer.list_topics(timeout=120).brokers.values()
        self.servers = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)

    def send(self, topic: str, *texts: bytes) -> None:
        for text in texts:
            self.producer.produce(topic, key=b"one", value=text)
        assert self.producer.flush(120) == 0

    def topic(self, name: str) -> Topic:
        return Topic(name, {"bootstrap.servers": self.servers, "group.id": "guiju", "session.timeout.ms": "6000"})


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return Cluster()


def followed(journal: Path, topic: Topic, write: Any, messages: int) -> Consumed:
    """Read until so many were answered, and then until none has come for two seconds."""
    answered = 0

    def told(lines: bytes) -> None:
        nonlocal answered
        answered += len(lines.splitlines())
        write(lines)

    async def go() -> Consumed:
        deciding = Deciding(load(SET), journal, live)
        try:
            return await follow(deciding, topic, told, lambda idle: idle < (2 if answered >= messages else 180))
        finally:
            await deciding.close()

    return asyncio.run(go())


def test_messages_are_answered_once_each_and_marked_as_read_after_it(cluster: Cluster, tmp_path: Path) -> None:
    cluster.send("orders", *(json.dumps(event(n)).encode() for n in range(300)), b"no event")
    first = list[bytes]()

    def stops(lines: bytes) -> None:  # the line is out, and the process ends before the message is marked as read
        first.extend(lines.splitlines())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        followed(tmp_path / "j", cluster.topic("orders"), stops, 301)
    assert first
    told = list[bytes]()
    seen = followed(tmp_path / "j", cluster.topic("orders"), lambda lines: told.extend(lines.splitlines()), 301)
    assert (seen.lines, seen.decided, seen.refused) == (301, 300, 1)
    assert told[: len(first)] == first, "what comes again is answered as before"
    said = [json.loads(line) for line in told]
    assert [one["offset"] for one in said] == list(range(301))
    assert [one["status"] for one in said] == [200] * 300 + [400]
    cluster.send("orders", json.dumps(event(300)).encode())
    more = followed(tmp_path / "j", cluster.topic("orders"), lambda _: None, 1)
    assert (more.lines, more.decided) == (1, 1), "what was marked as read does not come again"


def test_it_runs_as_a_command(cluster: Cluster, tmp_path: Path) -> None:
    cluster.send("few", json.dumps(event(1)).encode())
    (tmp_path / "few.yaml").write_text(
        f'topic: few\nconsumer: {{bootstrap.servers: "{cluster.servers}", group.id: g}}\n', encoding="utf-8"
    )
    command = [sys.executable, "-m", "guiju", "gate", "consume", str(SET), "--journal", str(tmp_path / "j")]
    command += ["--kafka", str(tmp_path / "few.yaml")]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout is not None
    told = running.stdout.readline()
    running.terminate()
    said = running.communicate(timeout=300)[1]
    assert running.returncode == 0, said
    assert "1 message: 1 decided, 0 refused" in said
    assert json.loads(told)["decision"]["id"] == event(1)["id"]
    again = subprocess.run([*command, "--idle-s", "0.1"], capture_output=True, text=True, timeout=300)
    assert (again.returncode, "0 messages: 0 decided" in again.stderr) == (0, True), again.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("topic: [", "topic.yaml: "),
        ("topic: t\nconsumer: {group.id: g}", "consumer has no bootstrap.servers; write it"),
        ('topic: t\nconsumer: {bootstrap.servers: "b:1", group.id: $NOT_SET_HERE}', "has no NOT_SET_HERE"),
        (
            'topic: t\nconsumer: {bootstrap.servers: "b:1", group.id: g, enable.auto.commit: "true"}',
            "enable.auto.commit is false here",
        ),
    ],
)
def test_what_a_file_cannot_mean_is_said(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "topic.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=says):
        read_topic(tmp_path / "topic.yaml")


def test_properties_that_librdkafka_does_not_know_are_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="properties are not taken"):
        followed(tmp_path / "j", Topic("t", {"bootstrap.servers": "b:1", "group.id": "g", "no.such": "x"}), print, 1)
