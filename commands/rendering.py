"""How articles, findings and predictions look: as JSON for programs and on a terminal for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from commands.base import plain, short
from evaluation import Result
from model import Account, Article, Evidence, Finding, Label, Reading

STYLES = {"account": "bold red", "report": "bold yellow", "none": "dim"}


def explanation(reading: Reading, second_reader: dict[str, Any] | None = None) -> dict[str, Any]:
    """The documented form of `outspoken explain --json` (docs/commands.md)."""
    best = best_finding(reading.findings)
    return {
        "article": article_fields(reading.article),
        "label": best.label.value if best else "none",
        "score": round(best.score, 4) if best else 0.0,
        "tier": best.tier if best else "none",
        "profile": best.profile if best else "",
        "ruled_out": reading.ruled_out,
        "accounts": [account_fields(account) for account in told(best)],
        "why": [asdict(why) for why in best.why] if best else [],
        "second_reader": second_reader,
    }


def told(finding: Finding | None) -> tuple[Account, ...]:
    """The accounts of an article that is one; what is only worth a review is kept for `outspoken accounts`."""
    return finding.accounts if finding and finding.label is Label.ACCOUNT else ()


def article_fields(article: Article) -> dict[str, Any]:
    """An article for programs."""
    return {
        "url": article.url,
        "canonical_url": article.canonical_url,
        "title": article.title,
        "byline": list(article.byline),
        "published": article.published.isoformat() if article.published else None,
        "language": article.language,
        "outlet": article.outlet,
        "credit": asdict(article.credit) if article.credit else None,
        "partial": article.partial,
        "text": article.text,
    }


def account_fields(account: Account) -> dict[str, Any]:
    """An account for programs: the fields of docs/definition.md, each with its evidence."""
    fields = asdict(account)
    return {key: list(value) if isinstance(value, tuple) else value for key, value in fields.items()}


def best_finding(findings: Sequence[Finding]) -> Finding | None:
    """What is shown first where several profiles found something."""
    order = {"account": 2, "report": 1, "none": 0}
    return max(findings, key=lambda finding: (order[finding.label], finding.score), default=None)


def article(value: Article, evidence: Iterable[Evidence] = ()) -> RenderableType:
    """An article with its metadata, the evidence highlighted."""
    about = Table.grid(padding=(0, 2))
    facts = {
        "url": value.url,
        "outlet": value.outlet,
        "by": ", ".join(value.byline),
        "published": short(value.published),
        "language": value.language,
        "credit": f"{value.credit.outlet} {value.credit.author}".strip() if value.credit else "",
        "note": "only a teaser" if value.partial else "",
    }
    for name, fact in facts.items():
        if fact:
            about.add_row(Text(name, style="dim"), plain(fact))
    return Group(plain(value.title).copy(), about, Text(), highlighted(value.text, evidence))


def highlighted(text: str, evidence: Iterable[Evidence]) -> Text:
    """The text with its evidence marked."""
    shown = plain(text)
    for each in evidence:
        shown.stylize("bold reverse", each.start, each.end)
    return shown


def explained(reading: Reading) -> RenderableType:
    """A page for people: the decision, the accounts, the reasons, the text."""
    best = best_finding(reading.findings)
    if best is None:
        note = Text("none: no watched group is named on the page", style=STYLES["none"])
        return Group(note, Text(), article(reading.article))
    verdict = Text(
        f"{best.label.value}  {best.score:.2f}  ({best.profile}, {best.tier})", style=STYLES[best.label.value]
    )
    proofs = [proof for account in told(best) for proof in account.proofs]
    parts: list[RenderableType] = [verdict, Text()]
    parts += [Padding(_account(account), (0, 0, 1, 2)) for account in told(best)]
    return Group(*parts, _why(best), Text(), article(reading.article, proofs))


def _account(account: Account) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    fields = account_fields(account)
    shown = ("name", "name_type", "group", "role", "nationality", "gender", "age", "exit", "reasons")
    for name in shown:
        value = fields[name]
        grid.add_row(Text(name, style="dim"), plain(", ".join(value) if isinstance(value, list) else value or "-"))
    for quote in account.quotes or (account.evidence,):
        grid.add_row(Text("words", style="dim"), plain(quote))
    return grid


def _why(finding: Finding) -> RenderableType:
    grid = Table("adds", "because", "seen in", header_style="bold")
    for why in finding.why:
        grid.add_row(f"{why.weight:+.2f}", plain(why.name), plain(why.text))
    return grid


def evaluation(result: Result) -> RenderableType:
    """Figures with their intervals, then the errors."""
    table = Table("figure", "value", "95 % interval", title=f"{result.articles} articles", title_justify="left")
    for name, value in result.figures.items():
        low, high = result.intervals[name]
        table.add_row(name, f"{value:.3f}", f"{low:.3f} to {high:.3f}")
    return Group(table, *(plain(line) for line in result.errors))


def predictions(rows: Iterable[dict[str, Any]]) -> RenderableType:
    """Predictions for people."""
    table = Table("id", "label", "score", "accounts", header_style="bold")
    for row in rows:
        names = ", ".join((a["name"] or "(unnamed)") + ("*" if a["new"] else "") for a in row["accounts"])
        table.add_row(
            plain(row["id"]), Text(row["label"], style=STYLES[row["label"]]), f"{row['score']:.2f}", plain(names)
        )
    return Group(table, Text("* new: nobody had told of this person before", style="dim"))
