"""The pure part of sessions: refresh tokens, what is announced, what is counted."""

from __future__ import annotations

import asyncio
import json
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.runtime.refused import TokenRefused
from ringfence.runtime.sessions import (
    Announcement,
    InvalidAnnouncement,
    InvalidRefreshKey,
    Issued,
    RefreshKey,
    RefreshKeys,
    Sessions,
)
from ringfence.runtime.sessions.counting import SIGHTINGS_MAX, Tally
from ringfence.runtime.sessions.model import Outcome
from ringfence.runtime.sessions.refreshtoken import COUNTER_MAX
from ringfence.runtime.sessions.talk import opaque_session
from ringfence.runtime.verified import VerifiedToken

KEYS = RefreshKeys(RefreshKey(1, b"a" * 32))
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=200)
counters = st.integers(0, COUNTER_MAX)


class TestRefreshTokens:
    @given(session=names, counter=counters)
    def test_what_was_made_is_read(self, session: str, counter: int) -> None:
        made = KEYS.make(session, counter)

        assert KEYS.read(made) == (session, counter)
        assert KEYS.make(session, counter) == made, "it can be given again"

    @given(session=names, counter=counters, data=st.data())
    def test_no_other_text_is_accepted(self, session: str, counter: int, data: st.DataObject) -> None:
        made = KEYS.make(session, counter)
        place = data.draw(st.integers(0, len(made) - 1))
        sign = data.draw(st.characters(codec="ascii").filter(lambda s: s != made[place]))

        for changed in (made[:place] + sign + made[place + 1 :], made[:place], made + sign, made + "="):
            with pytest.raises(TokenRefused):
                KEYS.read(changed)

    @given(text=st.text(max_size=300))
    def test_any_text_is_refused_and_nothing_else_happens(self, text: str) -> None:
        with pytest.raises(TokenRefused):
            KEYS.read(text)

    @given(text=st.from_regex(r"rf1\.[0-9]{1,5}\.[0-9]{1,19}\.[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{43}", fullmatch=True))
    def test_so_is_one_of_the_right_shape(self, text: str) -> None:
        with pytest.raises(TokenRefused):
            KEYS.read(text)

    def test_a_key_of_the_same_id_elsewhere_makes_other_tokens(self) -> None:
        other = RefreshKeys(RefreshKey(1, b"b" * 32))

        with pytest.raises(TokenRefused):
            KEYS.read(other.make("s", 1))

    def test_an_old_key_reads_and_no_longer_makes(self) -> None:
        both = RefreshKeys(RefreshKey(2, b"b" * 32), [RefreshKey(1, b"a" * 32)])

        assert both.read(KEYS.make("s", 3)) == ("s", 3)
        with pytest.raises(TokenRefused):
            KEYS.read(both.make("s", 3))

    @pytest.mark.parametrize(("number", "secret"), [(0, b"a" * 32), (40_000, b"a" * 32), (1, b"short")])
    def test_weak_keys_are_refused(self, number: int, secret: bytes) -> None:
        with pytest.raises(InvalidRefreshKey):
            RefreshKey(number, secret)

    def test_two_keys_of_one_id_are_refused(self) -> None:
        with pytest.raises(InvalidRefreshKey):
            RefreshKeys(RefreshKey(1, b"a" * 32), [RefreshKey(1, b"b" * 32)])

    def test_secrets_are_not_shown(self) -> None:
        assert "aaa" not in repr(RefreshKey(1, b"a" * 32))
        assert "rf1" not in repr(Issued("s", "u", KEYS.make("s", 0)))


class TestAnnouncement:
    def test_the_fields_are_those_of_the_rfcs(self) -> None:
        """The values of RFC 9745, section 4; Sunset is RFC 8594."""
        said = Announcement(1688169599, 1719791999, "https://api.example.com/deprecation").headers

        assert said == {
            "Deprecation": "@1688169599",
            "Sunset": "Sun, 30 Jun 2024 23:59:59 GMT",
            "Link": '<https://api.example.com/deprecation>; rel="deprecation"; type="text/html"',
        }

    @given(since=st.integers(0, 2**32), more=st.integers(0, 2**31))
    def test_the_date_is_read_back(self, since: int, more: int) -> None:
        said = Announcement(since, since + more).headers

        assert parsedate_to_datetime(said["Sunset"]).timestamp() == since + more

    @pytest.mark.parametrize(
        ("since", "until", "link"),
        [
            (2, 1, None),
            (-1, None, None),
            (0, None, "http://plain.example"),
            (0, None, "https://a.example/\r\nSet-Cookie: x"),
            (0, None, "https://a.example/> ; rel=x"),
            (0, None, 'https://a.example/"'),
        ],
    )
    def test_what_would_lie_or_break_a_header_is_refused(self, since: int, until: int | None, link: str | None) -> None:
        with pytest.raises(InvalidAnnouncement):
            Announcement(since, until, link)

    def test_only_answers_to_legacy_tokens_carry_it(self) -> None:
        async def go() -> list[bool]:
            sessions = Sessions("postgresql://nowhere.invalid/x", announcement=Announcement(1))
            return [bool(sessions.headers_for(t)) for t in tokens]

        tokens = [
            VerifiedToken("u", "r", organization="o"),
            VerifiedToken("u", "r", organization="o", legacy=True),
            VerifiedToken("u", "r"),
        ]
        assert asyncio.run(go()) == [False, True, True]


outcomes = st.sampled_from(list(Outcome))
tokens_noted = st.lists(
    st.tuples(
        st.builds(
            VerifiedToken,
            user=names,
            role=st.just("r"),
            session=st.none() | names,
            organization=st.none() | st.just("o"),
            legacy=st.booleans(),
        ),
        outcomes,
    ),
    max_size=20,
)


class TestTally:
    @given(noted=tokens_noted)
    def test_every_request_is_counted_once_or_says_nothing(self, noted: list[tuple[VerifiedToken, Outcome]]) -> None:
        tally = Tally()
        for token, outcome in noted:
            tally.note(token, outcome)
        counted = [(t, o) for t, o in noted if o in (Outcome.MEMBER, Outcome.SEVERAL, Outcome.NONE)]

        c = tally.counts
        assert c.with_tenant + c.resolved + c.several + c.none == len(counted)
        assert c.legacy_signature == sum(t.legacy for t, _ in counted)
        assert set(tally.sightings) == {t.session for t, _ in counted if t.session and t.organization is None}
        assert json.loads(tally.values()["counts"])["resolved"] == c.resolved
        assert tally.empty == (not counted)

    @given(first=tokens_noted, second=tokens_noted)
    def test_what_could_not_be_told_is_not_lost(
        self, first: list[tuple[VerifiedToken, Outcome]], second: list[tuple[VerifiedToken, Outcome]]
    ) -> None:
        one, other, both = Tally(), Tally(), Tally()
        for tally, noted in ((one, first), (other, second), (both, [*second, *first])):
            for token, outcome in noted:
                tally.note(token, outcome)
        other.add(one)

        assert other.counts == both.counts
        assert set(other.sightings) == set(both.sightings)

    def test_memory_is_bounded(self) -> None:
        tally = Tally()
        for number in range(SIGHTINGS_MAX + 5):
            tally.note(VerifiedToken("u", "r", session=str(number)), Outcome.MEMBER)

        assert len(tally.sightings) == SIGHTINGS_MAX
        assert tally.counts.resolved == SIGHTINGS_MAX + 5


@given(cookie=st.text(min_size=1, max_size=100))
def test_the_key_of_an_opaque_session_holds_nothing_of_its_cookie(cookie: str) -> None:
    key = opaque_session(cookie)

    assert len(key) == len("sha256:") + 64
    assert opaque_session(cookie) == key
