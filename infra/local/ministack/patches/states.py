"""Step Functions: what states do while an execution runs."""

import contextvars
import copy
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from .authorization import execution_of_thread
from .support import require, rewrite


def fail_callbacks_at_once():
    """A task that waits for a callback fails when its Lambda can't be invoked or throws.

    Upstream: the error is dropped, and the task waits for an answer to a question that nobody was asked.
    """
    from ministack.services import stepfunctions as sf

    rewrite(sf, "_invoke_with_callback", {
        "        try:\n            _call_lambda(func_ref, lambda_payload)\n        except _ExecutionError:\n            pass\n":
            "        try:\n            _call_lambda(func_ref, lambda_payload)\n        except _ExecutionError:\n"
            "            _task_tokens.pop(token, None)\n            raise\n",
    })


def nest_executions():
    """startExecution.sync: the child is an execution like any other, ends with its parent, and fails as on AWS.

    Upstream: the child's own error is what the parent sees, and the child of a parent that is stopped runs on. AWS reports a failed child as `States.TaskFailed` with the child's description as Cause, and stops the child of a
    parent that is stopped. https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
    """
    from ministack.services import stepfunctions as sf

    require(callable(getattr(sf, "_invoke_nested_start_execution_sync", None)), "the nested execution")
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
        parent = sf._executions.get(execution_of_thread.get())
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

    sf._invoke_nested_start_execution = nested
    sf._invoke_nested_start_execution_sync = nested_sync


def time_out_executions():
    """A machine's own TimeoutSeconds, in real time: the execution ends as TIMED_OUT, which none of its states sees.

    Upstream: it is ignored.
    """
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


def evaluate_callback_timeouts():
    """TimeoutSeconds of a JSONata state may be an expression.

    Upstream: the expression's text is compared with a number, a TypeError.
    """
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


def run_branches():
    """Branches of a Parallel state in JSONata: each has its own context, its states are in the history, and none outlives
    its execution.

    Upstream: Output is ignored, branches write into one context, and one that loops goes on when its execution has ended.
    """
    from ministack.services import stepfunctions as sf

    rewrite(sf, "_run_sub_machine", {
        "    while current_name:\n": '    while current_name and execution["status"] == "RUNNING":\n',
        '        if state_type == "Succeed":\n':
            '        _add_event(execution, f"{state_type}StateEntered", {\n'
            '            "stateEnteredEventDetails": {"name": current_name, "input": json.dumps(current_input)},\n'
            '        })\n'
            '        if state_type == "Succeed":\n',
    })

    def run_parallel_branches(state_def, raw_input, execution, ctx):
        def run(branch):
            return sf._run_sub_machine(branch["States"], branch["StartAt"], raw_input, execution, copy.deepcopy(ctx))

        branches = state_def["Branches"]
        with ThreadPoolExecutor(max_workers=len(branches)) as pool:
            ends = [pool.submit(contextvars.copy_context().run, run, branch) for branch in branches]
        results = [end.result() for end in ends]
        output = sf._apply_jsonata_output(state_def, raw_input, ctx, result=results, default=results)
        return output, sf._next_or_end(state_def)

    sf._run_parallel_branches = run_parallel_branches


def limit_documents():
    """What a state hands on is at most 256 KiB; more ends the execution.

    Upstream: any size is handed on. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
    """
    from ministack.services import stepfunctions as sf

    most_bytes = 262_144
    add = sf._add_event

    def add_event(execution, event_type, details=None):
        exited = (details or {}).get("stateExitedEventDetails")
        if exited and len(exited["output"].encode()) > most_bytes:
            message = f"The state/task '{exited['name']}' returned a result with a size exceeding the maximum number of bytes service limit."
            raise sf._ExecutionError("States.DataLimitExceeded", message)
        return add(execution, event_type, details)

    sf._add_event = add_event


def apply():
    fail_callbacks_at_once()
    nest_executions()
    time_out_executions()
    evaluate_callback_timeouts()
    run_branches()
    limit_documents()
