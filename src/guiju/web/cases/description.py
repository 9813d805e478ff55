"""The OpenAPI description, made from the routes themselves, with examples that a test sends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Litestar
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from guiju import __version__
from guiju.cases.attachments import ENDINGS
from guiju.web.cases.answering import DEPENDENCIES

DESCRIPTION = (
    "Cases: what was decided about somebody, told, appealed, answered by a person, and put right to the cent. "
    "Every write carries an Idempotency-Key and may be sent again. Whoever is affected opens their own case with the "
    "token of a signed link, and no other."
)
WORDS = {"zh": "三十日内用券十四次。", "en": "14 trips with vouchers in 30 days."}
MATTER = {
    "kind": "hold", "platform": "yexing", "party": "driver-17", "agency": "agency-3", "agency_speaks": True,
    "jurisdiction": "CN", "rule": "no_voucher_arbitrage", "trigger": "driving/voucher_arbitrage",
    "title": {"zh": "不得优惠券套利", "en": "No voucher arbitrage"}, "provisions": [], "decision": "trip-1",
    "subject": "trip-1", "occurred_at": 1765540800000000, "zone": "Asia/Shanghai", "says": WORDS,
    "facts": [{"name": "voucher_trips", "value": "14", "says": {"zh": "用券行程", "en": "trips with vouchers"}}],
    "innocent": [], "currency": "CNY", "amount": 10000, "text": "0123", "automated": True,
}  # fmt: skip
APPEAL = {"words": "这些券是保险公司的活动发的。 The insurer's campaign gave these vouchers."}
DSA = {"type": "object", "required": ["statement", "redress"]}  # the form `dsa`
EXAMPLES: dict[str, Any] = {
    "flag": {"matter": MATTER},
    "flag_decision": {"platform": "hehua"},
    "impose": {"why": "the delay is over, and nothing explains the flag otherwise"},
    "notice": {"channel": "letter"},
    "delivered": {"channel": "letter", "proof": "signed for, RR123456785CN"},
    "receipt": {"sender": "sms", "id": "m-1", "delivered": True},
    "deliver": {"proof": "told by telephone on 13 December at 10:20, olga"},
    "withdraw": {"why": "an insurer's campaign explains the flag"},
    "collect": {"why": "the claim was allowed"},
    "appeal": APPEAL,
    "appeal_jointly": {**APPEAL, "cases": ["440c9cb6450c1418"]},
    "retract": {"why": "the platform has explained it"},
    "say": {"words": "第三单是电话叫的车。 The third trip was ordered by telephone."},
    "mandate": {"to": "union", "why": "it speaks for me"},
    "reopen": {"words": "保险公司出具了证明。 The insurer has confirmed it in writing."},
    "group": {
        "id": "insurer-2020-12",
        "why": "most of these trips were paid by one campaign",
        "cause": {"zh": "保险公司的代驾券活动", "en": "An insurer's campaign of driving vouchers"},
    },
    "join": {"cases": ["440c9cb6450c1418"], "why": "paid by the campaign"},
    "decide_group": {"outcome": "overturned", "why": "the insurer gave the vouchers"},
    "leave": {"why": "I want my own case to be looked at"},
    "decide": {"outcome": "overturned", "why": "the vouchers came from the insurer's campaign"},
}  # by operation


def description(handlers: Sequence[Any]) -> bytes:
    """The document of `/openapi.json` for some routes."""
    config = OpenAPIConfig(
        title="Guiju cases", version=__version__, description=DESCRIPTION, use_handler_docstrings=True,
        operation_id_creator=lambda handler, method, path: handler.handler_name,
        components=Components(security_schemes={"key": SecurityScheme(type="http", scheme="bearer")}),
        security=[{"key": []}],
    )  # fmt: skip
    document = Litestar(handlers, dependencies=DEPENDENCIES, openapi_config=config).openapi_schema.to_schema()
    for methods in document["paths"].values():
        for operation in methods.values():
            _complete(operation)
    return msgspec.json.encode(document)


def _complete(operation: dict[str, Any]) -> None:
    """What the routes cannot say of themselves: examples, and a body that is a file."""
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == "case":
            parameter["example"] = "440c9cb6450c1418"
    if (body := operation.get("requestBody")) and (example := EXAMPLES.get(operation["operationId"])):
        body["content"]["application/json"]["example"] = example
    if operation["operationId"] == "statement":
        content = operation["responses"]["200"]["content"]
        content["application/json"]["schema"] = {"anyOf": [content["application/json"]["schema"], DSA]}
        content["text/html"] = {"schema": {"type": "string"}}
    if operation["operationId"] == "upload":
        file = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"required": True, "content": dict.fromkeys(ENDINGS, file)}
