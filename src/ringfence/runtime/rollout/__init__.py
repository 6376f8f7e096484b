"""Endpoints moved one by one from the side without tenants to the side with them, and back by themselves."""

from __future__ import annotations

from ringfence.runtime.rollout.blocking import BlockingRollout
from ringfence.runtime.rollout.model import (
    Bounds,
    Difference,
    Endpoint,
    EndpointsNotInstalled,
    InvalidEndpoint,
    Legacy,
    Mode,
    Shadow,
    Tenant,
    TenantShare,
)
from ringfence.runtime.rollout.run import Rollout

__all__ = [
    "BlockingRollout",
    "Bounds",
    "Difference",
    "Endpoint",
    "EndpointsNotInstalled",
    "InvalidEndpoint",
    "Legacy",
    "Mode",
    "Rollout",
    "Shadow",
    "Tenant",
    "TenantShare",
]
