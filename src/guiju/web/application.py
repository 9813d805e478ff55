"""Everything beside the decisions route: a decision read again, health, readiness, metrics, the description."""

from typing import Any

from litestar import Litestar, MediaType, Request, Response, get
from litestar.exceptions import HTTPException
from litestar.params import FromPath, FromQuery

from guiju.records.errors import BadInput
from guiju.web.deciding import Deciding, Unavailable
from guiju.web.description import description
from guiju.web.door import Door
from guiju.web.keys import Keys
from guiju.web.metrics import Metrics
from guiju.web.problems import PROBLEM, problem
from guiju.web.projection.asking import NotAsked, Queries
from guiju.web.rolling import Rolling
from guiju.web.rollout_routes import routes
from guiju.web.webhooks.outbox import Outbox


def application(
    deciding: Deciding,
    keys: Keys,
    four_eyes: bool = False,
    queries: Queries | None = None,
    outbox: Outbox | None = None,
) -> Door:
    """The whole service as one ASGI application.

    four_eyes: who proposes a version cannot promote it. queries, outbox: the projection of the journal and the outbox
    of webhooks, where there are any.
    """
    metrics = Metrics(deciding, queries, outbox)
    described = description(deciding, keys.open)

    def refusal(request: Request[Any, Any, Any]) -> Response[bytes] | None:
        authorization = request.headers.get("authorization")
        refused = door.refusal(authorization.encode() if authorization else None, "read")
        return _response(refused.status, refused.body) if refused else None

    @get("/v1/decisions", sync_to_thread=True)
    def decisions(request: Request[Any, Any, Any]) -> Response[bytes]:
        return refusal(request) or _page(queries, dict(request.query_params))

    @get("/v1/decisions/{id:str}", sync_to_thread=False)
    def decision(
        request: Request[Any, Any, Any], id: FromPath[str], platform: FromQuery[str | None] = None
    ) -> Response[bytes]:
        if refused := refusal(request):
            return refused
        return _decision(deciding, id, platform)

    @get("/health", sync_to_thread=False)
    def health() -> dict[str, str]:
        return {"status": "up"}

    @get("/ready", sync_to_thread=False)
    def ready() -> Response[bytes]:
        if deciding.unavailable:
            return _response(503, problem(503, deciding.unavailable))
        return _response(200, b'{"status":"ready"}')

    @get("/metrics", media_type=MediaType.TEXT, sync_to_thread=True)
    def numbers() -> bytes:
        return metrics.text()

    @get("/openapi.json", sync_to_thread=False)
    def openapi() -> Response[bytes]:
        return _response(200, described)

    inner = Litestar(
        [decisions, decision, health, ready, numbers, openapi, *routes(Rolling(deciding, four_eyes), lambda: door)],
        openapi_config=None, exception_handlers={HTTPException: _refused},
    )  # fmt: skip
    door = Door(deciding, keys, metrics, inner)
    return door


def _decision(deciding: Deciding, id: str, platform: str | None) -> Response[bytes]:
    try:
        found = deciding.decision(id, platform)
    except Unavailable as error:
        return _response(503, problem(503, str(error)))
    if not found:
        return _response(404, problem(404, f"no decision on {id!r} is kept here"))
    if len(found) > 1:
        return _response(409, problem(409, f"{len(found)} platforms use the id {id!r}; add ?platform="))
    return _response(200, found[0])


def _page(queries: Queries | None, parameters: dict[str, str]) -> Response[bytes]:
    if queries is None:
        return _response(404, problem(404, "this gate keeps no projection; begin it with --projection"))
    try:
        return _response(200, queries.page(parameters))
    except NotAsked as error:
        return _response(400, problem(400, str(error)))
    except BadInput as error:
        return _response(503, problem(503, str(error)))


def _refused(_: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    told = _response(error.status_code, problem(error.status_code, error.detail))
    told.headers.update(error.headers or {})
    return told


def _response(status: int, body: bytes) -> Response[bytes]:
    return Response(body, status_code=status, media_type="application/json" if status == 200 else PROBLEM)
