"""IAM: service-linked roles, and boundaries in the account's details."""

from .support import require, rewrite


def name_service_linked_roles():
    """The names that AWS gives, and its refusal of a second one.

    Upstream: names are made from the service's first word, and a second role is made over the first.
    """
    from ministack.services import iam

    names = {
        "ecs.amazonaws.com": "AWSServiceRoleForECS",
        "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
        "ecs.application-autoscaling.amazonaws.com": "AWSServiceRoleForApplicationAutoScaling_ECSService",
    }
    create = iam._create_service_linked_role

    def create_with_name(parameters):
        service = iam._p(parameters, "AWSServiceName")
        name = names.get(service)
        if name is None:
            return create(parameters)
        if name in iam._roles:
            return iam._error(400, "InvalidInput", f"Service role name {name} has been taken in this account, please try a different suffix.", ns="iam")
        given = f"AWSServiceRoleFor{service.split('.')[0].capitalize()}"
        status, headers, body = create(parameters)
        role = iam._roles.pop(given)
        role.update(RoleName=name, Arn=role["Arn"].replace(given, name))
        iam._roles[name] = role
        return status, headers, body.replace(given.encode(), name.encode())

    require(iam._IAM_HANDLERS.get("CreateServiceLinkedRole") is create, "IAM's table of actions")
    iam._IAM_HANDLERS["CreateServiceLinkedRole"] = create_with_name


def show_boundaries():
    """The boundaries of roles among the account's details.

    Upstream: GetAccountAuthorizationDetails leaves them out, and GetRole has them.
    """
    from ministack.services import iam

    def boundary_of(role):
        arn = role.get("PermissionsBoundary")
        shown = f"<PermissionsBoundaryType>PermissionsBoundaryPolicy</PermissionsBoundaryType><PermissionsBoundaryArn>{arn}</PermissionsBoundaryArn>"
        return f"<PermissionsBoundary>{shown}</PermissionsBoundary>" if arn else ""

    iam._slipway_boundary_of = boundary_of
    documents = 'f"<AssumeRolePolicyDocument>{assume_doc}</AssumeRolePolicyDocument>"'
    rewrite(iam, "_get_account_authorization_details", {documents: documents + ' f"{_slipway_boundary_of(role)}"'})
    iam._IAM_HANDLERS["GetAccountAuthorizationDetails"] = iam._get_account_authorization_details


def apply():
    name_service_linked_roles()
    show_boundaries()
