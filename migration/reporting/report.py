"""The story of a migration, for a person to read and sign: text and HTML from the same facts."""

from html import escape

from migration.anomalies.rules import TRAPS
from migration.reporting.result import Result
from migration.schema.states import EXPLAINED


def facts(result: Result, where: str) -> list[tuple[str, list[str]]]:
    """Return the report as headings with lines; everything printed comes from here."""
    traps = {trap.name: trap for trap in TRAPS}
    found = {c.name: c for c in result.conflicts}
    conflicts = [
        f"{name}, {traps[name].title}: {found[name].count} cases ({'; '.join(found[name].examples)}). "
        f"Rule: {traps[name].rule}. Because: {traps[name].reason}."
        for name in traps
        if name in found
    ]
    return [
        (
            "Database",
            [where, f"found as {result.state}: {EXPLAINED.get(result.state, '')}", f"now: {result.phase}"],
        ),
        (
            "Rows that were changed, merged or added",
            [f"{t}: {n}" for t, n in result.rows.items()] or ["none"],
        ),
        ("What the rules decided", result.decided or ["nothing to decide"]),
        ("Open cases in the data", conflicts or ["none"]),
        ("Left as they are: nobody can know who wrote them (D16)", result.undecided or ["none"]),
        ("Kept in chat_quarantine.kept", [f"{t}: {n}" for t, n in result.quarantine.items()] or ["nothing"]),
        ("Still missing", result.missing or ["nothing"]),
        ("Verification", result.differences or ["no differences"]),
        ("Signed", ["name, date: ______________________________"]),
    ]


def text_report(result: Result, where: str) -> str:
    """Return the report as text."""
    lines = ["Migration of the chat database", ""]
    for heading, entries in facts(result, where):
        lines += [heading, *(f"  {entry}" for entry in entries), ""]
    return "\n".join(lines)


def html_report(result: Result, where: str) -> str:
    """Return the report as one HTML page without anything from outside."""
    parts = []
    for heading, entries in facts(result, where):
        items = "".join(f"<li>{escape(entry)}</li>" for entry in entries)
        parts.append(f"<h2>{escape(heading)}</h2><ul>{items}</ul>")
    style = "body{font:16px/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Migration report</title>'
        f"<style>{style}</style></head><body><h1>Migration of the chat database</h1>{''.join(parts)}</body></html>"
    )
