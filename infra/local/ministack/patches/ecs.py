"""ECS: where tasks run and how they serve."""

import contextvars
import json
import logging
import re
import threading
import time

from .authorization import denial
from .support import post, require, rewrite

logger = logging.getLogger("slipway.ecs")


def spread_tasks():
    """Tasks of a service are spread over the subnets, and with them over their zones, as Fargate does.

    Upstream: every task is placed in the first subnet and in zone a. Each task is therefore run by a call of its own, with
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

    Upstream: registers all tasks of a service under the port that the service has now.
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


def _healthy_in(service):
    """Of each target group of a service: the addresses of its healthy targets."""
    groups = [balancer["targetGroupArn"] for balancer in service.get("loadBalancers") or [] if balancer.get("targetGroupArn")]
    return [set(post(f"/_slipway/healthy-targets?targetGroupArn={group}", {})) for group in groups]


def _wait_until(holds, what):
    """Asks again where the front door is too busy to answer."""
    while True:
        try:
            if holds():
                return
        except OSError as error:
            logger.warning("%s: %s", what, error)
        time.sleep(0.2)


def complete_by_target_health():
    """A rollout is complete, and the tasks before it are stopped, once the load balancer calls its own tasks healthy.

    Upstream: once they have run for a second, whatever their load balancer says; a service's first deployment at once.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
    """
    from ministack.services import ecs

    def is_served(svc_key, deployment_id):
        service = ecs._services.get(svc_key) or {}
        deployment = ecs._primary_deployment(service) or {}
        if service.get("status") != "ACTIVE" or deployment.get("id") != deployment_id or deployment["rolloutState"] != "IN_PROGRESS":
            return True
        addresses = {
            ecs._task_ip(task)
            for task in list(ecs._tasks.values())
            if task.get("_deployment_id") == deployment_id and task["lastStatus"] == "RUNNING"
        }
        return all(addresses <= healthy for healthy in _healthy_in(service))

    def wait(svc_key, deployment_id):
        _wait_until(lambda: is_served(svc_key, deployment_id), svc_key)

    rewrite(ecs, "_make_deployment", {
        '"COMPLETED" if status == "PRIMARY" else "IN_PROGRESS"': '"IN_PROGRESS"',
        '"ECS deployment completed." if status == "PRIMARY" else ""': 'f"ECS deployment {dep_id} in progress."',
    })
    ecs._slipway_await_health = wait
    rewrite(ecs, "_schedule_service_deployment_completion", {
        "                # A predecessor's callback cannot certify a replacement deployment.\n":
            "                _slipway_await_health(svc_key, deployment_id)\n",
    })


def keep_what_serves():
    """Where tasks have to make room for a deployment's, those go first that the load balancer does not call healthy.

    Upstream: the oldest go first. A deployment that takes the place of one under way then stops the tasks that serve.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html (minimumHealthyPercent)
    """
    from ministack.services import ecs

    def unserved_first(service, tasks):
        try:
            healthy = _healthy_in(service)
        except OSError as error:
            logger.warning("%s: %s", service.get("serviceName"), error)
            return tasks
        return sorted(tasks, key=lambda entry: any(ecs._task_ip(entry[1]) in addresses for addresses in healthy))

    ecs._slipway_unserved_first = unserved_first
    rewrite(ecs, "_reconcile_service_tasks", {
        "stale_tasks[:to_stop]": "_slipway_unserved_first(svc, stale_tasks)[:to_stop]",
    })


def watch_tasks_calmly():
    """A task that ended by itself is noticed within a second.

    Upstream: within a tenth. Eight tasks that do nothing then take a quarter of a core.
    """
    from ministack.services import ecs

    rewrite(ecs, "_watch_task_lifecycle", {"time.sleep(0.1)": "time.sleep(1)"})


def deregister_before_stopping():
    """A service's task runs on until the load balancer has left it.

    Upstream: the task is stopped and deregistered at once.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
    """
    from ministack.services import ecs

    cleanup = ecs._cleanup_task_resources

    def clean_up(task, *rest):
        group = str(task.get("group"))
        if not group.startswith("service:"):
            return cleanup(task, *rest)
        cluster = ecs._cluster_name_from_arn(task["clusterArn"])
        service = ecs._services.get(f"{cluster}/{group.removeprefix('service:')}") or {}
        address = ecs._task_ip(task)

        def run():
            _wait_until(lambda: not any(address in healthy for healthy in _healthy_in(service)), task["taskArn"])
            # Requests that are under way end first, within the deregistration delay: in real time, as the machine's work is.
            limit = time.monotonic() + 30
            _wait_until(lambda: address not in post("/_slipway/busy-targets", {}) or time.monotonic() > limit, task["taskArn"])
            cleanup(task, *rest)

        threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()

    ecs._cleanup_task_resources = clean_up


def authorize_start():
    """A task starts only if its execution role lets ECS read the secrets, pull the image and open the log stream.

    Upstream: the role is not looked at.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html, and its pages on
    ResourceInitializationError and CannotPullContainerError
    """
    from ministack.services import ecs, kms, secretsmanager, ssm

    start = ecs._start_task_worker
    registry = re.compile(r"(\d+)\.dkr\.ecr\.([a-z0-9-]+)\.[^/]+/([^:@]+)")
    resources = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
    retried, denied = "has been retried 1 time(s): ", "AccessDeniedException: {}"

    def decryption(kept, service, arn, context, stops_with):
        """What is encrypted with a customer's key needs the key too. AWS's own let everybody of the account who comes through the service.

        https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
        https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
        """
        key, (region, account) = (kept or {}).get("KmsKeyId") or (kept or {}).get("KeyId"), arn.split(":")[3:5]
        if key and "alias/aws/" not in key:
            found = kms._resolve_key(key) or {"Arn": key if key.startswith("arn:") else f"arn:aws:kms:{region}:{account}:key/{key}"}
            yield "kms:Decrypt", found["Arn"], stops_with, {"kms:ViaService": f"{service}.{region}.amazonaws.com", f"kms:EncryptionContext:{context}": arn}

    def needs(task, container):
        """Action, resource, what the task stops with where it is denied, by the denial (None: it only loses its output), and condition keys."""
        account, region = task["taskArn"].split(":")[4], task["taskArn"].split(":")[3]
        for secret in container.get("secrets") or []:
            arn = secret["valueFrom"]
            if ":secretsmanager:" in arn:
                arn, stops_with = ":".join(arn.split(":")[:7]), f"{resources}unable to retrieve secret from asm: service call {retried}{denied}"
                yield "secretsmanager:GetSecretValue", arn, stops_with, {}
                kept = secretsmanager._resolve(arn, use_arn_scope=True)[1]
                yield from decryption(kept, "secretsmanager", arn, "SecretARN", stops_with.format("Access to KMS is not allowed"))
            else:
                arn = arn if arn.startswith("arn:") else f"arn:aws:ssm:{region}:{account}:parameter/{arn.lstrip('/')}"
                stops_with = f"{resources}unable to retrieve secrets from ssm: service call {retried}{denied}"
                yield "ssm:GetParameters", arn, stops_with, {}
                yield from decryption(ssm._lookup_parameter(arn, allow_arn_region=True)[1], "ssm", arn, "PARAMETER_ARN", stops_with)
        image = registry.match(container["image"])
        if image:
            repository = f"arn:aws:ecr:{image[2]}:{image[1]}:repository/{image[3]}"
            yield "ecr:GetAuthorizationToken", "*", f"{resources}unable to retrieve ecr registry auth: service call {retried}{denied}", {}
            for action in ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"):
                yield action, repository, f"CannotPullContainerError: pull image manifest {retried}failed to resolve ref {container['image']}: denied: {{}}", {}
        options = (container.get("logConfiguration") or {}).get("options") or {}
        if "awslogs-group" in options:
            prefix, task_id = options.get("awslogs-stream-prefix", ""), task["taskArn"].rsplit("/", 1)[-1]
            group = f"arn:aws:logs:{options.get('awslogs-region', region)}:{account}:log-group:{options['awslogs-group']}"
            stream = f"{group}:log-stream:{prefix}/{container['name']}/{task_id}"
            yield "logs:CreateLogStream", group, f"ResourceInitializationError: failed to validate logger args: create stream {retried}failed to create Cloudwatch log stream: {denied}", {}
            yield "logs:PutLogEvents", stream, None, {}

    def start_authorized(task, definition, overrides, docker):
        role, task_arn = definition.get("executionRoleArn"), task["taskArn"]
        containers = []
        for container in definition["containerDefinitions"] if role else []:
            for action, resource, stops_with, context in needs(task, container):
                reason = denial(f"ecs-tasks:{task_arn.rsplit('/', 1)[-1]}", "ecs-tasks", task_arn, role, action, resource, context)
                if reason is not None and "authorized to assume the role" in reason:
                    stops_with, reason = "{}", f"ECS was unable to assume the role '{role}' that was provided for this task."
                if reason is not None and stops_with is not None:
                    ecs._fail_task_start(task, docker, stops_with.format(reason))
                    return
                if reason is not None:
                    container = {name: value for name, value in container.items() if name != "logConfiguration"}
            containers.append(container)
        start(task, {**definition, **({"containerDefinitions": containers} if role else {})}, overrides, docker)

    ecs._start_task_worker = start_authorized


def apply():
    spread_tasks()
    register_own_ports()
    complete_by_target_health()
    keep_what_serves()
    watch_tasks_calmly()
    deregister_before_stopping()
    authorize_start()
