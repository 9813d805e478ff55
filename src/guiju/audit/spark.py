"""The engine Spark: records staged by DuckDB, read as Parquet; what is kept is Parquet, too.

Spark runs inside this process, on all its cores, unless its own environment (`OWN`) says where; a session that
Python has already begun is used and left as it is. Elsewhere than here, the folder of runs must be one that every
worker sees.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, Any

import duckdb

from guiju.audit.engine import MEMORY, Engine
from guiju.records.errors import BadInput
from guiju.records.quarantine import literal, quoted

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

OWN = ("PYSPARK_SUBMIT_ARGS", "SPARK_HOME", "SPARK_CONF_DIR")  # who sets one of these has a Spark of his own
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "false",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.ansi.enabled": "true",  # what overflows is an error and not a null
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.caseSensitive": "true",
    "spark.sql.broadcastTimeout": "3600",
}
KEPT = "kept"
FETCHED_ROWS = 1_000_000  # at a time
QUICK = {  # for tables of a few rows: what makes large ones fast takes longer than they do
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.leafNodeDefaultParallelism": "1",
    "spark.master": "local[1]",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=240m",
}


class Spark(Engine):
    """One Spark session; records come through a DuckDB connection of their own."""

    def __init__(self, work: Path, memory: str = MEMORY, quick: bool = False) -> None:
        super().__init__()
        self.work = work.resolve() / "spark"
        self.work.mkdir(parents=True)
        self._views: list[str] = []  # of what is kept
        with _stoppable():
            session, self._is_ours = _session(self.work, QUICK if quick else {})
        self.session = session.newSession()  # settings and views of one's own
        for name, value in SETTINGS.items():
            self.session.conf.set(name, value)
        from guiju.audit.spark_sql import SparkSQL

        self.backend = SparkSQL().connect(self.session)
        self.version = f"spark {self.session.version}"
        spill = str(work / "spill")
        self.connection = duckdb.connect(
            config={"memory_limit": memory, "threads": os.cpu_count() or 1, "temp_directory": spill}
        )

    def take(self, tables: Mapping[str, int]) -> None:
        for name in tables:
            path = self.work / f"{name}.parquet"
            self.connection.execute(f"COPY (FROM {quoted(name)}) TO {literal(str(path))} (FORMAT parquet)")
            self._read(path, name)

    def table(self, name: str) -> ibis.Table:
        return self.backend.table(name)

    def _compute(self, expression: ibis.Table, name: str) -> ibis.Table:
        # Parquet, and not Spark's cache: what is computed twice need not be the same twice.
        frame, path = self._frame(expression), self.work / name.partition("_")[0] / name
        frame.write.parquet(path.as_uri())
        return self._read(path, name, frame.schema)

    def _frame(self, expression: ibis.Table) -> Any:
        return self.session.sql(self.backend.compile(expression))

    def _read(self, path: Path, name: str, schema: Any = None) -> ibis.Table:
        reader = self.session.read if schema is None else self.session.read.schema(schema)
        reader.parquet(path.as_uri()).createOrReplaceTempView(name)
        if path.parent.name == KEPT:
            self._views.append(name)
        return self.backend.table(name)

    def put(self, rows: pa.Table) -> ibis.Table:
        import pyarrow.parquet as pq

        name = next(self._names)
        path = self.work / KEPT / f"{name}.parquet"
        path.parent.mkdir(exist_ok=True)
        pq.write_table(rows, path)
        return self._read(path, name)

    def fetch(self, expression: ibis.Table) -> pa.Table:
        import pyarrow as pa

        # Not by Spark's own way to Arrow, which cannot be stopped midway and sends all through one socket.
        return pa.Table.from_batches(self.batches(expression, FETCHED_ROWS), expression.schema().to_pyarrow())

    def batches(self, expression: ibis.Table, rows: int) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        folder = self.work / KEPT / next(self._names)
        self._frame(expression).write.parquet(folder.as_uri())
        schema = expression.schema().to_pyarrow()
        for part in sorted(folder.glob("part-*")):  # the parts of a sorted whole are named in its order
            for batch in pq.ParquetFile(part).iter_batches(rows):
                yield from pa.Table.from_batches([batch]).cast(schema).to_batches()
        shutil.rmtree(folder)

    def drop_kept(self) -> None:
        self._kept.clear()
        for name in self._views:
            self.session.catalog.dropTempView(name)
        self._views.clear()
        shutil.rmtree(self.work / KEPT, ignore_errors=True)

    def interrupt(self) -> None:
        self.connection.interrupt()
        with _given_up():
            self.session.sparkContext.cancelAllJobs()

    def close(self) -> None:
        self.connection.close()
        if self._is_ours:
            with _given_up():
                self.session.stop()


def needs() -> None:
    """BadInput: Spark cannot be begun here, and how it could."""
    if find_spec("pyspark") is None:
        raise BadInput("the engine spark needs PySpark: pip install 'guiju[spark]'")
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=f"{home}/bin" if home else None) is None:
        where = f"and JAVA_HOME is {home}, where there is none" if home else "and there is none on the PATH"
        raise BadInput(f"the engine spark needs Java 17 or 21, {where}: apt-get install openjdk-17-jre-headless")


def _session(work: Path, more: dict[str, str]) -> tuple[Any, bool]:
    """A session, and whether it was begun here."""
    needs()
    from pyspark.errors import PySparkRuntimeError
    from pyspark.sql import SparkSession

    if (active := SparkSession.getActiveSession()) is not None:
        return active, False
    builder = SparkSession.builder.appName("guiju")
    if not any(os.environ.get(name) for name in OWN):
        builder = builder.config(map=_here(work) | more)
    said = work / "said"
    try:
        with _overheard(said):
            return builder.getOrCreate(), True
    except PySparkRuntimeError:
        lines = said.read_text(encoding="utf-8", errors="replace").split("\n")
        why = next((line for line in lines if "rror" in line or "xception" in line), "it does not say why")
        raise BadInput(f"Spark did not start ({why.strip()}): it needs Java 17 or 21") from None


@contextmanager
def _stoppable() -> Iterator[None]:
    """Whoever stops Spark's start has it end first; later the process is stopped as ever.

    Spark puts a handler of Ctrl-C of its own in place, which calls Java in the midst of another call and confuses both.
    What the way to Java says of a call that was given up is left out.
    """
    logging.getLogger("py4j").setLevel(logging.CRITICAL)
    logging.getLogger().addFilter(_is_no_stop)
    if current_thread() is not main_thread():
        yield
        return
    handled = signal.getsignal(signal.SIGINT)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handled)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _given_up() -> Iterator[None]:
    """Java that no longer answers, after a call was broken off, has nothing to stop; it ends with this process."""
    from py4j.protocol import Py4JError

    with suppress(Py4JError, OSError):
        yield


def _is_no_stop(record: logging.LogRecord) -> bool:
    return record.msg != "KeyboardInterrupt while sending command."


@contextmanager
def _overheard(path: Path) -> Iterator[None]:
    """What Spark's Java says on the way, from now on, goes to a file and not into the user's terminal."""
    kept = os.dup(2)
    with path.open("wb") as file:
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _here(work: Path) -> dict[str, Any]:
    """Spark within this process."""
    cores = os.cpu_count() or 1
    return {
        "spark.master": f"local[{cores}]",
        "spark.driver.memory": "2g",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": str(work / "spill"),
        "spark.sql.warehouse.dir": (work / "warehouse").as_uri(),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.shuffle.partitions": cores,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
