"""Catalog, tenancy and observations become an assessment; the same input gives the same findings in the same order."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess.model import Assessment, Finding, Observed, Question, Rule, Scene, Severity
from ringfence.assess.rules import RULES
from ringfence.catalog.model import Catalog
from ringfence.tenancy.model import Tenancy


def assess(catalog: Catalog, tenancy: Tenancy | None, observed: Observed, rules: Iterable[Rule] = RULES) -> Assessment:
    """Let every rule look; without a tenancy those that need one find nothing, and every table counts."""
    scene = Scene(catalog, tenancy, observed)
    tried = tuple(rules)
    found = {
        Finding(
            rule.code,
            item.severity or rule.severity,
            item.subject,
            item.message,
            item.detail,
            item.hint,
            rule.page,
        )
        for rule in tried
        for item in rule.run(scene)
    }
    order = sorted(
        found,
        key=lambda f: (
            f.question is Question.ISOLATION,
            f.severity.rank,
            f.code,
            f.subject,
            f.message,
            f.detail,
            f.hint,
        ),
    )
    about_migration = sum(rule.severity.question is Question.MIGRATION for rule in tried)
    return Assessment(tuple(order), about_migration, len(tried) - about_migration)


def exceeds(assessment: Assessment, severity: Severity) -> bool:
    """Whether there is a finding of that severity or a worse one of the same question: what `--fail-on` asks."""
    return any(f.severity.at_least(severity) for f in assessment.findings)
