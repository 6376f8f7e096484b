"""What an application imports: transactions in a tenant's name, and nothing of the migrator."""

from __future__ import annotations

from ringfence.runtime.answer import Answer, NotOneRow
from ringfence.runtime.blocking import BlockingTenantDatabase
from ringfence.runtime.context import (
    ClocksDiffer,
    ContextExpired,
    ContextForged,
    ContextRefused,
    InvalidContext,
    NotAMember,
    NoTenantContext,
    TenantContext,
)
from ringfence.runtime.database import TenantDatabase
from ringfence.runtime.opening import Isolation
from ringfence.runtime.refused import CannotJudge, MembershipRefused, Refused, TokenRefused
from ringfence.runtime.seal import InvalidKey, SealKey
from ringfence.runtime.verified import VerifiedToken

__all__ = [
    "Answer",
    "BlockingTenantDatabase",
    "CannotJudge",
    "ClocksDiffer",
    "ContextExpired",
    "ContextForged",
    "ContextRefused",
    "InvalidContext",
    "InvalidKey",
    "Isolation",
    "MembershipRefused",
    "NoTenantContext",
    "NotAMember",
    "NotOneRow",
    "Refused",
    "SealKey",
    "TenantContext",
    "TenantDatabase",
    "TokenRefused",
    "VerifiedToken",
]
