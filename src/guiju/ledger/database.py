"""The database behind a ledger: SQLite unless a URL names another; one writer at a time, and whole transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, create_engine, event, exc, inspect, text
from sqlalchemy.engine import URL, make_url

from guiju.records.errors import BadInput, first_line

LOCK = 0x6775696A75  # PostgreSQL's advisory lock of the one writer
WAIT_SECONDS = 30


class Tables(NamedTuple):
    """One room's tables in the database: Alembic's revisions of them, and by which of them they are known."""

    migrations: Path
    version_table: str
    first: str
    what: str


BOOKS = Tables(Path(__file__).parent / "migrations", "alembic_version", "entries", "ledger")


class Unavailable(BadInput):
    """The database did not answer; nothing was written. The same call with the same key is safe to repeat."""


def connect(where: str | Path, *, make: bool = True, of: Tables = BOOKS, beside: tuple[Tables, ...] = ()) -> Engine:
    """An engine for a URL, or for SQLite in a file; its tables are brought up to date, and made if `make`.

    `of` are the tables whose database it is, a ledger's unless another's; `beside` those of other rooms in it.
    Raises BadInput, Unavailable.
    """
    url = _url(where, of.what)
    sqlite = url.get_backend_name() == "sqlite"
    if sqlite and not make and not is_ledger(url.database or ""):
        raise BadInput(f"{url.database}: there is no {of.what}; name its file, or its database's URL")
    try:
        if sqlite:
            engine = create_engine(url, connect_args={"timeout": WAIT_SECONDS, "check_same_thread": False})
            _as_sqlite(engine)
        else:
            engine = create_engine(url)
            _as_postgresql(engine)
    except (ImportError, exc.NoSuchModuleError):
        raise BadInput(f"{url.drivername} is not installed: pip install 'guiju[postgres]'") from None
    with told(url):
        for tables in (of, *beside):
            migrate(engine, tables, make)
    return engine


def is_ledger(where: str | Path) -> bool:
    """Whether it is a database's URL, or a file of SQLite."""
    if "://" in str(where):
        return True
    try:
        with Path(where).open("rb") as file:
            return file.read(16) == b"SQLite format 3\0"
    except OSError:
        return False


def _url(where: str | Path, what: str) -> URL:
    written = str(where)
    if "://" not in written:
        path = Path(written)
        if path.is_dir() or not path.parent.is_dir():
            raise BadInput(f"{path}: name a file for the {what}, in a folder that is there, or a database's URL")
        return URL.create("sqlite", database=str(path))
    try:
        url = make_url(written)
    except exc.ArgumentError:
        raise BadInput(f"the {what}'s URL cannot be read: write postgresql://user@host/database") from None
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise BadInput(f"a {what} lives in SQLite or PostgreSQL, not in {url.get_backend_name()}")
    return url


def _as_sqlite(engine: Engine) -> None:
    """Transactions that take the one writer's place at once, and are on the disk before they are acknowledged."""

    @event.listens_for(engine, "connect")
    def begun(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _as_postgresql(engine: Engine) -> None:
    """Transactions begun by one message, in which the one writer also takes its place."""

    @event.listens_for(engine, "connect")
    def begun(connection: Any, _: Any) -> None:
        connection.autocommit = True  # so that the driver sends no BEGIN of its own first

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("writing"):
            place = f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'; SELECT pg_advisory_xact_lock({LOCK})"
            connection.exec_driver_sql(f"BEGIN; {place}")
        else:
            connection.exec_driver_sql("BEGIN ISOLATION LEVEL REPEATABLE READ" if options.get("reading") else "BEGIN")


def migrate(engine: Engine, tables: Tables, make: bool) -> None:
    """Alembic's revisions, one process at a time. BadInput: a newer version of Guiju, or another program, was here."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(tables.migrations).replace("%", "%%"))
    newest = ScriptDirectory.from_config(config).get_current_head()
    with engine.connect() as connection:
        if revision(connection, tables) == newest:
            return
    with writing(engine) as connection:
        known = revision(connection, tables)
        if known is None and inspect(connection).has_table(tables.first):
            raise BadInput(f"{shown(engine.url)} holds another program's table {tables.first}: name an empty database")
        if known is None and not make:
            raise BadInput(f"{shown(engine.url)}: there is no {tables.what}; name another database")
        config.attributes |= {"connection": connection, "version_table": tables.version_table}
        try:
            command.upgrade(config, "head")
        except CommandError:
            raise BadInput(f"{shown(engine.url)} was written by a newer version of Guiju: update Guiju") from None


def revision(connection: Connection, tables: Tables) -> str | None:
    """How far the tables of a room were brought; None: they are not there."""
    if not inspect(connection).has_table(tables.version_table):
        return None
    found = connection.execute(text(f"SELECT version_num FROM {tables.version_table}")).scalar()
    return None if found is None else str(found)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction of the one writer: whatever is read in it, nobody else changes."""
    with told(engine.url), _begun(engine, writing=True) as connection:
        yield connection
        connection.commit()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state of the ledger from begin to end."""
    with told(engine.url), _begun(engine, reading=True) as connection:
        yield connection


def _begun(engine: Engine, **options: bool) -> Connection:
    """A connection in a transaction, which ends when it is closed."""
    try:
        return _begun_once(engine, options)
    except exc.DBAPIError as error:
        if not error.connection_invalidated:
            raise
    return _begun_once(engine, options)  # the server had been away, and so were the pool's connections: this one is new


def _begun_once(engine: Engine, options: dict[str, bool]) -> Connection:
    connection = engine.connect().execution_options(**options)
    try:
        connection.begin()
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """Writes that do not wait for one another's answers; a fault of one is raised at the end of all."""
    if connection.dialect.name != "postgresql":
        yield
        return
    driver: Any = connection.connection.driver_connection
    faults: Any = connection.dialect.dbapi
    try:
        with driver.pipeline():
            yield
    except faults.Error as error:
        raise exc.DBAPIError.instance(None, None, error, faults.Error, dialect=connection.dialect) from error


@contextmanager
def told(url: URL) -> Iterator[None]:
    """What the database cannot do, in one sentence, without passwords."""
    try:
        yield
    except exc.IntegrityError:
        raise
    except (exc.OperationalError, exc.InterfaceError, exc.DatabaseError) as error:
        why = first_line(error.orig or error)
        raise Unavailable(
            f"{shown(url)}: {why}; nothing was written, and the same call may be made again",
            f"数据库 {shown(url)} 没有应答；什么也没有写入，可以再做一次",
        ) from error


def shown(url: URL) -> str:
    """A URL without its password."""
    return url.database or "memory" if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)
