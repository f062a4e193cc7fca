"""Corrections to ministack's internals, by service. Each says what is wrong upstream, so that it can be offered there."""

from importlib.metadata import version

from . import authorization, ecs, events, executions, iam, lambdas, responses, sns, states, tagging, task_start
from .support import require

EXPECTED_VERSION = "1.5.33"


def apply():
    require(version("ministack") == EXPECTED_VERSION, f"the version (wanted {EXPECTED_VERSION})")
    for service in (responses, lambdas, sns, events, executions, states, iam, ecs, task_start, tagging, authorization):
        service.apply()
