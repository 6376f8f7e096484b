"""Every rule, family by family. A rule that is not in this tuple does not exist."""

from ringfence.assess.model import Rule
from ringfence.assess.rules import (
    activity,
    derivation,
    helpers,
    policies_binding,
    policies_cost,
    policies_floor,
    policies_open,
    policies_trust,
    privileges,
    replication,
    routines,
    rowsecurity,
    rowtypes,
    settings,
    shape,
    statements,
    triggers,
    views,
)

RULES: tuple[Rule, ...] = (
    *derivation.RULES,
    *shape.RULES,
    *rowtypes.RULES,
    *routines.RULES,
    *statements.RULES,
    *views.RULES,
    *triggers.RULES,
    *rowsecurity.RULES,
    *privileges.RULES,
    *replication.RULES,
    *activity.RULES,
    *settings.RULES,
    *policies_open.RULES,
    *policies_binding.RULES,
    *policies_floor.RULES,
    *policies_trust.RULES,
    *helpers.RULES,
    *policies_cost.RULES,
)
