"""SNS: mail."""

from .support import post, require


def deliver_mail():
    """Mail of SNS subscriptions goes to the front door, which keeps it.

    Upstream: a line is logged, and the mail is kept nowhere.
    """
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


def apply():
    deliver_mail()
