"""Lambda: names of errors and of callers, and where the code lies."""

import hashlib
import io
import os
import shutil
import tempfile
import threading
import time
import zipfile

from .support import replaced, require, rewrite


def report_lambda_error_names():
    """A thrown error's name arrives as errorType, and its environment stays warm.

    Upstream: `Runtime.HandlerError` is reported for everything, and the worker is thrown away. The worker script therefore
    reports a failed handler as a *settled* call that carries `failed`, which is turned into the error afterwards.
    """
    from ministack.core import lambda_runtime as runtime
    from ministack.services import lambda_svc as service

    runtime._NODEJS_WORKER_SCRIPT = replaced("the Node worker", runtime._NODEJS_WORKER_SCRIPT, {
        'status: "error", error: String(err.message || err), trace: err.stack || ""':
            'status: "ok", result: null, failed: { error: String((err && err.message) || err), '
            'trace: (err && err.stack) || "", errorType: (err && err.name) || "Error" }',
    })

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


def share_code():
    """A function's code is unpacked once, and stays compiled, for every worker of every local cloud.

    Upstream: each worker unpacks and compiles it anew: 0.2 s of a core, and a first run starts about fifty.
    """
    from ministack.core import lambda_runtime as runtime

    home = os.environ["SLIPWAY_LAMBDA_CODE"]
    week = 7 * 24 * 3600
    os.makedirs(home, exist_ok=True)
    for entry in os.scandir(home):
        if time.time() - entry.stat().st_mtime > week:
            shutil.rmtree(entry.path, ignore_errors=True)

    def unpacked(code_zip):
        directory = os.path.join(home, hashlib.sha256(code_zip).hexdigest())
        if not os.path.exists(directory):
            draft = tempfile.mkdtemp(dir=home)
            with zipfile.ZipFile(io.BytesIO(code_zip)) as file:
                file.extractall(os.path.join(draft, "code"))
            # The project's own package.json above it is not the function's.
            with open(os.path.join(draft, "package.json"), "w") as file:
                file.write("{}")
            try:
                os.rename(draft, directory)
            except OSError:
                # Another worker was faster.
                shutil.rmtree(draft)
        os.utime(directory)
        return os.path.join(directory, "code")

    runtime._slipway_unpacked = unpacked
    rewrite(runtime.Worker, "_spawn", {
        '    code_dir = os.path.join(self._tmpdir, "code")\n'
        '    os.makedirs(code_dir)\n'
        '    with open(os.path.join(self._tmpdir, "code.zip"), "wb") as f:\n'
        '        f.write(self.code_zip)\n'
        '    with zipfile.ZipFile(os.path.join(self._tmpdir, "code.zip")) as zf:\n'
        '        zf.extractall(code_dir)\n':
            '    code_dir = _slipway_unpacked(self.code_zip)\n',
    })
    runtime._NODEJS_WORKER_SCRIPT = replaced("the Node worker", runtime._NODEJS_WORKER_SCRIPT, {
        "mod = require(resolvedPath);":
            'Module.enableCompileCache(path.join(code_dir, "..", "compiled")); mod = require(resolvedPath); Module.flushCompileCache();',
    })


def wait_for_workers():
    """Where two workers of a function are busy, the next call waits a second for each of them before it starts a third.

    Upstream: nothing is wrong; AWS starts one at once, too. Here a start takes a second of one of the few cores that all
    share, so that calls in crowds come to their end sooner by waiting. Only where the clock runs so fast that the machine
    is what sets the pace.
    """
    from ministack.services import lambda_svc as service
    from ministack.core import lambda_runtime as runtime

    acquire = service.acquire_worker
    require(acquire is runtime.acquire_worker, "acquire_worker")
    if float(os.environ["SFN_WAIT_SCALE"]) >= 0.1:
        return

    def acquire_patiently(func_name, config, code_zip, qualifier="$LATEST", **others):
        workers = runtime._workers.get(runtime._worker_key(func_name, config, qualifier), [])
        since = time.monotonic()
        while (busy := sum(worker.in_use for worker in workers)) >= 2 and busy == len(workers):
            if time.monotonic() - since > busy:
                break
            time.sleep(0.05)
        return acquire(func_name, config, code_zip, qualifier=qualifier, **others)

    service.acquire_worker = acquire_patiently


def apply():
    report_lambda_error_names()
    name_lambda_principals()
    share_code()
    wait_for_workers()
