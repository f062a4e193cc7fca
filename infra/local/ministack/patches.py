"""Corrections to ministack's internals: what AWS does and the pinned version does not."""

import contextvars
import copy
import inspect
import json
import os
import re
import threading
import time
import urllib.request
from importlib.metadata import version

EXPECTED_VERSION = "1.5.33"
FRONT_DOOR = os.environ["SLIPWAY_FRONT_DOOR"]


def require(condition, what):
    if not condition:
        raise SystemExit(f"ministack {version('ministack')}: {what} is not as expected; review infra/local/ministack/patches.py")


def apply():
    require(version("ministack") == EXPECTED_VERSION, f"the version (wanted {EXPECTED_VERSION})")
    report_lambda_error_names()
    name_lambda_principals()
    deliver_mail()
    allow_service_events()
    start_executions_idempotently()
    redrive_executions()
    nest_executions()
    time_out_executions()
    hide_output_of_failures()
    evaluate_callback_timeouts()
    name_service_linked_roles()
    spread_tasks()
    register_own_ports()
    deregister_before_stopping()
    fill_in_schedules()


def report_lambda_error_names():
    """A thrown error's name arrives as errorType, and its environment stays warm, as on AWS.

    ministack reports `Runtime.HandlerError` for everything and throws the worker away. The worker script therefore
    reports a failed handler as a *settled* call that carries `failed`, which is turned into the error afterwards.
    """
    from ministack.core import lambda_runtime as runtime
    from ministack.services import lambda_svc as service

    settled = 'status: "error", error: String(err.message || err), trace: err.stack || ""'
    require(runtime._NODEJS_WORKER_SCRIPT.count(settled) == 1, "the Node worker's settle")
    runtime._NODEJS_WORKER_SCRIPT = runtime._NODEJS_WORKER_SCRIPT.replace(
        settled,
        'status: "ok", result: null, failed: { error: String((err && err.message) || err), '
        'trace: (err && err.stack) || "", errorType: (err && err.name) || "Error" }',
    )

    thread = threading.local()
    invoke = runtime.Worker.invoke
    warm = service._execute_function_warm

    def invoke_with_name(self, *args, **kwargs):
        reply = invoke(self, *args, **kwargs)
        if isinstance(reply, dict) and "failed" in reply:
            reply = {**reply, "status": "error", **reply.pop("failed")}
        elif isinstance(reply, dict) and reply.get("error") == "Worker process died":
            # A process that ends during a call: the runtime's own error on AWS.
            reply["errorType"] = "Runtime.ExitError"
            reply["error"] = "RequestId: unknown Error: Runtime exited with error: signal: killed"
        thread.reply = reply
        return reply

    def warm_with_name(func, event, request_id):
        thread.reply = None
        out = warm(func, event, request_id)
        reply = thread.reply
        if out.get("error") and isinstance(reply, dict) and reply.get("errorType") and isinstance(out.get("body"), dict):
            out["body"]["errorType"] = reply["errorType"]
            trace = [line.strip() for line in str(reply.get("trace", "")).splitlines()][:20]
            if trace:
                out["body"]["trace"] = trace
        return out

    runtime.Worker.invoke = invoke_with_name
    service._execute_function_warm = warm_with_name


def name_lambda_principals():
    """A Lambda signs with an access key that names it, so that the front door records who called."""
    from ministack.core import lambda_runtime as runtime

    credentials = runtime.execution_credentials
    require(set(credentials({"FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:f"}))
            == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}, "execution_credentials")

    def named(config):
        return {**credentials(config), "AWS_ACCESS_KEY_ID": f"lambda.{config.get('FunctionName', 'unknown')}"}

    runtime.execution_credentials = named


def deliver_mail():
    """Mail of SNS subscriptions goes to the front door, which keeps it (ministack only logs a line)."""
    from ministack.services import sns

    fanout = sns._fanout
    require(fanout.__code__.co_varnames[:8] == (
        "topic_arn", "msg_id", "message", "subject", "message_structure", "message_attributes",
        "message_group_id", "message_dedup_id"), "sns._fanout")

    def fanout_with_mail(topic_arn, msg_id, message, subject, message_structure="", message_attributes=None, **rest):
        fanout(topic_arn, msg_id, message, subject, message_structure, message_attributes, **rest)
        topic = sns._topic_by_arn_any_scope(topic_arn) or {"subscriptions": []}
        for subscription in topic["subscriptions"]:
            protocol = subscription.get("protocol")
            if protocol not in ("email", "email-json") or not subscription.get("confirmed"):
                continue
            text = sns._resolve_message_for_protocol(message, message_structure, protocol)
            if not sns._matches_filter_policy(subscription, message_attributes or {}, text):
                continue
            post("/_slipway/mail", {
                "region": topic_arn.split(":")[3], "topicArn": topic_arn, "to": subscription.get("endpoint"),
                "subject": subject, "message": text, "attributes": message_attributes or {},
            })

    sns._fanout = fanout_with_mail


def post(path, document):
    request = urllib.request.Request(FRONT_DOOR + path, json.dumps(document).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=5) as reply:
        reply.read()


def allow_service_events():
    """Events of AWS services (`aws.ecs`, `aws.codecommit`), which only the local cloud itself puts, are delivered."""
    from ministack.services import eventbridge

    require(eventbridge._put_events.__defaults__ == (False,), "eventbridge._put_events")
    eventbridge._put_events.__defaults__ = (True,)


def start_executions_idempotently():
    """Same name and input while it runs: the same execution, as on AWS; impossible names are refused."""
    from ministack.core.responses import error_response_json, get_account_id, get_region, json_response
    from ministack.services import stepfunctions as sf

    start = sf._start_execution
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html, "name"
    forbidden = re.compile(r'[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]')

    def start_execution(data):
        name = data.get("name")
        if name is not None and (not 0 < len(name) <= 80 or forbidden.search(name)):
            return error_response_json("InvalidName", f"Invalid Name: '{name}'", 400)
        machine = sf._resolve_state_machine_arn(data.get("stateMachineArn", "").split("#")[0])
        if name and machine in sf._state_machines:
            arn = f"arn:aws:states:{get_region()}:{get_account_id()}:execution:{sf._state_machines[machine]['name']}:{name}"
            known = sf._executions.get(arn)
            if known and known["status"] == "RUNNING" and known["input"] == data.get("input", "{}"):
                return json_response({"executionArn": arn, "startDate": known["startDate"]})
        return start(data)

    sf._start_execution = start_execution


def rewrite(module, name, replacements):
    """A function of a module with lines of its source replaced, each of which has to be there exactly once."""
    source = inspect.getsource(getattr(module, name))
    for was, becomes in replacements.items():
        require(source.count(was) == 1, f"{name}: {was.strip()}")
        source = source.replace(was, becomes)
    exec(source, module.__dict__)


def redrive_executions():
    """RedriveExecution: what ended badly runs again from the state that did not succeed, with that state's input.

    The redriven execution is a new record under the old ARN, so that a thread that still works on the old one ends with
    it. https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
    """
    from ministack.core.responses import error_response_json, json_response, now_iso
    from ministack.services import stepfunctions as sf

    ends = {"FAILED": "ExecutionFailed", "ABORTED": "ExecutionAborted", "TIMED_OUT": "ExecutionTimedOut"}
    rewrite(sf, "_run_execution", {
        '    current_name = definition.get("StartAt")\n':
            '    resume = execution.get("resumeAt")\n'
            '    current_name = resume["name"] if resume else definition.get("StartAt")\n',
        '            "StartTime": execution["startDate"],\n':
            '            "StartTime": execution["startDate"],\n'
            '            "RedriveCount": execution.get("redriveCount", 0),\n',
        '        "variables": {},\n    }\n':
            '        "variables": {},\n    }\n'
            '    if resume:\n'
            '        current_input = json.loads(resume["input"])\n',
    })
    # What has ended repeats no task.
    rewrite(sf, "_execute_task", {
        "            if retrier is not None:\n": '            if retrier is not None and execution["status"] == "RUNNING":\n',
    })
    describe, handle = sf._describe_execution, sf.handle_request

    def describe_execution(data):
        status, headers, body = describe(data)
        document = json.loads(body)
        if status == 200:
            seen = sf._executions[document["executionArn"]]
            redrivable = document["status"] in ends
            document |= {"redriveCount": seen.get("redriveCount", 0), "redriveStatus": "REDRIVABLE" if redrivable else "NOT_REDRIVABLE"}
            if "redriveDate" in seen:
                document["redriveDate"] = seen["redriveDate"]
            if not redrivable:
                document["redriveStatusReason"] = f"Execution is {document['status']} and cannot be redriven"
        return status, headers, json.dumps(document).encode()

    def redrive_execution(data):
        arn = data.get("executionArn")
        seen = sf._executions.get(arn)
        if seen is None:
            return error_response_json("ExecutionDoesNotExist", f"Execution {arn} not found", 400)
        if seen["status"] not in ends:
            return error_response_json("ExecutionNotRedrivable", f"Execution is {seen['status']} and cannot be redriven", 400)
        events = copy.deepcopy(seen["events"])
        # A task that was under way may have added its end later.
        while events[-1]["type"] != ends[seen["status"]]:
            events.pop()
        entered = [event for event in events if event["type"].endswith("StateEntered")]
        redriven = {
            **seen, "status": "RUNNING", "stopDate": None, "output": None, "error": None, "cause": None, "events": events,
            "redriveCount": seen.get("redriveCount", 0) + 1, "redriveDate": now_iso(),
            "resumeAt": entered[-1]["stateEnteredEventDetails"] if entered else None,
        }
        sf._add_event(redriven, "ExecutionRedriven", {"executionRedrivenEventDetails": {"redriveCount": redriven["redriveCount"]}})
        sf._executions[arn] = redriven
        sf._emit_execution_status_event(redriven)
        threading.Thread(target=contextvars.copy_context().run, args=(sf._run_execution, arn), daemon=True).start()
        return json_response({"redriveDate": redriven["redriveDate"]})

    async def handle_request(method, path, headers, body, query_params):
        if headers.get("x-amz-target", "").endswith(".RedriveExecution"):
            return sf._finalize_response(redrive_execution(json.loads(body)))
        return await handle(method, path, headers, body, query_params)

    sf._describe_execution = describe_execution
    sf.handle_request = handle_request


def nest_executions():
    """startExecution.sync: the child is an execution like any other, ends with its parent, and fails as on AWS.

    AWS reports a failed child as `States.TaskFailed` with the child's description as Cause, and stops the child of a
    parent that is stopped. https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
    """
    from ministack.services import stepfunctions as sf

    require(callable(getattr(sf, "_invoke_nested_start_execution_sync", None)), "the nested execution")
    running = contextvars.ContextVar("execution that this thread works for", default=None)
    run = sf._run_execution

    def run_execution(execution_arn):
        running.set(execution_arn)
        return run(execution_arn)

    def start_child(input_data):
        status, _, body = sf._start_execution(sf._nested_start_execution_request(input_data))
        reply = json.loads(body) if body else {}
        if status >= 400:
            error = reply.get("__type", "Runtime")
            raise sf._ExecutionError(f"StepFunctions.{error}Exception", reply.get("message", "the nested execution did not start"))
        return reply

    def nested(resource, input_data):
        reply = start_child(input_data)
        return {"ExecutionArn": reply["executionArn"], "StartDate": reply["startDate"]}

    def nested_sync(resource, input_data):
        arn = start_child(input_data)["executionArn"]
        # The record of this run: a parent that is redriven has another.
        parent = sf._executions.get(running.get())
        while (child := sf._executions[arn])["status"] == "RUNNING":
            if parent is not None and parent["status"] != "RUNNING":
                sf._stop_execution({"executionArn": arn, "error": "States.ParentStopped", "cause": "the parent execution ended"})
                break
            time.sleep(0.02)
        described = {
            "ExecutionArn": arn, "Input": child["input"], "InputDetails": {"Included": True}, "Name": child["name"],
            "StartDate": child["startDate"], "StateMachineArn": child["stateMachineArn"], "Status": child["status"],
            "StopDate": child["stopDate"],
        }
        if child["status"] != "SUCCEEDED":
            described |= {"Error": child.get("error"), "Cause": child.get("cause")}
            raise sf._ExecutionError("States.TaskFailed", json.dumps(described))
        output = child["output"] or "{}"
        return described | {
            "Output": json.loads(output) if resource.endswith(".sync:2") else output,
            "OutputDetails": {"Included": True},
        }

    sf._run_execution = run_execution
    sf._invoke_nested_start_execution = nested
    sf._invoke_nested_start_execution_sync = nested_sync


def time_out_executions():
    """A machine's own TimeoutSeconds, in real time: the execution ends as TIMED_OUT, which none of its states sees."""
    from ministack.core.responses import now_iso
    from ministack.services import stepfunctions as sf

    run = sf._run_execution

    def run_execution(execution_arn):
        execution = sf._executions[execution_arn]
        machine = sf._state_machines.get(execution["stateMachineArn"]) or {"definition": "{}"}
        seconds = json.loads(machine["definition"]).get("TimeoutSeconds")
        if seconds is None:
            return run(execution_arn)

        def end():
            if execution["status"] == "RUNNING":
                execution.update(status="TIMED_OUT", stopDate=now_iso())
                sf._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}})
                sf._emit_execution_status_event(execution)

        timer = threading.Timer(seconds, contextvars.copy_context().run, (end,))
        timer.daemon = True
        timer.start()
        try:
            return run(execution_arn)
        finally:
            timer.cancel()

    sf._run_execution = run_execution


def hide_output_of_failures():
    """A failed execution has no output on AWS."""
    from ministack.services import stepfunctions as sf

    describe = sf._describe_execution

    def describe_execution(data):
        status, headers, body = describe(data)
        document = json.loads(body)
        if status == 200 and document.get("status") not in ("SUCCEEDED", None):
            document.pop("output", None)
            document.pop("outputDetails", None)
        return status, headers, json.dumps(document).encode()

    sf._describe_execution = describe_execution


def evaluate_callback_timeouts():
    """TimeoutSeconds of a JSONata state may be an expression; ministack compares its text with a number."""
    from ministack.services import stepfunctions as sf

    thread = threading.local()
    arguments = sf._apply_jsonata_arguments
    callback = sf._invoke_with_callback

    def remember(state_def, raw_input, ctx=None):
        thread.seen = (raw_input, ctx)
        return arguments(state_def, raw_input, ctx)

    def invoke(resource, input_data, token, state_def):
        timeout = state_def.get("TimeoutSeconds")
        if isinstance(timeout, str):
            raw_input, ctx = thread.seen
            state_def = {**state_def, "TimeoutSeconds": sf._jsonata_state_field(state_def, "TimeoutSeconds", "number", raw_input, ctx)}
        return callback(resource, input_data, token, state_def)

    sf._apply_jsonata_arguments, sf._invoke_with_callback = remember, invoke


def name_service_linked_roles():
    """The names that AWS gives, and its refusal of a second one."""
    from ministack.services import iam

    names = {
        "ecs.amazonaws.com": "AWSServiceRoleForECS",
        "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
        "ecs.application-autoscaling.amazonaws.com": "AWSServiceRoleForApplicationAutoScaling_ECSService",
    }
    create = iam._create_service_linked_role

    def create_with_name(parameters):
        service = iam._p(parameters, "AWSServiceName")
        name = names.get(service)
        if name is None:
            return create(parameters)
        if name in iam._roles:
            return iam._error(400, "InvalidInput", f"Service role name {name} has been taken in this account, please try a different suffix.", ns="iam")
        given = f"AWSServiceRoleFor{service.split('.')[0].capitalize()}"
        status, headers, body = create(parameters)
        role = iam._roles.pop(given)
        role.update(RoleName=name, Arn=role["Arn"].replace(given, name))
        iam._roles[name] = role
        return status, headers, body.replace(given.encode(), name.encode())

    require(iam._IAM_HANDLERS.get("CreateServiceLinkedRole") is create, "IAM's table of actions")
    iam._IAM_HANDLERS["CreateServiceLinkedRole"] = create_with_name


def spread_tasks():
    """Tasks of a service are spread over the subnets, and with them over their zones, as Fargate does.

    ministack places every task in the first subnet and in zone a. Each task is therefore run by a call of its own, with
    the subnet first that has the fewest of the service's tasks.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement.html
    """
    from ministack.services import ec2, ecs

    run = ecs._run_task
    require(ecs._requested_subnet({"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["a", "b"]}}}) == "a", "ecs._requested_subnet")

    def occupied(data, subnet):
        return sum(
            task.get("_subnet") == subnet
            and task.get("group") == data.get("group")
            and task.get("_deployment_id") == data.get("_deploymentId")
            and task.get("lastStatus") in ecs._PRE_STOP_STATUSES
            for task in list(ecs._tasks.values())
        )

    def run_task(data):
        network = (data.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
        subnets = network.get("subnets") or []
        if not subnets:
            return run(data)
        started = {"tasks": [], "failures": []}
        for _ in range(data.get("count", 1)):
            ordered = sorted(subnets, key=lambda subnet: occupied(data, subnet))
            chosen = {**data, "count": 1, "networkConfiguration": {"awsvpcConfiguration": {**network, "subnets": ordered}}}
            status, headers, body = run(chosen)
            if status != 200:
                return status, headers, body
            reply = json.loads(body)
            zone = (ec2._subnets.get(ordered[0]) or {}).get("AvailabilityZone")
            for task in reply["tasks"]:
                task["availabilityZone"] = zone or task["availabilityZone"]
                ecs._tasks[task["taskArn"]]["availabilityZone"] = task["availabilityZone"]
            started["tasks"] += reply["tasks"]
            started["failures"] += reply["failures"]
        return status, headers, json.dumps(started).encode()

    ecs._run_task = run_task


def register_own_ports():
    """A task is registered under the port of its own task definition, while its service moves on to another.

    ministack registers all tasks of a service under the port that the service has now.
    """
    from ministack.services import ecs

    def port_of(task, balancer):
        definition = ecs._task_defs.get(ecs._resolve_td_key(task["taskDefinitionArn"])) or {}
        ports = [
            mapping.get("containerPort")
            for container in definition.get("containerDefinitions") or []
            if container.get("name") == balancer.get("containerName")
            for mapping in container.get("portMappings") or []
        ]
        wanted = balancer.get("containerPort", 80)
        return wanted if wanted in ports or not ports else ports[0]

    ecs._slipway_port_of = port_of
    rewrite(ecs, "_sync_service_targets", {"targets.append((ip, port))": "targets.append((ip, _slipway_port_of(task, lb)))"})


def deregister_before_stopping():
    """A service's task runs on until the load balancer has left it; ministack stops both at once.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
    """
    from ministack.services import ecs

    # The front door looks registrations up every 0.4 s (elb/health.ts).
    delay_seconds = 1
    cleanup = ecs._cleanup_task_resources

    def clean_up(task, *rest):
        if not str(task.get("group")).startswith("service:"):
            return cleanup(task, *rest)
        context = contextvars.copy_context()
        timer = threading.Timer(delay_seconds, context.run, (cleanup, task, *rest))
        timer.daemon = True
        timer.start()

    ecs._cleanup_task_resources = clean_up


def fill_in_schedules():
    """Scheduler fills its context attributes into a target's input; ministack sends it as it stands.

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
