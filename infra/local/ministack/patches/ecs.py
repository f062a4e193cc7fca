"""ECS: where tasks run and how they serve."""

import contextvars
import json
import logging
import threading
import time

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


def apply():
    spread_tasks()
    register_own_ports()
    complete_by_target_health()
    keep_what_serves()
    watch_tasks_calmly()
    deregister_before_stopping()
