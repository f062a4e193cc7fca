"""Answers: their headers."""

from .support import require


def leave_content_types():
    """An answer has the Content-Type that its service gave it.

    Upstream: nothing is wrong; it is corrected by botocore's model of the service, for which every process loads twenty
    models: a third of its first minute's work. No SDK reads the header.
    """
    from ministack.core import responses

    require(callable(getattr(responses, "_expected_envelope_content_type", None)), "the corrected Content-Type")
    responses._expected_envelope_content_type = lambda service, emitted, overrides: None


def apply():
    leave_content_types()
