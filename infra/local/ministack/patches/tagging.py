"""The Resource Groups Tagging API: services of which it knows nothing."""

from .support import require


def find_more_services():
    """Log groups, alarms and what belongs to load balancers, with their tags.

    Upstream: GetResources leaves these services out.
    """
    from ministack.core.responses import get_region
    from ministack.services import alb, cloudwatch, cloudwatch_logs, tagging

    def log_groups():
        for group in cloudwatch_logs._log_groups.values():
            yield group["arn"].removesuffix(":*"), tagging._normalise_flat(group["tags"])

    def alarms():
        for alarm in cloudwatch._alarms.values():
            arn = alarm["AlarmArn"]
            yield arn, tagging._normalise_flat(cloudwatch._resource_tags.get(arn, {}))

    def load_balancing():
        for arn, tags in alb._tags.items():
            if arn.split(":")[3] == get_region():
                yield arn, tagging._normalise_list(tags)

    more = {"logs": log_groups, "cloudwatch": alarms, "elasticloadbalancing": load_balancing}
    require(not more.keys() & tagging._COLLECTORS.keys(), "what the tagging API leaves out")
    tagging._COLLECTORS.update(more)


def apply():
    find_more_services()
