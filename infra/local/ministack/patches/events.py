"""EventBridge and Scheduler."""

from .support import require


def allow_service_events():
    """Events of AWS services (`aws.ecs`, `aws.codecommit`), which only the local cloud itself puts, are delivered.

    Upstream: nothing is wrong; on AWS, PutEvents refuses these sources to callers, and so does ministack.
    """
    from ministack.services import eventbridge

    require(eventbridge._put_events.__defaults__ == (False,), "eventbridge._put_events")
    eventbridge._put_events.__defaults__ = (True,)


def fill_in_schedules():
    """Scheduler fills its context attributes into a target's input.

    Upstream: the input is sent as it stands.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    from ministack.services import eventbridge

    invoke = eventbridge._invoke_target
    require(invoke.__code__.co_varnames[:2] == ("target", "event"), "eventbridge._invoke_target")

    def invoke_filled_in(target, event, *rest, **named):
        text = target.get("Input")
        if event.get("Source") == "aws.scheduler" and text:
            target = {**target, "Input": text.replace("<aws.scheduler.execution-id>", event["EventId"])}
        return invoke(target, event, *rest, **named)

    eventbridge._invoke_target = invoke_filled_in


def apply():
    allow_service_events()
    fill_in_schedules()
