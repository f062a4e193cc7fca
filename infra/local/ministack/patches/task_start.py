"""ECS: what a task needs of its execution role to start."""

import re

from .authorization import denial


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
    authorize_start()
