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
from ringfence.runtime.seal import InvalidKey, SealKey

__all__ = [
    "Answer",
    "BlockingTenantDatabase",
    "ClocksDiffer",
    "ContextExpired",
    "ContextForged",
    "ContextRefused",
    "InvalidContext",
    "InvalidKey",
    "Isolation",
    "NoTenantContext",
    "NotAMember",
    "NotOneRow",
    "SealKey",
    "TenantContext",
    "TenantDatabase",
]
