"""Invented alerts, friendly and hostile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from delivery import Alert, Carrier, Due, Excerpt, Part
from model import Account, Article, Credit, Evidence, NearMiss, Why

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)

ACCOUNT = Account(
    name="Abu Nimr",
    name_type="pseudonym",
    group="islamic_state",
    role="border guard",
    nationality="GB",
    gender="male",
    age=27,
    reasons=("infighting", "conditions"),
    quotes=("They told us to fire at men who prayed as we did.", "I threw the rifle into the canal and walked."),
    evidence="Abu Nimr, who guarded a crossing for the Islamic State, says that he fled in May.",
    aliases=("Nimr Tall",),
    proofs=(
        Evidence("exit", "Nimr says he walked out at night.", 0, 33),
        Evidence("reason:conditions", "Nimr was never paid and slept on a mat.", 40, 79),
    ),
)

ARTICLE = Article(
    "https://courier.example/2026/abu-nimr-speaks",
    title="“I threw the rifle into the canal”: Abu Nimr speaks",
    text="A long text. " * 400,
    byline=("Ada Reporter",),
    published=datetime(2026, 3, 14, 8, 0, tzinfo=UTC),
    language="en",
    outlet="The Example Courier",
    credit=Credit("Sample Wire", "Ben Writer"),
)

ALERT = Alert(
    "account-17",
    "account",
    NOW,
    profile="islamic_state",
    title="Abu Nimr: a first public account in The Example Courier",
    account=ACCOUNT,
    account_id=17,
    article=ARTICLE,
    score=0.968,
    why=(Why("leaving_near_group", 2.4, "he fled in May"), Why("expert_quoted", -0.4, "a researcher said")),
    why_new=("no known account has this name or story",),
    near=(NearMiss(4, 0.61, "both come from GB (+0.5); Abu Nimr the cook is 40 (-1.6)", "Abu Nimr the cook"),),
    excerpts=(
        Excerpt(
            (Part("In the tent Nimr laughed. "), Part("“They told us to fire at men who prayed as we did.”", True))
        ),
        Excerpt((Part("“I threw the rifle into the canal and walked.”", True), Part(", said Tall."))),
    ),
    archived="3f" * 32,
    carriers=(
        Carrier("The Example Courier", "the same", "https://courier.example/2026/abu-nimr-speaks", NOW),
        Carrier("Morning Sample", "Abu Nimr walks away", "https://morning.example/a/9", NOW),
    ),
)

BIDI = "\u202e\u2066\u200b\u200f\ufeff"
HOSTILE_TEXT = (
    f"<!channel> <@U123> <https://evil.example|click> & *bold* `code` @here <script>alert(1)</script>{BIDI}"
    "\r\nBcc: victim@example.org\r\n\r\n[red]markup[/red] \x1b[2J\x1b]8;;https://evil.example\x07 \x00 \ud800 :tada:"
)
HOSTILE = replace(
    ALERT,
    key="account-1\r\nX-Evil: 1",
    title=HOSTILE_TEXT,
    account=replace(
        ACCOUNT,
        name=HOSTILE_TEXT,
        aliases=(HOSTILE_TEXT,) * 200,
        role=HOSTILE_TEXT,
        quotes=(HOSTILE_TEXT,) * 9,
        proofs=(Evidence("exit", HOSTILE_TEXT, 0, 9), Evidence("reason:" + HOSTILE_TEXT, HOSTILE_TEXT, 0, 9)),
        evidence=HOSTILE_TEXT,
        nationality="<b>",
        reasons=(HOSTILE_TEXT,),
    ),
    article=replace(ARTICLE, title=HOSTILE_TEXT, outlet=HOSTILE_TEXT, url="javascript:alert(1)", canonical_url=""),
    why=(Why(HOSTILE_TEXT, 1.0, HOSTILE_TEXT),),
    why_new=(HOSTILE_TEXT,),
    near=(NearMiss(4, 0.6, HOSTILE_TEXT, HOSTILE_TEXT),),
    excerpts=(Excerpt((Part(HOSTILE_TEXT), Part(HOSTILE_TEXT, True), Part(HOSTILE_TEXT))),) * 9,
    carriers=(
        Carrier(HOSTILE_TEXT, HOSTILE_TEXT, 'https://x.example/"><script>'),
        Carrier("y", "", "http://a@b.example"),
    ),
)

LONG = replace(
    ALERT,
    key="account-18",
    title="x" * 10_000,
    account=replace(ACCOUNT, name="N" * 5000, role="r " * 5000, quotes=("q & < " * 5000,) * 3, evidence="e" * 90_000),
    article=replace(ARTICLE, title="t & " * 5000, outlet="o" * 5000),
    why=tuple(Why("w" * 500, 1.0, "z & " * 900) for _ in range(40)),
    why_new=("n" * 9000,) * 30,
    excerpts=(Excerpt((Part("b " * 5000), Part("q & < " * 5000, True), Part("a " * 5000)) * 50),) * 30,
    carriers=tuple(Carrier("c" * 900, "", f"https://c{n}.example/" + "p" * 1700) for n in range(300)),
)

UNNAMED = replace(
    ALERT,
    key="account-19",
    account=Account(group="islamic_state", gender="female", nationality="FR"),
    near=(),
    why_new=(),
    excerpts=(),
)
DIGEST = Alert(
    "digest-1",
    "digest",
    NOW,
    title="60 new accounts",
    items=tuple(replace(ALERT, key=f"account-{n}") for n in range(60)),
)
OPS = Alert("ops-1", "ops", NOW, title="desk: an alert could not be delivered", body="desk refused.\nSee the list.")
TEST = Alert("test-1", "test", NOW, title="A test message", body="This channel works.")
REPORT = replace(ALERT, key="report-1", kind="report", account=None, account_id=None, title="")
FOLLOW_UP = replace(ALERT, key="follow-up-17-2", kind="follow-up")
KINDS = (ALERT, UNNAMED, DIGEST, OPS, TEST, REPORT, FOLLOW_UP, HOSTILE, LONG)


def due(alert: Alert = ALERT, **changes: Any) -> Due:
    return replace(Due(1, "desk", alert), **changes)
