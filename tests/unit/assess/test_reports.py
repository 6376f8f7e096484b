"""Baselines, SARIF and HTML: what is accepted, what is said of it, and that the forms are what they claim to be."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from ringfence.assess import render
from ringfence.assess.baseline import EXAMPLE, Review, parse_baseline, review
from ringfence.assess.htmlpage import html_page
from ringfence.assess.model import Assessment, Finding, Severity
from ringfence.assess.rules import RULES
from ringfence.assess.sarif import LEVELS, sarif_document
from ringfence.spec.problems import SpecInvalid

TODAY = dt.date(2030, 1, 1)
FINDINGS = st.builds(
    Finding,
    code=st.sampled_from([rule.code for rule in RULES]),
    severity=st.sampled_from(Severity),
    subject=st.text(min_size=1, max_size=20),
    message=st.text(max_size=20),
    detail=st.text(max_size=20),
    hint=st.text(max_size=20),
    page=st.just("reference/rules/a.md"),
)


def finding(code: str = "RFA-A", subject: str = "public.t", severity: Severity = Severity.HIGH) -> Finding:
    return Finding(code, severity, subject, "is bad", "", "", "reference/rules/a.md")


def entry(code: str = "RFA-A", subject: str = "public.t", expires: str = "2030-01-31") -> str:
    return f'[[accepted]]\ncode = "{code}"\nsubject = \'{subject}\'\nreason = "so be it"\nexpires = {expires}\n'


def reviewed(baseline: str, *findings: Finding) -> Review:
    return review(Assessment(findings), parse_baseline(baseline, "b.toml"), TODAY)


class TestBaseline:
    def test_the_example_is_one(self) -> None:
        """What errors show can be pasted."""
        (only,) = parse_baseline(EXAMPLE, "b.toml")

        assert only.expires > TODAY

    def test_accepted_until_its_last_day(self) -> None:
        """An accepted finding does not count; on the day after its last it does, and says so."""
        there = reviewed(entry(expires="2030-01-01"), finding())
        gone = reviewed(entry(expires="2029-12-31"), finding())

        assert there.counts.findings == ()
        assert [a.entry.reason for a in there.accepted] == ["so be it"]
        assert "accepted: 1 finding" in "\n".join(render.review_lines(there))
        assert [f.detail for f in gone.counts.findings] == ["was accepted until 2029-12-31 (so be it) and counts again"]
        assert "b.toml:2: RFA-A public.t was accepted until 2029-12-31" in render.review_text(gone)

    def test_another_subject_is_not_accepted(self) -> None:
        """One entry, one finding; the entry that nothing answers to is reported."""
        found = reviewed(entry(subject="public.u"), finding())

        assert found.counts.findings == (finding(),)
        assert [e.subject for e in found.unknown] == ["public.u"]
        assert "not found any more" in render.review_text(found)

    def test_a_blocker_cannot_be_accepted_here(self) -> None:
        """What would stop apply must not vanish from the report."""
        found = reviewed(entry(), finding(severity=Severity.ERROR))

        assert found.counts.blockers == found.counts.findings
        assert "only ringfence apply --accept takes it" in render.review_text(found)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("[[accepted", "b.toml"),
            ("accepted = 1", "accepted must be a list"),
            ("accepted = [1]", "accepted must be tables"),
            ("[accept]", "'accept' is not known"),
            (entry().replace("reason", "because"), "'because' is not known"),
            ('[[accepted]]\ncode = "RFA-A"\n', "subject is missing"),
            (entry(expires='"2030-01-31"'), "expires must be a date"),
            (entry(expires="2030"), "expires must be a date"),
            (entry().replace("so be it", " "), "reason is empty"),
            (entry() + entry(), "accepted twice"),
        ],
    )
    def test_a_file_that_cannot_be_used(self, text: str, said: str) -> None:
        """Every mistake is an error with its place; none is an entry that silently accepts nothing."""
        with pytest.raises(SpecInvalid) as raised:
            parse_baseline(text, "b.toml")

        assert said in f"{raised.value.message}\n{raised.value.detail}"
        assert "b.toml" in f"{raised.value.message}\n{raised.value.detail}"

    @given(st.lists(FINDINGS, max_size=8), st.lists(FINDINGS, max_size=4), st.booleans())
    def test_nothing_is_lost(self, findings: list[Finding], named: list[Finding], expired: bool) -> None:
        """Every finding counts or is accepted, exactly once."""
        day = TODAY - dt.timedelta(days=1) if expired else TODAY
        lines = "".join(
            f"[[accepted]]\ncode = {json.dumps(f.code)}\nsubject = {json.dumps(f.subject, ensure_ascii=False)}\n"
            f'reason = "r"\nexpires = {day.isoformat()}\n'
            for f in {(f.code, f.subject): f for f in named if f.subject.isprintable() and f.subject.strip()}.values()
        )

        found = review(Assessment(tuple(findings)), parse_baseline(lines, "b.toml"), TODAY)

        assert len(found.counts.findings) + len(found.accepted) == len(findings)
        if expired:
            assert found.accepted == ()


class TestSarif:
    @given(st.lists(FINDINGS, max_size=8))
    def test_it_is_sarif(self, findings: list[Finding]) -> None:
        """The document has the schema's own types, no more and no less, whatever the names are."""
        document = sarif_document(Review(Assessment(tuple(findings))), RULES, "1.2.3")

        log = Sarif.model_validate_json(json.dumps(document))

        (run,) = log.runs
        results = run.results or []
        assert len(results) == len(findings)
        rules = run.tool.driver.rules or []
        assert [rules[r.ruleIndex].id for r in results] == [f.code for f in findings]

    def test_every_severity_has_a_level(self) -> None:
        """A new severity must not fail in somebody's pipeline."""
        assert set(LEVELS) == set(Severity)

    def test_what_is_accepted_is_suppressed(self) -> None:
        """With its reason, and apart from what counts."""
        document = sarif_document(reviewed(entry(), finding(), finding(subject="public.u")), RULES, "1.2.3")

        open_, accepted = document["runs"][0]["results"]

        assert "suppressions" not in open_
        assert accepted["suppressions"] == [{"kind": "external", "status": "accepted", "justification": "so be it"}]

    def test_a_finding_is_recognised_again(self) -> None:
        """The fingerprint hangs on code and subject, not on words that may be improved."""
        one, same, other = (
            sarif_document(Review(Assessment((f,))), RULES, "1")["runs"][0]["results"][0]["partialFingerprints"]
            for f in (finding(), replace(finding(), message="said better"), finding(subject="public.u"))
        )

        assert one == same != other


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        assert tag not in ("script", "link", "img", "iframe")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.lists(FINDINGS, max_size=6))
def test_the_page_stands_alone(findings: list[Finding]) -> None:
    """One file, closed tags, nothing loaded from elsewhere, and a name from the database is never markup."""
    named = replace(finding(subject='public."<script>alert(1)</script>"'), hint="select '<b>' & 1;")
    reader = _Reader()

    reader.feed(html_page(Review(Assessment((named, *findings)))))

    assert reader.open == []
    assert reader.addresses == []
    assert "<script>alert(1)</script>" in reader.text
    assert "select '<b>' & 1;" in reader.text


def test_the_page_says_what_was_accepted() -> None:
    """An accepted finding is still shown, with its reason and its last day."""
    page = html_page(reviewed(entry(), finding()))

    assert "Accepted until 2030-01-31: so be it" in page
