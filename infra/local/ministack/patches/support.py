"""What patches have in common."""

import inspect
import json
import os
import textwrap
import urllib.request
from importlib.metadata import version

FRONT_DOOR = os.environ["SLIPWAY_FRONT_DOOR"]


def require(condition, what):
    """Ends the start where ministack is not what a patch was written for."""
    if not condition:
        raise SystemExit(f"ministack {version('ministack')}: {what} is not as expected; review infra/local/ministack/patches")


def replaced(what, source, replacements):
    """A source with some of its text replaced, each of which has to be there exactly once."""
    for was, becomes in replacements.items():
        require(source.count(was) == 1, f"{what}: {was.strip()}")
        source = source.replace(was, becomes)
    return source


def rewrite(owner, name, replacements):
    """A function of a module, or a method of a class, with some of its text replaced."""
    function = getattr(owner, name)
    scope = {}
    exec(replaced(name, textwrap.dedent(inspect.getsource(function)), replacements), function.__globals__, scope)
    setattr(owner, name, scope[name])


def post(path, document):
    """Hands a document to the front door; returns its answer, where that has one."""
    request = urllib.request.Request(FRONT_DOOR + path, json.dumps(document).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=5) as reply:
        return json.loads(reply.read() or b"null")


def call_as(role_arn, region, service, operation, document):
    """A JSON call to the front door, which knows by the access key whose it is (front-door/routing.ts)."""
    role = role_arn.split("/")[-1]
    request = urllib.request.Request(FRONT_DOOR, json.dumps(document).encode(), {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": operation,
        "authorization": f"AWS4-HMAC-SHA256 Credential=role.{role}/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0",
    })
    with urllib.request.urlopen(request, timeout=5) as reply:
        reply.read()
