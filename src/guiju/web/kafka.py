"""Events from a Kafka topic: read, decided, answered by a line, and only then marked as read.

A crash anywhere makes messages come again; an event that comes twice is decided once, so nothing is lost and nothing is
decided twice. A message that holds no event of the stream is answered with its problem, counted, and passed over.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from guiju.records.errors import BadInput
from guiju.web.consuming import AT_ONCE, Consumed, Item, answer
from guiju.web.deciding import Deciding

WAITS_SECONDS = 0.5  # for messages, before one looks whether to go on
OURS = {"enable.auto.commit": "false", "enable.auto.offset.store": "false", "auto.offset.reset": "earliest"}


class Topic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a YAML file says: the topic, and librdkafka's properties of a consumer.

    `bootstrap.servers` and `group.id` are needed. A value written `$NAME` is the environment's.
    """

    topic: str
    consumer: dict[str, str]


def read_topic(path: Path) -> Topic:
    """Read the file. Raises BadInput."""
    try:
        read = msgspec.yaml.decode(path.read_bytes(), type=Topic)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); name a YAML file with topic and consumer") from None
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise BadInput(f"{path.name}: {' '.join(str(error).split())}") from None
    for name in ("bootstrap.servers", "group.id"):
        if not read.consumer.get(name):
            raise BadInput(f"{path.name}: consumer has no {name}; write it")
    for name, value in OURS.items():
        if read.consumer.get(name, value) != value:
            raise BadInput(f"{path.name}: {name} is {value} here: a message is marked as read once it is decided on")
    return msgspec.structs.replace(read, consumer={n: _value(path.name, v) for n, v in read.consumer.items()})


def _value(file: str, written: str) -> str:
    if not written.startswith("$"):
        return written
    if not (found := os.environ.get(written[1:], "")):
        raise BadInput(f"{file}: the environment has no {written[1:]}; set it before this is started")
    return found


async def follow(
    deciding: Deciding, topic: Topic, write: Callable[[bytes], object], goes_on: Callable[[float], bool]
) -> Consumed:
    """Decide on a topic's messages. `goes_on` is asked between batches, told for how many seconds none has come.

    Raises BadInput where the topic cannot be read or no decision can be made: what was not marked as read comes again.
    """
    consumer, seen, loop = _consumer(topic), Consumed(), asyncio.get_running_loop()
    idle = 0.0
    try:
        consumer.subscribe([topic.topic])
        while goes_on(idle):
            messages = await loop.run_in_executor(None, consumer.consume, AT_ONCE, WAITS_SECONDS)
            items = [_item(message) for message in messages]
            idle = 0.0 if items else idle + WAITS_SECONDS
            if items:
                await answer(deciding, items, seen, write)
                await loop.run_in_executor(None, _mark, consumer, messages)
        return seen
    finally:
        await loop.run_in_executor(None, consumer.close)


def _consumer(topic: Topic) -> Any:
    try:
        from confluent_kafka import Consumer, KafkaException
    except ModuleNotFoundError:
        raise BadInput("reading Kafka needs confluent-kafka: install Guiju with its extra, guiju[kafka]") from None
    try:
        return Consumer({**topic.consumer, **OURS})
    except KafkaException as error:
        raise BadInput(f"the consumer's properties are not taken: {error.args[0].str()}") from None


def _item(message: Any) -> Item:
    """A message as an item to decide on. Raises BadInput: the broker answers with an error."""
    if (error := message.error()) is not None:
        raise BadInput(f"the topic cannot be read: {error.str()}; what was not answered comes again")
    partition, offset = message.partition(), message.offset()
    place = b'"partition":%d,"offset":%d' % (partition, offset)
    return Item(place, f"partition {partition}, offset {offset:,}", message.value() or b"")


def _mark(consumer: Any, messages: list[Any]) -> None:
    """Mark as read; whoever took a partition over meanwhile reads them again, and they are answered as before."""
    from confluent_kafka import KafkaException

    for message in messages:
        consumer.store_offsets(message)
    try:
        consumer.commit(asynchronous=False)
    except KafkaException as error:
        raise BadInput(f"messages could not be marked as read ({error.args[0].str()}); they come again") from None
