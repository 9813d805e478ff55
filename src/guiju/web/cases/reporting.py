"""What the work comes to: what is open and late, how precise triggers are, and a random sample for people to label."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec
from litestar import Response, get
from litestar.exceptions import HTTPException
from litestar.params import QueryParameter

from guiju.cases.reports import Share, precision, service
from guiju.cases.sampling import draw
from guiju.web.cases.admission import READER, STAFF, may
from guiju.web.cases.answering import It, gives, problems
from guiju.web.cases.asked import SAID

Platform = Annotated[str | None, QueryParameter(min_length=1, max_length=200, pattern=SAID)]
Seed = Annotated[str, QueryParameter(min_length=1, max_length=200, description="the same seed draws the same events")]
Events = Annotated[int, QueryParameter(ge=0, le=10_000)]
Triggers = Annotated[list[str] | None, QueryParameter(name="trigger", max_items=100, description="else all that held")]


class ShareTold(msgspec.Struct, frozen=True):
    """So many of so many, with the 95 % interval of the share; null where there are none."""

    found: int
    of: int
    low: float | None
    high: float | None


class ServiceTold(msgspec.Struct, frozen=True, kw_only=True):
    """open: undecided; owed: appealed or reopened, unanswered; overdue: of those, past their deadline; late: answered
    after it. Hours are from the appeal to the first decision. overturned, partly: of the appeals decided.
    """

    open: int
    owed: int
    overdue: int
    answered: int
    late: int
    median_hours: float | None
    p90_hours: float | None
    most_hours: float | None
    lapsed: int
    withdrawn: int
    overturned: ShareTold
    partly: ShareTold


class PrecisionTold(msgspec.Struct, frozen=True, kw_only=True):
    """right: upheld, in whole or in part, of all decided or withdrawn."""

    trigger: str
    decided: int
    upheld: int
    partly: int
    overturned: int
    withdrawn: int
    lapsed: int
    right: ShareTold


@get("/v1/reports/service", opt=may(*STAFF, READER), responses=problems())
async def service_report(it: It, platform: Platform = None) -> ServiceTold:
    """What is open, owed, overdue and late, the hours to answer, and the share overturned, with its interval."""
    found = await it.read(lambda cases: service(cases, platform))
    return msgspec.convert(_fields(type(found).__struct_fields__, found), ServiceTold)


@get("/v1/reports/precision", opt=may(*STAFF, READER), responses=problems())
async def precision_report(it: It, platform: Platform = None) -> list[PrecisionTold]:
    """How often each trigger was right, of the cases that were decided or taken back, with its interval."""
    found = await it.read(lambda cases: precision(cases, platform))
    return [msgspec.convert(_fields(type(one).__struct_fields__, one), PrecisionTold) for one in found]


def _fields(names: Iterable[str], of: Any) -> dict[str, Any]:
    values = {name: getattr(of, name) for name in names}
    return {name: value._asdict() if isinstance(value, Share) else value for name, value in values.items()}


@get(
    "/v1/sample", opt=may(*STAFF),
    responses=problems(404, 422) | gives(bytes, "a sheet to label, and what was drawn", "application/zip"),
)  # fmt: skip
async def sample(
    it: It, seed: Seed, flags: Events = 100, others: Events = 100, triggers: Triggers = None
) -> Response[Any]:
    """A random sample of the gate's decisions, of each trigger some at which it held and some at which it did not.

    The sheet does not tell which is which; `guiju cases labels` reads it back when it is labelled.
    """
    gate = it.gate
    if gate is None:
        raise HTTPException(status_code=404, detail="this service has no gate beside it: see --gate-journal")

    def drawn(_: Any) -> bytes:
        with tempfile.TemporaryDirectory(prefix="guiju-sample-") as aside:
            out, archive = Path(aside) / "sample", BytesIO()
            draw(gate.folder, out, seed=seed, flags=flags, others=others, triggers=triggers or ())
            with ZipFile(archive, "w", ZIP_DEFLATED) as written:
                for path in sorted(out.iterdir()):
                    written.write(path, f"sample/{path.name}")
            return archive.getvalue()

    body: bytes = await it.read(drawn)
    headers = {"content-disposition": 'attachment; filename="sample.zip"'}
    return Response(body, media_type="application/zip", headers=headers)


ROUTES = [service_report, precision_report, sample]
