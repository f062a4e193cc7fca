"""Step Functions: starts, redrives and descriptions of executions."""

import contextvars
import copy
import json
import re
import threading

from .support import rewrite


def start_executions_idempotently():
    """Same name and input while it runs: the same execution; impossible names are refused.

    Upstream: always ExecutionAlreadyExists, and any name is taken.
    """
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


def redrive_executions():
    """RedriveExecution: what ended badly runs again from the state that did not succeed, with that state's input.

    Upstream: the operation is unknown. The redriven execution is a new record under the old ARN, so that a thread that still works on the old one ends with
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
        # Of the machine itself: what a Map or Parallel holds starts anew with it.
        top = json.loads(sf._state_machines[seen["stateMachineArn"]]["definition"])["States"]
        entered = [event for event in events if event.get("stateEnteredEventDetails", {}).get("name") in top]
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


def hide_output_of_failures():
    """A failed execution has no output.

    Upstream: DescribeExecution shows the last state's input as the output of a failed execution.
    """
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


def apply():
    start_executions_idempotently()
    redrive_executions()
    hide_output_of_failures()
