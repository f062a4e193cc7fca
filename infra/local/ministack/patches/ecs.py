"""ECS: where tasks run and how they serve."""

import contextvars
import json
import threading

from .support import require, rewrite


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


def deregister_before_stopping():
    """A service's task runs on until the load balancer has left it.

    Upstream: the task is stopped and deregistered at once.

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


def apply():
    spread_tasks()
    register_own_ports()
    deregister_before_stopping()
