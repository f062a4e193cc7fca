"""SNS: mail, and what is refused."""

import re

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


def refuse_what_sns_refuses():
    """A topic is made once with the same tags; a subject is one short line.

    Upstream: CreateTopic returns the standing topic whatever the tags, and any subject is sent.
    https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
    https://docs.aws.amazon.com/sns/latest/api/API_Publish.html, "Subject"
    """
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import sns

    create, publish = sns._create_topic, sns._publish
    # Printable ASCII that begins with a letter, a number or a punctuation mark.
    subject_line = re.compile(r"[!-~][ -~]{0,99}")

    def create_topic(params):
        arn = f"arn:aws:sns:{get_region()}:{get_account_id()}:{sns._p(params, 'Name')}"
        standing = sns._topics.get(arn)
        tags = sns._param_tags(params)
        if standing is not None and tags and dict(tags) != standing["tags"]:
            return sns._error("InvalidParameter", "Invalid parameter: Tags Reason: Topic already exists with different tags", 400)
        return create(params)

    def publish_checked(params):
        subject = sns._p(params, "Subject")
        if subject and not subject_line.fullmatch(subject):
            return sns._error("InvalidParameter", "Invalid parameter: Subject", 400)
        return publish(params)

    sns._create_topic, sns._publish = create_topic, publish_checked


def apply():
    deliver_mail()
    refuse_what_sns_refuses()
