"""A report as a run of three minutes gives it, made up from a seed: for looking at the page, and for its tests."""

from __future__ import annotations

import math
import random

from ringfence.demo.report.model import (
    Band,
    BandKind,
    ClientLine,
    EndpointMove,
    Judged,
    Latency,
    LatencyLines,
    LockWaits,
    Naive,
    PhaseLine,
    Report,
    Requests,
    Revert,
    Second,
    Stall,
    TokenPart,
    Tokens,
    Writes,
)
from ringfence.demo.traffic.held import ENDLESS, NEW, NEW_WITHOUT, NONE, OLD, OLD_WITH

BANDS = (
    Band("baseline", BandKind.CALM, 0.0, 25.0),
    Band("0 prepare", BandKind.FORWARD, 25.0, 43.0),
    Band("1 expand", BandKind.FORWARD, 43.0, 47.5),
    Band("2 backfill", BandKind.FORWARD, 47.5, 72.0),
    Band("both versions", BandKind.CALM, 72.0, 95.0),
    Band("← 2 backfill", BandKind.BACK, 95.0, 102.0),
    Band("2 backfill", BandKind.FORWARD, 106.0, 127.0),
    Band("← 2 backfill", BandKind.BACK, 150.0, 156.0),
    Band("← 1 expand", BandKind.BACK, 156.0, 158.5),
    Band("← 0 prepare", BandKind.BACK, 158.5, 160.0),
)


def sample_report() -> Report:
    """A run in which everything held."""
    chance = random.Random(7)
    timeline = tuple(_second(number, chance) for number in range(175) if not 144 <= number < 147)
    total = sum(s.requests for s in timeline)
    return Report(
        server_version=180004,
        seconds=212.4,
        rows={"public.comments": 81_220, "public.documents": 20_911, "public.profiles": 2_311, "public.uploads": 9_120},
        organizations=688,
        rate=130.0,
        requests=Requests(
            total,
            0,
            {
                "asyncpg": ClientLine(690, 0, 7.9),
                "browser, after": ClientLine(5_210, 0, 21.0),
                "browser, before": ClientLine(14_332, 0, 18.4),
                "django": ClientLine(702, 0, 8.8),
                "mobile, before": ClientLine(3_391, 0, 19.2),
                "psycopg": ClientLine(711, 0, 6.1),
                "sqlalchemy": ClientLine(695, 0, 9.4),
            },
        ),
        writes=Writes(
            8_412,
            judged=(
                Judged("after phase 2", 4_120),
                Judged("after the first revert", 5_870),
                Judged("at the end", 8_412),
            ),
        ),
        latency_ms=LatencyLines(
            Latency(3_902, 3.6, 14.8, 28.1, 44.0),
            Latency(11_204, 4.1, 18.2, 41.3, 88.4),
            Latency(4_120, 3.7, 15.1, 30.2, 51.7),
        ),
        phases=(
            PhaseLine(0, "prepare", 18.0, 5, 3.1),
            PhaseLine(1, "expand", 4.5, 31, 38.2),
            PhaseLine(2, "backfill", 21.0, 74, 52.9),
        ),
        revert=Revert(
            True,
            True,
            10.0,
            1_530,
            0,
            (
                PhaseLine(2, "backfill", 7.0, 74, 21.7),
                PhaseLine(2, "backfill", 6.0, 74, 24.0),
                PhaseLine(1, "expand", 2.5, 31, 47.1),
                PhaseLine(0, "prepare", 1.5, 5, 0.0),
            ),
        ),
        naive=Naive(
            14.2,
            3_410,
            912,
            13_870.0,
            LatencyLines(Latency(1_301, 3.7, 15.2, 25.3, 40.2), Latency(1_870, 5_120.0, 13_610.0, 13_850.0, 13_870.0)),
            tuple(_naive_second(number, chance) for number in range(28)),
            (Band("one transaction", BandKind.NAIVE, 9.0, 23.2),),
            ("alter table public.documents add column client_id uuid", "update public.documents set client_id = ..."),
        ),
        tokens=Tokens(
            (
                TokenPart("forward again", {OLD: 1_210, ENDLESS: 220, OLD_WITH: 240}),
                TokenPart("all of them believe both keys", {OLD: 820, ENDLESS: 160, OLD_WITH: 130, NONE: 44}),
                TokenPart("phases forward", {OLD: 312, NEW: 90}, calm=False),
                TokenPart("a fifth of the sessions upgraded", {OLD: 512, ENDLESS: 110, OLD_WITH: 61, NEW: 170}),
                TokenPart("all sessions upgraded", {OLD: 133, ENDLESS: 108, NEW: 611}),
                TokenPart("isolated", {OLD: 240, ENDLESS: 190, NEW: 1_402, NEW_WITHOUT: 3}),
                TokenPart("tokens of before again", {OLD: 760, ENDLESS: 120}),
                TokenPart("as it was", {OLD: 910, ENDLESS: 140}),
            ),
            86,
            91,
            1_703,
        ),
        endpoints=(
            EndpointMove("GET /documents", "set", "legacy", "shadow", "the first endpoint"),
            EndpointMove(
                "GET /documents",
                "fallback",
                "shadow",
                "legacy",
                "10 of 25 answers of the tenant side failed within a minute, more than the bound of 1.00%",
            ),
            EndpointMove("GET /documents", "set", "legacy", "shadow", "repaired"),
            EndpointMove("GET /documents", "set", "shadow", "20 % tenant", "no difference"),
            EndpointMove("GET /documents", "set", "20 % tenant", "tenant", "no error"),
            EndpointMove("POST /documents", "set", "legacy", "tenant", "like the first one"),
        ),
        bands=BANDS,
        timeline=timeline,
        stalls=(
            Stall(61.2, 52.9, "browser open_document", 2, "backfill/public.documents/foreign-key"),
            Stall(45.1, 38.2, "psycopg upsert", 1, "expand/public.documents/column"),
        ),
        lock_waits=LockWaits(2_120, 31.0, ("31 ms: document-desk 1.0 for ringfence, public.documents",)),
        notes=("The server's disk and processor are shared with everything else here.",),
    )


def _second(number: int, chance: random.Random) -> Second:
    band = next((b for b in BANDS if b.begins_s <= number < b.ends_s), BANDS[0])
    busy = 1.25 if band.kind is not BandKind.CALM else 1.0
    p50 = 3.6 * busy * math.exp(chance.gauss(0.0, 0.05))
    p99 = p50 * 4.2 * math.exp(chance.gauss(0.0, 0.16))
    after = 0.0 if number < 73 or 94 <= number < 128 or number >= 148 else 0.1 if number < 80 else 0.5
    label = band.label if band.begins_s <= number < band.ends_s else "both versions"
    requests = int(150 + chance.gauss(0, 9))
    return Second(number, label, requests, 0, p50, p99, p99 * math.exp(abs(chance.gauss(0.3, 0.4))), after)


def _naive_second(number: int, chance: random.Random) -> Second:
    requests = int(120 + chance.gauss(0, 9))
    if not 9 <= number < 24:
        p50 = 3.6 * math.exp(chance.gauss(0.0, 0.05))
        return Second(number, "baseline", requests, 0, p50, p50 * 4.3, p50 * 7.0)
    left = max(1.0, (23.2 - number) * 1000.0)
    return Second(number, "one transaction", requests, 61, left * 0.7, left * 0.98, left)
