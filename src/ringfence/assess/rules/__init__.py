"""Every rule, family by family. A rule that is not in this tuple does not exist."""

from ringfence.assess.model import Rule
from ringfence.assess.rules import (
    activity,
    compatibility,
    derivation,
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
    *compatibility.RULES,
    *views.RULES,
    *triggers.RULES,
    *rowsecurity.RULES,
    *privileges.RULES,
    *replication.RULES,
    *activity.RULES,
    *settings.RULES,
)
