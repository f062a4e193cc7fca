"""A JSONPath that finds nothing fails with States.Runtime, as on AWS; ministack reads it as null."""

from ministack.services import stepfunctions as sf


def missing(path, data):
    if not path or path == "$" or not path.startswith("$"):
        return False
    tokens = sf._parse_jsonpath_tokens(path)
    if tokens is None:
        return True
    for kind, value in tokens:
        if kind == "field":
            if not isinstance(data, dict) or value not in data:
                return True
            data = data[value]
        elif kind == "index":
            if not isinstance(data, list) or value >= len(data):
                return True
            data = data[value]
        else:
            return False
    return False


def absent(path, data, context):
    return missing(path[1:], context or {}) if path.startswith("$$.") else missing(path, data)


def demand(path, data, context):
    if absent(path, data, context):
        raise sf._ExecutionError("States.Runtime", f"The JSONPath '{path}' could not be found in the input")


def apply():
    resolve_path, resolve_parameters, evaluate_rule = (
        sf._resolve_path_or_ctx, sf._resolve_params_obj, sf._evaluate_rule,
    )

    def path(expression, data, context):
        demand(expression, data, context)
        return resolve_path(expression, data, context)

    def parameters(template, data, context=None):
        for key, value in template.items() if isinstance(template, dict) else ():
            if key.endswith(".$") and isinstance(value, str) and not value.startswith("States."):
                demand(value, data, context)
        return resolve_parameters(template, data, context)

    def rule(condition, data, context=None):
        if "IsPresent" in condition and condition.get("Variable"):
            return (not absent(condition["Variable"], data, context)) == condition["IsPresent"]
        return evaluate_rule(condition, data, context)

    sf._resolve_path_or_ctx, sf._resolve_params_obj, sf._evaluate_rule = path, parameters, rule
