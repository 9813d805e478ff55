"""A ledger's life on SQLite and PostgreSQL: money held and given back, guards that nobody passes, what is refused."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import create_engine, exc, text

from guiju.ledger import OUTSIDE, Account, Conflict, Ledger, Refused, Transfer, verify
from guiju.ledger.books import Of
from guiju.ledger.database import Unavailable
from guiju.ledger.ledger import Standing
from guiju.ledger.verify import Anchor, anchor
from guiju.ledger.writing import Writing
from guiju.records.errors import BadInput
from shell import Shell

BANK, DRIVER, INCOME = Account("bank", OUTSIDE), Account("driver"), Account("platform", "income")
HELD = Account("driver", "held")
CASE = Of("case-1", "driver", "CNY")
NIGHT = datetime(2020, 12, 12, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = NIGHT

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(books_at: str, clock: Clock) -> Iterator[Ledger]:
    """A driver who earned 500.00 and withdrew 300.00, of whose orders 250.00 came into dispute."""
    made = Ledger(books_at, clock)
    with made.writing() as books:
        books.post("fares", [Transfer(BANK, DRIVER, 500_00, "CNY", "fares of November")])
        books.post("withdrawal", [Transfer(DRIVER, BANK, 300_00, "CNY", "withdrawn by the driver")])
        books.put_in_dispute("dispute", CASE, 250_00, "fourteen orders paid by voucher")
    yield made
    assert not verify(made).faults
    made.close()


def hold(books: Writing, amount: int = 250_00, key: str = "hold") -> int:
    held = books.set_aside(key, CASE, amount, NIGHT + WEEK, "vouchers in dispute")
    assert held.hold
    return held.hold.sequence


def standing(ledger: Ledger, party: str = "driver") -> tuple[int, int, int]:
    [has] = ledger.standing(party)
    return has.available, has.held, has.claimed


# What a driver sees


def test_only_what_is_there_is_held_and_the_rest_is_a_claim(ledger: Ledger) -> None:
    with ledger.writing() as books:
        hold(books)
    assert standing(ledger) == (0, 200_00, 50_00)

    def collecting() -> None:
        with ledger.writing() as books:
            books.post("fares 2", [Transfer(BANK, DRIVER, 80_00, "CNY", "fares of December")])
            books.collect("collect", 5, INCOME, 50_00, "claim")

    with pytest.raises(Refused, match="not decided: nothing is collected before a decision"):
        collecting()
    assert standing(ledger) == (0, 200_00, 50_00), "one transaction, whole or not at all"


def test_what_is_not_in_dispute_stays_withdrawable(ledger: Ledger) -> None:
    with ledger.writing() as books:
        hold(books, 120_00)
        books.post("w", [Transfer(DRIVER, BANK, 80_00, "CNY", "withdrawn by the driver")])
    assert standing(ledger) == (0, 120_00, 0)
    with (
        pytest.raises(Refused, match=r"driver/wallet has 0 CNY: 1 would take it below zero"),
        ledger.writing() as books,
    ):
        books.post("w2", [Transfer(DRIVER, BANK, 1, "CNY", "one fen more")])


def test_an_overturned_hold_comes_back_to_the_cent(ledger: Ledger) -> None:
    with ledger.writing() as books:
        held = hold(books)
    with ledger.writing() as books:
        books.release("release", held, "overturned on appeal", decision="decision-7", by="reviewer-2")
    assert standing(ledger) == (200_00, 0, 50_00)


def test_a_part_is_captured_by_decision_and_the_rest_given_back(ledger: Ledger) -> None:
    with ledger.writing() as books:
        held = hold(books)
    with pytest.raises(Refused, match="names no decision"), ledger.writing() as books:
        books.capture("c", held, INCOME, " ", "vouchers were arbitraged", 70_00)
    with ledger.writing() as books:
        taken = books.capture("c", held, INCOME, "decision-7", "vouchers were arbitraged", 70_00)
        books.release("r", held, "partly upheld", decision="decision-7")
    assert standing(ledger) == (130_00, 0, 50_00)
    with ledger.writing() as books:
        books.reverse("back", taken.sequence, "the court saw it otherwise")
    assert standing(ledger) == (200_00, 0, 50_00)
    with pytest.raises(Refused, match="is reversed already"), ledger.writing() as books:
        books.reverse("back 2", taken.sequence, "once more")


def test_a_claim_is_collected_after_a_decision_and_never_below_zero(ledger: Ledger) -> None:
    with ledger.writing() as books:
        held = books.set_aside("hold", CASE, 250_00, NIGHT + WEEK, "vouchers in dispute")
        assert held.hold
        assert held.claim
        books.release("r", held.hold.sequence, "overturned")
        books.allow("allow", held.claim.sequence, 30_00, "decision-8", "three orders were not driven")
        books.post("w", [Transfer(DRIVER, BANK, 190_00, "CNY", "withdrawn by the driver")])
    claim = held.claim.sequence
    for amount, why in ((30_00, "below zero"), (31_00, r"3,000 may still be collected, not 3,100")):
        with pytest.raises(Refused, match=why), ledger.writing() as books:
            books.collect("c", claim, INCOME, amount, "claim")
    with ledger.writing() as books:
        books.collect("c", claim, INCOME, 10_00, "claim")
    assert standing(ledger) == (0, 0, 20_00)
    with pytest.raises(Refused, match="is decided already"), ledger.writing() as books:
        books.allow("again", claim, 50_00, "decision-9", "more")


def test_a_hold_lapses_by_itself_though_nobody_was_at_work(ledger: Ledger, clock: Clock, books_at: str) -> None:
    with ledger.writing() as books:
        held = hold(books)
    ledger.close()
    clock.now += WEEK - timedelta(microseconds=1)
    assert standing(ledger) == (0, 200_00, 50_00)
    clock.now += timedelta(microseconds=1)
    later = Ledger(books_at, clock)
    assert standing(later) == (200_00, 0, 50_00), "seen at once"
    with pytest.raises(Refused, match="lapsed"), later.writing() as books:
        books.capture("late", held, INCOME, "decision-7", "too late")
    with later.writing() as books:
        books.post("w", [Transfer(DRIVER, BANK, 200_00, "CNY", "withdrawn by the driver")])
    kinds = [line.entry.kind for line in later.statement("driver", "CNY")]
    assert kinds[-2:] == ["lapse", "post"]
    with later.writing() as books:
        assert books.lapse_due() == 0
    later.close()


def test_a_clock_set_back_does_not_undo_what_was(ledger: Ledger, clock: Clock) -> None:
    clock.now -= timedelta(days=400)
    with ledger.writing() as books:
        [entry] = books.post("later", [Transfer(BANK, DRIVER, 1_00, "CNY", "fare")])
    assert entry.recorded_at == int(NIGHT.timestamp() * 1_000_000)


# Guards


def test_nothing_is_held_beyond_the_sum_in_dispute(ledger: Ledger) -> None:
    with ledger.writing() as books:
        hold(books, 150_00)
    for amount in (100_01, 250_00):
        with pytest.raises(Refused, match="above the sum in dispute"), ledger.writing() as books:
            hold(books, amount, "more")
    with pytest.raises(Refused, match="is less than the 15,000 already held"), ledger.writing() as books:
        books.put_in_dispute("smaller", CASE, 149_99, "one order less")
    with pytest.raises(Refused, match="0 CNY is in dispute with driver"), ledger.writing() as books:
        books.set_aside("h", Of("another", "driver", "CNY"), 1, NIGHT + WEEK, "no dispute here")
    with ledger.writing() as books:
        hold(books, 100_00, "the rest")


REFUSED = {
    "held money by a post": (lambda b: b.post("k", [Transfer(HELD, BANK, 1, "CNY", "r")]), "never by a post"),
    "to itself": (lambda b: b.post("k", [Transfer(DRIVER, DRIVER, 1, "CNY", "r")]), "to itself"),
    "nothing": (lambda b: b.post("k", [Transfer(BANK, DRIVER, 0, "CNY", "r")]), "from 1 to"),
    "less than nothing": (lambda b: b.post("k", [Transfer(BANK, DRIVER, -5, "CNY", "r")]), "from 1 to"),
    "too much": (lambda b: b.post("k", [Transfer(BANK, DRIVER, 2**60, "CNY", "r")]), "from 1 to"),
    "no reason": (lambda b: b.post("k", [Transfer(BANK, DRIVER, 1, "CNY", " ")]), "has no reason"),
    "no transfers": (lambda b: b.post("k", []), "is none"),
    "no key": (lambda b: b.post(" ", [Transfer(BANK, DRIVER, 1, "CNY", "r")]), "no key"),
    "another currency": (lambda b: b.post("k", [Transfer(DRIVER, BANK, 1, "USD", "r")]), "has 0 USD"),
    "no such hold": (lambda b: b.release("k", 99, "r"), "no hold 99"),
    "no such claim": (lambda b: b.collect("k", 99, INCOME, 1, "r"), "no claim 99"),
    "a word reversed": (lambda b: b.reverse("k", 3, "r"), "entry 3 is a dispute"),
    "over already": (lambda b: b.set_aside("k", CASE, 1, NIGHT, "r"), "a moment to come"),
}  # fmt: skip


@pytest.mark.parametrize("call", REFUSED)
def test_what_is_refused_changes_nothing(ledger: Ledger, call: str) -> None:
    made, why = REFUSED[call]
    before = anchor(ledger)
    with pytest.raises(Refused, match=why), ledger.writing() as books:
        made(books)  # type: ignore[no-untyped-call]
    assert anchor(ledger) == before


def test_who_catches_a_refusal_cannot_keep_the_half_of_it(ledger: Ledger) -> None:
    before = anchor(ledger)
    two = [Transfer(BANK, DRIVER, 5, "CNY", "r"), Transfer(INCOME, DRIVER, 5, "CNY", "r")]

    def catching() -> None:
        with ledger.writing() as books, suppress(Refused):
            books.post("two", two)

    with pytest.raises(Refused, match="nothing of it is kept"):
        catching()
    assert anchor(ledger) == before


def test_a_call_made_twice_is_one(ledger: Ledger) -> None:
    def all_of_it() -> list[object]:
        with ledger.writing() as books:
            held = books.set_aside("hold", CASE, 250_00, NIGHT + WEEK, "vouchers in dispute")
            assert held.hold
            assert held.claim
            return [
                held, books.release("r", held.hold.sequence, "overturned", 150_00),
                books.capture("c", held.hold.sequence, INCOME, "d", "upheld"),
                books.allow("a", held.claim.sequence, 20_00, "d", "upheld"),
                books.collect("t", held.claim.sequence, INCOME, 20_00, "claim"), books.reverse("v", 1 + 1, "sent back"),
            ]  # fmt: skip

    first = all_of_it()
    head = anchor(ledger)
    assert all_of_it() == first
    assert anchor(ledger) == head
    with pytest.raises(Conflict, match="used for another call"), ledger.writing() as books:
        books.release("r", 4, "overturned", 149_99)


# What the database refuses, and what is found afterwards


@pytest.mark.parametrize("table", ["entries", "calls"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET key = 'x'", "DELETE FROM {}", "REPLACE", "TRUNCATE {} CASCADE"])
def test_the_database_refuses_to_alter_what_was_written(ledger: Ledger, table: str, statement: str) -> None:
    sqlite = ledger.engine.dialect.name == "sqlite"
    if statement == "REPLACE":
        statement = "REPLACE INTO {0} SELECT * FROM {0} LIMIT 1" if sqlite else "UPDATE {} SET key = key"
    if "TRUNCATE" in statement and sqlite:
        statement = "DELETE FROM {} WHERE 1"
    with pytest.raises(exc.DBAPIError, match="never altered"), ledger.engine.begin() as connection:
        connection.execute(text(statement.format(table)))


def test_the_database_keeps_balances_above_zero_whoever_writes(ledger: Ledger) -> None:
    with pytest.raises(exc.IntegrityError), ledger.engine.begin() as connection:
        connection.execute(text("UPDATE accounts SET balance = -1 WHERE party = 'driver'"))


TAMPERED = {
    "an amount": ("UPDATE entries SET amount = 1 WHERE sequence = 2", "entry 2 is not what its chain says"),
    "an entry gone": ("DELETE FROM entries WHERE sequence = 2", "entries 2 to 2 are missing"),
    "the last one gone": ("DELETE FROM entries WHERE sequence = 3", "entries after it are gone"),
    "a reason": ("UPDATE entries SET reason = 'x' WHERE sequence = 1", "entry 1 is not what its chain says"),
    "a balance": ("UPDATE accounts SET balance = 777 WHERE party = 'driver'", "account driver/wallet/CNY says"),
    "a dispute": ("UPDATE disputes SET amount = 99999", "dispute case-1/driver/CNY says"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_whoever_gets_past_the_database_is_found(books_at: str, clock: Clock, what: str) -> None:
    made = Ledger(books_at, clock)
    with made.writing() as books:
        books.post("fares", [Transfer(BANK, DRIVER, 500_00, "CNY", "fares of November")])
        books.post("withdrawal", [Transfer(DRIVER, BANK, 300_00, "CNY", "withdrawn by the driver")])
        books.put_in_dispute("dispute", CASE, 250_00, "fourteen orders paid by voucher")
    kept, (statement, said) = anchor(made), TAMPERED[what]
    assert not verify(made, [kept, Anchor(0, "")]).faults
    with made.engine.begin() as connection:
        if made.engine.dialect.name == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                connection.execute(text(f"DROP TRIGGER entries_{verb}"))
        else:
            connection.execute(text("ALTER TABLE entries DISABLE TRIGGER ALL"))
        connection.execute(text(statement))
    faults = verify(made, [kept]).faults
    assert any(said in fault for fault in faults), faults
    made.close()


def test_databases_that_are_no_ledger(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    engine = create_engine(f"sqlite:///{other}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE entries (id int)"))
    cases = {
        str(other): "another program's table",
        "mysql://localhost/x": "SQLite or PostgreSQL, not in mysql",
        "postgresql:/x://": "cannot be read|not installed",
        str(tmp_path): "name a file",
        str(tmp_path / "no" / "x.db"): "in a folder that is there",
    }
    for where, why in cases.items():
        with pytest.raises(BadInput, match=why):
            Ledger(where)
    newer = Ledger(tmp_path / "newer.db")
    with newer.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BadInput, match="newer version of Guiju"):
        Ledger(tmp_path / "newer.db")


def test_a_database_that_goes_away_and_comes_back(postgres: object, clock: Clock) -> None:
    from databases import Server

    assert isinstance(postgres, Server)
    made = Ledger(postgres.database(), clock)
    transfer = [Transfer(BANK, DRIVER, 100, "CNY", "fare")]
    with made.writing() as books:
        books.post("one", transfer)

    def cut_off() -> None:
        with made.writing() as books:
            books.post("two", transfer)
            postgres.stop()

    with pytest.raises(Unavailable, match="nothing was written") as told:
        cut_off()
    assert "guiju@" in str(told.value)
    postgres.start()
    with made.writing() as books:
        books.post("two", transfer)
    assert standing(made) == (200, 0, 0)
    postgres.stop()
    postgres.start()
    assert standing(made) == (200, 0, 0)  # nobody notices that it was away between two transactions
    postgres.stop()
    postgres.start()
    with made.writing() as books:
        books.post("three", transfer)
    assert standing(made) == (300, 0, 0)
    assert not verify(made).faults
    made.close()


def test_what_the_server_refuses_is_told_and_nothing_of_it_kept(postgres: object, clock: Clock) -> None:
    from databases import Server

    assert isinstance(postgres, Server)
    made = Ledger(postgres.database(), clock)
    full = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no space left'; END $$"
    with made.engine.begin() as connection:
        connection.execute(text(full))
        connection.execute(text("CREATE TRIGGER f BEFORE INSERT ON accounts EXECUTE FUNCTION full_disk()"))

    def paid() -> None:
        with made.writing() as books:
            books.post("one", [Transfer(BANK, DRIVER, 100, "CNY", "fare")])

    with pytest.raises(Unavailable, match="no space left; nothing was written"):
        paid()
    assert not list(made.entries())
    with made.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER f ON accounts"))
    paid()
    assert standing(made) == (100, 0, 0)
    made.close()


# The command line, and what is written out


def test_statements_exports_and_heads(ledger: Ledger, books_at: str, shell: Shell) -> None:
    with ledger.writing() as books:
        books.post("odd", [Transfer(BANK, Account("李师傅"), 7, "JPY", '=HYPERLINK("x") "quoted" \\')])
        hold(books)
    said = shell.done("ledger", "statement", books_at, "driver")
    assert said.startswith("CNY  200.00 available, 0.00 held, 50.00 claimed"), "by the clock of today it has lapsed"
    assert "held       200.00  vouchers in dispute" in said
    assert "7 available" in shell.done("ledger", "statement", books_at, "李师傅")
    assert "knows no party" in shell.refused("ledger", "statement", books_at, "nobody")
    head = shell.folder / "head.json"
    head.write_text(shell.done("ledger", "head", books_at))
    assert json.loads(head.read_text())["sequence"] == 6
    assert f"{books_at}: true" in shell.done("verify", books_at, "--anchor", head)
    assert "no run folder" in shell.refused("verify", books_at, "--records", shell.records)
    out = shell.folder
    assert "6 rows" in shell.done("ledger", "export", books_at, out / "e.csv", "--as", "csv")
    with (out / "e.csv").open(encoding="utf-8-sig", newline="") as file:
        read = list(csv.DictReader(file))
    assert [r["amount"] for r in read] == ["500.00", "300.00", "250.00", "7", "200.00", "50.00"]
    assert read[3]["reason"].startswith("'=")
    assert "6 rows" in shell.done("ledger", "export", books_at, out / "e.xlsx", "--as", "xlsx")
    sheet = openpyxl.load_workbook(out / "e.xlsx").active
    assert sheet["E2"].value == 500
    assert "1 line" in shell.done("ledger", "statement", books_at, "李师傅", "--csv", out / "s.csv")
    assert "1 hold lapsed" in shell.done("ledger", "lapse", books_at)
    assert "0 holds lapsed" in shell.done("ledger", "lapse", books_at)


def test_bean_check_accepts_it(ledger: Ledger, tmp_path: Path) -> None:
    loader = pytest.importorskip("beancount.loader", reason="beancount is not installed")
    from guiju.ledger.export import write_beancount

    with ledger.writing() as books:
        held = hold(books)
        books.capture("c", held, INCOME, "decision-7", 'a "quoted" reason\nof two lines', 70_00)
        books.release("r", held, "partly upheld")
        books.post("odd", [Transfer(BANK, Account("李师傅"), 7, "JPY", "运费")])
        books.post("case", [Transfer(BANK, Account("Driver"), 1, "CNY", "another party, told by a capital letter")])
    assert write_beancount(ledger, tmp_path / "books.beancount") == 7
    entries, errors, _ = loader.load_file(str(tmp_path / "books.beancount"))
    assert not errors
    realization = pytest.importorskip("beancount.core.realization")
    balances = {
        account: str(node.balance.get_currency_units("CNY").number)
        for account, node in _leaves(realization, realization.realize(entries))
    }
    assert balances["Liabilities:Wallet:Driver"] == "-130.00"
    assert balances["Assets:Outside:Bank"] == "200.01"
    assert balances["Liabilities:Income:Platform"] == "-70.00"


def _leaves(realization: object, top: object) -> Iterator[tuple[str, object]]:
    for node in realization.iter_children(top, leaf_only=True):  # type: ignore[attr-defined]
        yield node.account, node


def test_standing_counts_each_currency(ledger: Ledger) -> None:
    with ledger.writing() as books:
        books.post("usd", [Transfer(BANK, DRIVER, 5, "USD", "fare")])
    assert ledger.standing("driver") == [Standing("CNY", 200_00, 0, 0), Standing("USD", 5, 0, 0)]
    assert ledger.standing("nobody") == []
