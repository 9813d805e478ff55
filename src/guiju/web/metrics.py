"""What Prometheus is told: counts and times, never whom they are about."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from guiju.records.errors import BadInput
from guiju.web.deciding import Deciding
from guiju.web.projection.asking import Queries
from guiju.web.webhooks.outbox import Outbox

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)


class Metrics:
    """Counts of one service."""

    def __init__(self, deciding: Deciding, queries: Queries | None = None, outbox: Outbox | None = None) -> None:
        self.deciding, self.queries, self.outbox = deciding, queries, outbox
        self.requests: dict[int, int] = {}
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "guiju_request_seconds", "From the request to its answer, POST /v1/decisions", buckets=SECONDS,
            registry=self.registry,
        )  # fmt: skip
        self.registry.register(self)

    def answered(self, status: int, seconds: float) -> None:
        self.requests[status] = self.requests.get(status, 0) + 1
        self._seconds.observe(seconds)

    def text(self) -> bytes:
        return bytes(generate_latest(self.registry))

    def collect(self) -> Iterator[Any]:
        """For prometheus_client: what is known at this moment."""
        deciding = self.deciding
        requests = CounterMetricFamily("guiju_requests", "Answers of POST /v1/decisions", labels=["status"])
        for status, count in sorted(self.requests.items()):
            requests.add_metric([str(status)], count)
        actions = CounterMetricFamily("guiju_decisions", "Durable decisions since the start", labels=["action"])
        for action, count in sorted(deciding.actions.items()):
            actions.add_metric([action], count)
        yield from self._rollout()
        yield requests
        yield actions
        yield CounterMetricFamily("guiju_repeated", "Events that were decided on before", value=deciding.repeated)
        yield GaugeMetricFamily("guiju_journal_entries", "The last entry of the journal", value=deciding.journal.last)
        yield GaugeMetricFamily("guiju_window_entries", "Entries that windows hold", value=deciding.engine.entries)
        yield GaugeMetricFamily("guiju_ready", "1 where decisions can be made", value=not deciding.unavailable)
        if self.queries is not None:
            yield from self._projection(self.queries)
        if self.outbox is not None:
            with suppress(sqlite3.Error):  # the sending says what is wrong with it
                yield from self._webhooks(self.outbox)

    @staticmethod
    def _webhooks(outbox: Outbox) -> Iterator[Any]:
        sent = CounterMetricFamily("guiju_webhooks_sent", "Messages that were taken", labels=["endpoint"])
        waiting = GaugeMetricFamily("guiju_webhooks_waiting", "Messages not taken yet", labels=["endpoint"])
        oldest = GaugeMetricFamily("guiju_webhooks_oldest_seconds", "How long the oldest waits", labels=["endpoint"])
        given_up = GaugeMetricFamily("guiju_webhooks_given_up", "Messages never taken", labels=["endpoint"])
        for name in outbox.names():
            counts = outbox.counts(name)
            sent.add_metric([name], counts.sent)
            waiting.add_metric([name], counts.waiting)
            oldest.add_metric([name], max(0.0, time.time() - counts.oldest) if counts.oldest is not None else 0.0)
            given_up.add_metric([name], counts.given_up)
        yield from (sent, waiting, oldest, given_up)

    def _projection(self, queries: Queries) -> Iterator[Any]:
        last, upto = self.deciding.journal.last, None
        with suppress(BadInput):  # its database is away
            upto = queries.upto()
        yield GaugeMetricFamily("guiju_projection_up", "1 where the projection answers", value=upto is not None)
        if upto is not None:
            lacking = max(0, last - upto)
            yield GaugeMetricFamily("guiju_projection_behind", "Entries that the projection lacks", value=lacking)

    def _rollout(self) -> Iterator[Any]:
        """Of the candidate, if there is one."""
        versions, warming = self.deciding.versions, self.deciding.warming
        if versions.rollout.candidate is None:
            return
        of = (warming or versions).differences
        yield GaugeMetricFamily("guiju_candidate_warm", "1 where it may be promoted", value=versions.beside is not None)
        yield GaugeMetricFamily("guiju_candidate_share", "Of the subjects", value=versions.rollout.share_pct / 100)
        yield GaugeMetricFamily("guiju_candidate_compared", "Events that both decided", value=of.compared)
        yield GaugeMetricFamily("guiju_candidate_differing", "Events that it decides otherwise", value=of.differing)
