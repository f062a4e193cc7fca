"""`aws` of a local build: any operation whose parameters are plain, by the models that the real command line goes by.

The AWS CLI itself has 180 MB; botocore is here already, with the emulator. Understood: `--region`, `--query`, `--output text|json`,
`--parameter value`, lists, and structures as `name=value,name=value`; `ecr get-login-password`, and git's credential helper for
CodeCommit. Anything else is refused.
"""

import base64
import json
import sys

import botocore.session
import jmespath
from botocore import xform_name


def refuse(message, status=252):
    print(f"aws: error: {message}", file=sys.stderr)
    sys.exit(status)


def parse(words):
    """--name value value → {name: [values]}"""
    given, name = {}, None
    for word in words:
        if word.startswith("--"):
            name = word[2:]
            given[name] = []
        elif name is None:
            refuse(f"unexpected: {word}")
        else:
            given[name].append(word)
    return given


def value_of(shape, words):
    if shape.type_name == "list":
        if len(words) == 1 and words[0][:1] == "[":
            return json.loads(words[0])
        return [value_of(shape.member, [word]) for word in words]
    if len(words) != 1:
        refuse(f"one value is wanted, not {words}")
    word = words[0]
    if shape.type_name == "string":
        return word
    if word[:1] in "{[":
        return json.loads(word)
    if shape.type_name == "structure":
        return {name: value_of(shape.members[name], [text]) for name, text in (part.split("=", 1) for part in word.split(","))}
    if shape.type_name in ("integer", "long"):
        return int(word)
    refuse(f"parameters of type {shape.type_name} are not known to this stand-in")


def text_of(value):
    if isinstance(value, list):
        return "\t".join(text_of(item) for item in value)
    if isinstance(value, dict):
        return "\t".join(text_of(value[name]) for name in sorted(value))
    return "None" if value is None else str(value)


def help_git(operation):
    """git help credentials: what it stores or erases is nothing here. The user's name is the access key, as on AWS."""
    if operation == "get":
        print(f"username={botocore.session.get_session().get_credentials().access_key}\npassword=signature")


def main(service, command, *words):
    if (service, command) == ("codecommit", "credential-helper"):
        return help_git(words[-1])
    given = parse(words)
    region, query, output = (given.pop(name, [None])[0] for name in ("region", "query", "output"))
    client = botocore.session.get_session().create_client(service, region_name=region)
    if (service, command) == ("ecr", "get-login-password"):
        token = client.get_authorization_token()["authorizationData"][0]["authorizationToken"]
        return print(base64.b64decode(token).decode().split(":", 1)[1])
    method = command.replace("-", "_")
    operation = client.meta.method_to_api_mapping.get(method)
    if operation is None:
        refuse(f"{service} has no operation {command}")
    shape = client.meta.service_model.operation_model(operation).input_shape
    members = {xform_name(name, "-"): (name, member) for name, member in (shape.members if shape else {}).items()}
    parameters = {}
    for name, values in given.items():
        if name not in members:
            refuse(f"Unknown options: --{name}")
        member, member_shape = members[name]
        parameters[member] = value_of(member_shape, values)
    answer = getattr(client, method)(**parameters)
    answer.pop("ResponseMetadata", None)
    if query:
        answer = jmespath.search(query, answer)
    print(text_of(answer) if output == "text" else json.dumps(answer, indent=4, default=str))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        refuse("usage: aws <service> <command> [--parameter value ...]")
    try:
        main(*sys.argv[1:])
    except Exception as error:  # The command line too ends with 254 and the service's words.
        refuse(str(error), 254)
