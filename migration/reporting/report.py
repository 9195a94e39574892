"""The report of a migration, for a person to read and sign: text and HTML from the same facts."""

from dataclasses import dataclass
from html import escape

from migration.anomalies.rules import TRAPS
from migration.reporting.result import Result
from migration.reporting.story import Balance, Story
from migration.schema.states import EXPLAINED

RULES = {trap.name: trap for trap in TRAPS}
SIGNATURES = ("Carried out by", "Checked by")


@dataclass(frozen=True)
class Section:
    """One heading: rows of cells under column names, or, without names, lines of one cell."""

    title: str
    rows: list[tuple[str, ...]]
    columns: tuple[str, ...] = ()


def sections(result: Result, where: str) -> list[Section]:
    """Return the whole report; everything printed comes from here."""
    story = result.story
    parts = [Section("Database", _lines(_database(result, where)))]
    if story is not None:
        parts += [
            Section(
                "Commands",
                _commands(story),
                ("ended, UTC", "command", "seconds", "longest lock, s", "by", "outcome"),
            ),
            Section("Rows and checksums", [_balance(b) for b in story.balances], BALANCE),
            Section("What the rules did", _rules(story), ("rule", "rows", "table", "", "example", "because")),
            Section("Times", _lines(story.phases)),
            Section("Backup", _lines([story.backup])),
        ]
    return [
        *parts,
        Section("Verification", _lines(result.differences or ["no differences"])),
        Section("What remains", _lines(_remaining(result))),
        Section(
            "Cases in the data today", _cases(result), ("rule", "cases", "what", "what is done", "examples")
        ),
        Section("Left as they are: nobody can know who wrote them (D16)", _lines(result.undecided)),
        Section("Signed", _lines([f"{who}, date: ______________________________" for who in SIGNATURES])),
    ]


BALANCE = ("table", "before", "now", "merged away", "new since", "checksum before", "checksum now")


def _lines(texts: list[str]) -> list[tuple[str, ...]]:
    return [(text,) for text in texts] or [("none",)]


def _database(result: Result, where: str) -> list[str]:
    lines = [where, f"found as {result.state}: {EXPLAINED.get(result.state, '')}", f"now: {result.phase}"]
    if result.story is not None:
        response = result.story
        lines += [
            f"database {response.database}, PostgreSQL {response.server}, chat-gateway {response.tool}",
            f"reported {response.at:%Y-%m-%d %H:%M:%S} UTC by {response.who}",
        ]
    return lines


def _commands(story: Story) -> list[tuple[str, ...]]:
    return [
        (
            f"{c.ended_at:%Y-%m-%d %H:%M:%S}",
            c.command,
            f"{c.seconds:.1f}",
            f"{c.longest_lock_seconds:.3f}",
            f"{c.who}; chat-gateway {c.tool}",
            c.outcome,
        )
        for c in story.commands
    ]


def _balance(b: Balance) -> tuple[str, ...]:
    before = "not read yet" if b.before is None else f"{b.before:,}"
    return b.table, before, f"{b.now:,}", f"{b.merged:,}", f"{b.added:,}", b.sum_before or "", b.sum_now


def _rules(story: Story) -> list[tuple[str, ...]]:
    """Return what each rule did, with the reason beside it."""
    return [
        (d.rule, f"{d.rows:,}", d.table, d.action, d.example, RULES[d.rule].reason if d.rule in RULES else "")
        for d in story.decisions
    ]


def _remaining(result: Result) -> list[str]:
    """What is not done, or kept aside."""
    kept = [f"chat_quarantine.kept: {number} rows of {table}" for table, number in result.quarantine.items()]
    later = [] if result.phase == "contract" else ["contract, when nobody writes in the old shape any more"]
    return [*(f"missing: {name}" for name in result.missing), *kept, *later]


def _cases(result: Result) -> list[tuple[str, ...]]:
    """What the data holds today, with the rule for it; some rules keep a case as it is."""
    known = [(c, RULES[c.name]) for c in result.conflicts if c.name in RULES]
    return [(c.name, f"{c.count:,}", trap.title, trap.rule, "; ".join(c.examples)) for c, trap in known]


def text_report(result: Result, where: str) -> str:
    """Return the report as text, in columns."""
    lines = ["Migration of the chat database", ""]
    for part in sections(result, where):
        rows = [part.columns, *part.rows] if part.columns else part.rows
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
        lines += [part.title, *("  " + _padded(row, widths) for row in rows), ""]
    return "\n".join(lines)


def _padded(row: tuple[str, ...], widths: list[int]) -> str:
    """Numbers to the right, words to the left."""
    cells = (
        cell.rjust(width) if cell.replace(",", "").replace(".", "").isdigit() else cell.ljust(width)
        for cell, width in zip(row, widths, strict=True)
    )
    return "  ".join(cells).rstrip()


STYLE = (
    "body{font:14px/1.5 sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;margin:.5rem 0}td,th{border:1px solid #bbb;padding:.2rem .5rem;text-align:left;"
    "vertical-align:top}h2{font-size:1.1rem;margin-top:1.5rem}@media print{body{margin:0}h2{break-after:avoid}}"
)


def html_report(result: Result, where: str) -> str:
    """Return the report as one HTML page without anything from outside."""
    body = "".join(f"<h2>{escape(p.title)}</h2>{_html(p)}" for p in sections(result, where))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Migration report</title>'
        f"<style>{STYLE}</style></head><body><h1>Migration of the chat database</h1>{body}</body></html>"
    )


def _html(part: Section) -> str:
    if not part.columns:
        return "<ul>" + "".join(f"<li>{escape(row[0])}</li>" for row in part.rows) + "</ul>"
    head = "".join(f"<th>{escape(name)}</th>" for name in part.columns)
    rows = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in part.rows)
    return f"<table><tr>{head}</tr>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"
