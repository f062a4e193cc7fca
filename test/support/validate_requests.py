"""Validates requests against botocore's service models, and prints what is wrong with each.

stdin: [{"service", "operation", "input"}, …]; stdout: {"problems": [[…], …], "errors": [[name, …], …], "unchecked": [pattern, …]}.
Errors are those that the model says the operation may answer with.
botocore itself checks types, required members and minima; maxima, enums and patterns, which AWS checks, are added here.
"""

import base64
import json
import re
import sys

from botocore.loaders import Loader
from botocore.model import OperationNotFoundError, ServiceModel
from botocore.validate import ParamValidator

# Classes of characters that Python's re lacks.
CLASSES = {r"\p{L}": r"\w", r"\p{N}": r"\d", r"\p{Z}": r"\s", r"\p{Print}": r"[\x20-\x7e]"}

unchecked = set()


def compiled(pattern):
    text = pattern
    for name, equivalent in CLASSES.items():
        text = text.replace(name, equivalent)
    try:
        return re.compile(text, re.ASCII if text == pattern else 0)
    except re.error:
        unchecked.add(pattern)
        return None


class Validator(ParamValidator):
    """botocore's validator with the constraints that it leaves to AWS."""

    def __init__(self):
        self.problems = []

    def check_maximum(self, name, what, value, shape):
        maximum = shape.metadata.get("max")
        if maximum is not None and value > maximum:
            self.problems.append(f"{name[1:]}: {what} {value} is above {maximum}")

    def _validate_string(self, param, shape, errors, name):
        super()._validate_string(param, shape, errors, name)
        if not isinstance(param, str):
            return
        self.check_maximum(name, "length", len(param), shape)
        if shape.enum and param not in shape.enum:
            self.problems.append(f"{name[1:]}: {param!r} is none of {', '.join(shape.enum)}")
        pattern = shape.metadata.get("pattern")
        expression = compiled(pattern) if pattern else None
        if expression and not expression.fullmatch(param):
            self.problems.append(f"{name[1:]}: {param!r} does not match {pattern}")

    def _validate_list(self, param, shape, errors, name):
        super()._validate_list(param, shape, errors, name)
        if not isinstance(param, list):
            return
        self.check_maximum(name, "number of elements", len(param), shape)
        # botocore looks only at the types of elements without a minimum of their own.
        if shape.member.type_name == "string":
            for index, each in enumerate(param):
                self._validate_string(each, shape.member, errors, f"{name}[{index}]")

    def _validate_map(self, param, shape, errors, name):
        super()._validate_map(param, shape, errors, name)
        if isinstance(param, dict):
            self.check_maximum(name, "number of entries", len(param), shape)

    def _validate_integer(self, param, shape, errors, name):
        super()._validate_integer(param, shape, errors, name)
        if isinstance(param, int):
            self.check_maximum(name, "value", param, shape)

    def _validate_double(self, param, shape, errors, name):
        super()._validate_double(param, shape, errors, name)
        if isinstance(param, (int, float)):
            self.check_maximum(name, "value", param, shape)

    _validate_long = _validate_integer
    _validate_float = _validate_double


def problems_of(models, loader, service, operation, given):
    if service not in models:
        models[service] = ServiceModel(loader.load_service_model(service, "service-2"))
    try:
        shape = models[service].operation_model(operation).input_shape
    except OperationNotFoundError:
        return [f"{service} has no operation {operation}"]
    if shape is None:
        return []
    # SDKs fill idempotency tokens in.
    tokens = {name: "0" * 32 for name, each in shape.members.items() if each.metadata.get("idempotencyToken")}
    validator = Validator()
    report = validator.validate({**tokens, **given}, shape).generate_report()
    return list(dict.fromkeys([*report.splitlines(), *validator.problems]))


def errors_of(models, service, operation):
    model = models[service]
    return [shape.name for shape in model.operation_model(operation).error_shapes] if operation in model.operation_names else []


def main():
    models, loader = {}, Loader()
    requests = json.load(sys.stdin, object_hook=lambda given: base64.b64decode(given["base64"]) if set(given) == {"base64"} else given)
    problems = [problems_of(models, loader, r["service"], r["operation"], r["input"]) for r in requests]
    errors = [errors_of(models, r["service"], r["operation"]) for r in requests]
    json.dump({"problems": problems, "errors": errors, "unchecked": sorted(unchecked)}, sys.stdout)


main()
