"""EventBridge and Scheduler."""

import contextvars
import json
import threading

from .support import call_as, require


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


def start_pipelines():
    """A rule's target may be a pipeline: the front door, where CodePipeline is, starts it by the target's role.

    Upstream: there is no CodePipeline, and the event is dropped with a warning.
    """
    from ministack.services import eventbridge

    invoke = eventbridge._invoke_target

    def start(target, rule):
        _, _, _, region, account, name = target["Arn"].split(":", 5)
        detail = f"arn:aws:events:{region}:{account}:rule/{rule['Name']}"
        call_as(target["RoleArn"], region, "codepipeline", "CodePipeline_20150709.StartPipelineExecution",
                {"name": name, "trigger": {"triggerType": "CloudWatchEvent", "triggerDetail": detail}})

    def invoke_pipeline(target, event, rule, *rest, **named):
        if not target.get("Arn", "").startswith("arn:aws:codepipeline:"):
            return invoke(target, event, rule, *rest, **named)
        # Apart, since the front door waits for the answer to the event.
        threading.Thread(target=start, args=(target, rule), daemon=True).start()

    eventbridge._invoke_target = invoke_pipeline


def start_builds():
    """A rule's target may be a build project: the front door, where CodeBuild is, starts it by the target's role, with the
    parameters that the target's input names.

    Upstream: there are no builds, and the event is dropped with a warning.
    """
    from ministack.services import eventbridge

    invoke = eventbridge._invoke_target

    def start(target, parameters):
        _, _, _, region, _, name = target["Arn"].split(":", 5)
        call_as(target["RoleArn"], region, "codebuild", "CodeBuild_20161006.StartBuild",
                {**parameters, "projectName": name.removeprefix("project/")})

    def invoke_build(target, event, rule, view=None):
        if not target.get("Arn", "").startswith("arn:aws:codebuild:"):
            return invoke(target, event, rule, view)
        transformer = target.get("InputTransformer")
        seen = view or eventbridge._pattern_event_view(event)
        parameters = json.loads(eventbridge._apply_input_transformer(transformer, rule, seen)) if transformer else {}
        # Apart, since the front door waits for the answer to the event.
        threading.Thread(target=start, args=(target, parameters), daemon=True).start()

    eventbridge._invoke_target = invoke_build


def forward_between_regions():
    """A rule's target may be the bus of another region. The event keeps the region that it happened in.

    Upstream: the bus is not found.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-region.html
    """
    from ministack.core.responses import get_region, set_request_region
    from ministack.services import eventbridge

    require(eventbridge._dispatch_to_event_bus.__code__.co_varnames[:2] == ("spec", "event"), "eventbridge._dispatch_to_event_bus")
    dispatch = eventbridge._dispatch_to_event_bus

    def forward(spec, event):
        set_request_region(spec.region)
        eventbridge._dispatch_event({**event, "EventBusName": spec.resource.split("/", 1)[1]})

    def dispatch_anywhere(spec, event, *rest):
        if spec.region == get_region():
            return dispatch(spec, event, *rest)
        return contextvars.copy_context().run(forward, spec, event)

    eventbridge._dispatch_to_event_bus = dispatch_anywhere


def apply():
    forward_between_regions()
    allow_service_events()
    fill_in_schedules()
    start_pipelines()
    start_builds()
