"""What the front door reads of the emulator's state: `/_slipway/<kind>/<name>`, where AWS's API would take many calls."""

import json
from urllib.parse import unquote

from .authorization import describe_role, machines_of_tokens


def describe_targets(region):
    """The target groups of a region, each with the targets that are registered in it."""
    from ministack.services import alb

    return [
        {**group, "Targets": alb._targets._data.get((account, arn), [])}
        for (account, where, arn), group in list(alb._tgs._data.items())
        if where == region
    ]


lookups = {"roles": describe_role, "tokens": machines_of_tokens.get, "targets": describe_targets}


def routes(app):
    """The app with these lookups before it."""

    async def answer(scope, receive, send):
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith("/_slipway/"):
            return await app(scope, receive, send)
        kind, _, name = path.removeprefix("/_slipway/").partition("/")
        document = lookups[kind](unquote(name))
        status = 404 if document is None else 200
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": json.dumps(document).encode()})

    return answer
