"""Lambda: names of errors, and of callers."""

import threading

from .support import require


def report_lambda_error_names():
    """A thrown error's name arrives as errorType, and its environment stays warm.

    Upstream: `Runtime.HandlerError` is reported for everything, and the worker is thrown away. The worker script therefore
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
    """A Lambda signs with an access key that names it and a session token that is its role, so that the front door knows who calls.

    Upstream: nothing is wrong; all Lambdas sign with the account's number.
    """
    from ministack.core import lambda_runtime as runtime

    credentials = runtime.execution_credentials
    require(set(credentials({"FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:f"}))
            == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}, "execution_credentials")

    def named(config):
        return {
            **credentials(config),
            "AWS_ACCESS_KEY_ID": f"lambda.{config.get('FunctionName', 'unknown')}",
            "AWS_SESSION_TOKEN": config.get("Role", ""),
        }

    runtime.execution_credentials = named


def apply():
    report_lambda_error_names()
    name_lambda_principals()
