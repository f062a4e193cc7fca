"""IAM: what the emulator does within itself, in a role's name, is authorised by the front door first.

Upstream: only calls that come by HTTP are evaluated, and only under AUTH=true; a state machine, a rule or a schedule may do
anything. The front door reads roles here, since one API call for each part of a role would be ten for every call.
"""

import contextvars
import json
import logging

from .support import post, require

logger = logging.getLogger("slipway.authorization")

execution_of_thread = contextvars.ContextVar("execution that this thread works for", default=None)
# The state machine that a task token belongs to: answers are authorised by it.
machines_of_tokens = {}


def parsed(document):
    return json.loads(document) if isinstance(document, str) else document


def describe_role(name):
    """A role with all that decides what it may do; None where there is none."""
    from ministack.services import iam

    role = iam._roles.get(name)
    if role is None:
        return None

    def document_of(arn):
        policy = iam._lookup_policy(arn)
        return policy and parsed(policy["Versions"][policy["DefaultVersionId"]]["Document"])

    attached = {arn: document_of(arn) for arn in role["AttachedPolicies"]}
    inline = {policy: parsed(document) for policy, document in role["InlinePolicies"].items()}
    described = {
        "name": name,
        "arn": role["Arn"],
        "trust": parsed(role["AssumeRolePolicyDocument"]),
        "policies": {**inline, **{arn: document for arn, document in attached.items() if document}},
        "tags": {tag["Key"]: tag["Value"] for tag in role.get("Tags") or []},
    }
    boundary = role.get("PermissionsBoundary")
    if boundary:
        # A boundary that is gone allows nothing.
        nothing = {"Version": "2012-10-17", "Statement": []}
        described["boundary"] = {"arn": boundary, "document": document_of(boundary) or nothing}
    return described


def denial(principal, service, source_arn, role_arn, action, resource, context=None):
    """Why the role may not do this for the service, in AWS's words; None where it may."""
    from ministack.core.responses import get_region

    role = describe_role(role_arn.rsplit("/", 1)[-1])
    return post("/_slipway/iam/authorize", {
        "principal": principal, "service": f"{service}.amazonaws.com", "sourceArn": source_arn, "roleArn": role_arn,
        "role": role, "action": action, "resource": resource, "region": get_region(), "context": context or {},
    })["denial"]


def denied_by_policy(policy, service, source_arn, action, resource):
    """Whether a resource's own policy does not let a service do this, which acts by itself and not by a role."""
    from ministack.core.responses import get_region

    refused = post("/_slipway/iam/authorize", {
        "policy": parsed(policy or "{}"), "service": f"{service}.amazonaws.com", "sourceArn": source_arn,
        "action": action, "resource": resource, "region": get_region(),
    })["denial"]
    if refused is not None:
        logger.warning("%s: %s", source_arn, refused)
    return refused is not None


def deny_task(action, resource, error):
    """Fails the task of the execution that this thread works for, where its machine's role does not allow it."""
    from ministack.services import stepfunctions as sf

    machine_arn = sf._executions[execution_of_thread.get()]["stateMachineArn"]
    machine = sf._state_machines[machine_arn]
    reason = denial(f"states:{machine['name']}", "states", machine_arn, machine["roleArn"], action, resource)
    if reason is not None:
        raise sf._ExecutionError(error, f"{reason} (Status Code: 403; Error Code: AccessDeniedException)")


def authorize_tasks():
    """A state machine's role has to allow what its tasks do."""
    from ministack.services import lambda_svc, stepfunctions as sf

    run, call_lambda, start = sf._run_execution, sf._call_lambda, sf._nested_start_execution_request
    wait = sf._invoke_with_callback

    def run_execution(execution_arn):
        execution_of_thread.set(execution_arn)
        return run(execution_arn)

    def authorized_call(func_ref, event):
        _, config, _ = lambda_svc._get_func_record_for_ref(func_ref)
        if config:
            deny_task("lambda:InvokeFunction", config["FunctionArn"], "Lambda.AWSLambdaException")
        return call_lambda(func_ref, event)

    def authorized_start(input_data):
        request = start(input_data)
        deny_task("states:StartExecution", request["stateMachineArn"], "StepFunctions.AWSStepFunctionsException")
        return request

    def wait_by_token(resource, input_data, token, state_def):
        machines_of_tokens[token] = sf._executions[execution_of_thread.get()]["stateMachineArn"]
        try:
            return wait(resource, input_data, token, state_def)
        finally:
            machines_of_tokens.pop(token)

    sf._run_execution, sf._call_lambda, sf._nested_start_execution_request = run_execution, authorized_call, authorized_start
    sf._invoke_with_callback = wait_by_token


def policy_of(service, arn):
    """The policy of what a service calls: a function, a queue or a topic."""
    from ministack.services import lambda_svc, sns, sqs

    if service == "lambda":
        function, _, _ = lambda_svc._get_func_record_for_ref(arn)
        return function and function["policy"]
    return ((sns.topic_policy_for_arn if service == "sns" else sqs.queue_policy_for_arn)(arn) or ("",))[0]


def authorize_targets():
    """The role of a rule's or a schedule's target has to allow what the target is for; without a role, the target's policy."""
    from ministack.services import eventbridge

    actions = {
        "events": "events:PutEvents", "lambda": "lambda:InvokeFunction", "sns": "sns:Publish", "sqs": "sqs:SendMessage",
        "states": "states:StartExecution",
    }
    invoke = eventbridge._invoke_target

    def authorized(target, event, rule, *rest, **named):
        role, arn = target.get("RoleArn"), target["Arn"]
        action = actions.get(arn.split(":")[2])
        # Others, such as pipelines, the front door starts itself, by the role.
        if role and action:
            service = "scheduler" if event.get("Source") == "aws.scheduler" else "events"
            principal = f"{service}:{rule.get('Name')}"
            reason = denial(principal, service, rule.get("Arn"), role, action, arn)
            if reason is not None:
                logger.warning("%s: %s", principal, reason)
                return None
        if not role and arn.split(":")[2] in ("lambda", "sns", "sqs"):
            if denied_by_policy(policy_of(arn.split(":")[2], arn), "events", rule.get("Arn"), action, arn):
                return None
        return invoke(target, event, rule, *rest, **named)

    eventbridge._invoke_target = authorized


def authorize_alarms():
    """An alarm publishes to a topic whose policy lets CloudWatch."""
    from ministack.services import cloudwatch

    dispatch = cloudwatch._dispatch_alarm_actions

    def authorized(alarm, *rest):
        def may(topic):
            return not denied_by_policy(policy_of("sns", topic), "cloudwatch", alarm.get("AlarmArn"), "sns:Publish", topic)

        lists = ("AlarmActions", "OKActions", "InsufficientDataActions")
        kept = {name: [arn for arn in alarm.get(name) or [] if ":sns:" not in arn or may(arn)] for name in lists}
        return dispatch({**alarm, **kept}, *rest)

    cloudwatch._dispatch_alarm_actions = authorized


def authorize_apis():
    """An API invokes a function whose policy lets the route, as it is declared: with `{id}` in its path."""
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import apigateway, lambda_svc

    invoke = apigateway._invoke_lambda_proxy

    require(invoke.__code__.co_varnames[8] == "route_key", "apigateway._invoke_lambda_proxy")

    async def authorized(integration, api_id, stage, *rest, **named):
        account, region = named.get("owner_account_id") or get_account_id(), named.get("owner_region") or get_region()
        reference = apigateway._extract_lambda_ref_from_integration_uri(integration.get("integrationUri", ""))
        function, config, _ = lambda_svc._get_func_record_for_ref_in_scope(reference, account_id=account, region=region)
        route = rest[5].replace(" ", "")
        source = f"arn:aws:execute-api:{region}:{account}:{api_id}/{stage}/{route}"
        if function and denied_by_policy(function["policy"], "apigateway", source, "lambda:InvokeFunction", config["FunctionArn"]):
            return 500, {"Content-Type": "application/json"}, json.dumps({"message": "Internal Server Error"}).encode()
        return await invoke(integration, api_id, stage, *rest, **named)

    apigateway._invoke_lambda_proxy = authorized


def apply():
    authorize_tasks()
    authorize_targets()
    authorize_alarms()
    authorize_apis()
