"""The command line: exit codes, JSON, refusals that touch nothing, backups."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from typer.testing import CliRunner

from demo.postgres import find_binaries
from migration.cli import app
from migration.engine.address import shown
from migration.engine.session import ONE_AT_A_TIME
from tests.migration.databases import SCHEMA, SMALL, USER, connected, dump, filled, rows, value
from tests.support.processes import ran

KEYS = {"command", "state", "phase", "done", "rows", "conflicts", "differences", "seconds"}


def migrate(*arguments):
    """Run the command in this process, on a thread that has no event loop yet: exit code, output, errors."""
    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(CliRunner().invoke, app, arguments).result()
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def migrate_alone(*arguments):
    """Run it in a process of its own, as a person does: exit code, output, errors."""
    done = ran([sys.executable, "-m", "migration.cli", *arguments])
    return done.returncode, done.stdout, done.stderr


async def test_the_whole_way_on_the_command_line(make_database, tmp_path):
    dsn, known = await filled(make_database, "L", SMALL)
    code, out, _ = migrate_alone("status", "--dsn", dsn, "--json")
    assert (code, json.loads(out)["state"], json.loads(out)["phase"]) == (0, "L", "none")
    code, out, _ = migrate("plan", "--dsn", dsn, "--json")
    answer = json.loads(out)
    assert (code, {c["class"]: c["count"] for c in answer["conflicts"]}) == (0, known)
    assert all(c["examples"] for c in answer["conflicts"])
    # Of the two messages that name a stranger, one is of a conversation in which both people take part.
    assert known["D16"] == 2
    (left,) = answer["undecided"]
    assert left.startswith("message ")
    assert f"D16, left as it is: {left}" in migrate("plan", "--dsn", dsn)[1]
    code, out, said = migrate_alone("up", "--dsn", dsn, "--no-backup", "--json")
    answer = json.loads(out)
    assert set(answer) >= KEYS
    assert (code, answer["phase"], answer["done"]) == (0, "constrain", True)
    assert answer["rows"]["chat_messages"] > 0
    assert "✓ backfill: creators (" in said
    assert said.rstrip().endswith("✓ migration completed: constrain")
    code, out, _ = migrate("verify", "--dsn", dsn, "--json")
    assert (code, json.loads(out)["differences"]) == (0, [])
    page = tmp_path / "report.html"
    code, out, _ = migrate("report", "--dsn", dsn, "--html", str(page))
    assert code == 0
    for text in (out, page.read_text(encoding="utf-8")):
        assert left in text
        assert "merged away" in text
        assert "Signed" in text
        assert "no differences" in text
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    await rows(dsn, "UPDATE pg_class SET relname = relname WHERE false")
    code, out, _ = migrate("down", "--dsn", dsn, "--json")
    assert (code, json.loads(out)["phase"]) == (0, "none")


async def test_verify_exits_with_1_and_lists_the_differences(make_database):
    dsn, _ = await filled(make_database, "L", SMALL)
    assert migrate("up", "--dsn", dsn, "--no-backup")[0] == 0
    await rows(dsn, "DROP INDEX uq_chat_settings_user")
    code, out, _ = migrate("verify", "--dsn", dsn)
    assert (code, out.strip()) == (1, "index uq_chat_settings_user is not there")


@pytest.mark.parametrize(
    ("dsn", "said"),
    [
        (
            "postgresql://postgres:secret@127.0.0.1:1/chat",
            "refused: cannot connect to postgresql://postgres@127.0.0.1:1/chat",
        ),
        ("not an address", "refused: cannot connect"),
        ("mysql://root@localhost/chat", "refused: cannot connect"),
    ],
)
@pytest.mark.parametrize("command", ["status", "plan", "verify", "down", "report"])
def test_a_wrong_address_is_refused(dsn, said, command):
    code, out, errors = migrate(command, "--dsn", dsn)
    assert (code, out) == (2, "")
    assert said in errors
    assert "secret" not in errors
    assert "Traceback" not in errors


async def refused(dsn, *arguments):
    """Run something that must be refused: the text, after a look that nothing was touched."""
    before = dump(dsn)
    code, out, errors = migrate(*arguments, "--dsn", dsn)
    assert (code, out) == (2, "")
    assert dump(dsn) == before
    return errors


async def test_up_without_a_word_about_a_backup_is_refused(make_database):
    assert "--backup FILE or --no-backup" in await refused(make_database(SCHEMA["L"]), "up")
    both = await refused(make_database(SCHEMA["L"]), "up", "--no-backup", "--backup", "x")
    assert "contradict" in both
    assert "--backup FILE or --no-backup" in await refused(make_database(USER), "up")
    begun = make_database(SCHEMA["L"])
    assert migrate("up", "--dsn", begun, "--no-backup", "--to", "expand")[0] == 0
    assert "--backup FILE or --no-backup" in await refused(begun, "up")


async def test_the_same_up_continues_and_a_finished_one_changes_nothing(make_database):
    dsn, _ = await filled(make_database, "L", SMALL)
    assert migrate("up", "--dsn", dsn, "--no-backup", "--to", "expand")[0] == 0
    assert migrate("up", "--dsn", dsn, "--no-backup")[0] == 0
    finished = dump(dsn)
    code, out, _ = migrate("up", "--dsn", dsn, "--no-backup", "--json")
    assert (code, json.loads(out)["phase"], json.loads(out)["done"]) == (0, "constrain", True)
    assert dump(dsn) == finished


@pytest.mark.parametrize("command", [("up", "--no-backup"), ("status",), ("down",)])
async def test_a_database_that_is_no_chat_is_refused(make_database, command):
    assert "no chat database" in await refused(
        make_database("CREATE TABLE users (id serial PRIMARY KEY)"), *command
    )


async def test_an_unknown_phase_is_refused(make_database):
    assert "no phase far" in await refused(make_database(SCHEMA["L"]), "up", "--no-backup", "--to", "far")


async def test_two_at_once_are_refused(make_database):
    dsn = make_database(SCHEMA["L"])
    async with connected(dsn) as first:
        await first.execute("SELECT pg_advisory_lock($1)", ONE_AT_A_TIME)
        assert "another migration" in await refused(dsn, "up", "--no-backup")


async def test_a_newer_journal_is_refused(make_database):
    dsn, _ = await filled(make_database, "L", SMALL)
    assert migrate("up", "--dsn", dsn, "--no-backup", "--to", "expand")[0] == 0
    await rows(dsn, "UPDATE chat_migration.run SET version = 99")
    for command in (("up", "--no-backup"), ("down",), ("verify",)):
        assert "newer version" in await refused(dsn, *command)


async def test_missing_rights_are_refused(make_database):
    dsn = make_database(SCHEMA["L"])
    name = dsn.rsplit("/", 1)[1]
    role = f"reader_{name}"
    await rows(dsn, f"CREATE ROLE {role} LOGIN PASSWORD 'secret'")
    try:
        tail = dsn.split("@")[1]
        for command in ("verify", "status"):
            assert migrate(command, "--dsn", f"postgresql://{role}:secret@{tail}")[0] in (0, 2)
        code, out, _ = migrate("plan", "--dsn", f"postgresql://{role}:secret@{tail}")
        assert (code, "BLOCKED: missing rights" in out) == (1, True)
        await rows(dsn, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
        before = dump(dsn)
        code, _, errors = migrate("up", "--no-backup", "--dsn", f"postgresql://{role}:secret@{tail}")
        assert (code, "missing rights" in errors) == (2, True)
        code, out, _ = migrate("plan", "--dsn", f"postgresql://{role}:secret@{tail}")
        assert (code, "BLOCKED" in out) == (1, True)
        assert dump(dsn) == before
    finally:
        await rows(dsn, f"DROP OWNED BY {role}")
        await rows(dsn, f"DROP ROLE {role}")


async def test_a_backup_is_made_and_read_back(make_database, tmp_path, monkeypatch):
    monkeypatch.setenv("CHAT_GATEWAY_PG_BIN", str(find_binaries()))
    dsn, _ = await filled(make_database, "L", SMALL)
    file = tmp_path / "chat.backup"
    half = tmp_path / "chat.backup.part"
    half.write_text("left by a killed run", encoding="utf-8")
    command = ("up", "--dsn", dsn, "--backup", str(file))
    code, _, said = migrate(*command, "--to", "expand")
    made = file.read_bytes()
    assert (code, made[:5], half.exists()) == (0, b"PGDMP", False)
    assert f"✓ backup {file}" in said
    assert await value(dsn, "SELECT backup FROM chat_migration.run") == str(file)
    # The same command continues: this is the backup that it asks for.
    code, _, said = migrate(*command)
    assert (code, file.read_bytes(), "✓ backup" in said) == (0, made, False)


async def test_a_backup_is_never_written_over_and_its_failure_stops_everything(
    make_database, tmp_path, monkeypatch
):
    monkeypatch.setenv("CHAT_GATEWAY_PG_BIN", str(find_binaries()))
    dsn = make_database(SCHEMA["L"])
    there = tmp_path / "there"
    there.write_text("mine", encoding="utf-8")
    assert "never written over" in await refused(dsn, "up", "--backup", str(there))
    assert there.read_text(encoding="utf-8") == "mine"
    assert "the backup cannot be written" in await refused(
        dsn, "up", "--backup", str(tmp_path / "no" / "folder")
    )
    monkeypatch.setenv("CHAT_GATEWAY_PG_BIN", str(tmp_path))
    assert "pg_dump is not installed" in await refused(dsn, "up", "--backup", str(tmp_path / "x"))


def test_a_refusal_is_the_exit_code_of_the_process():
    code, out, errors = migrate_alone("status", "--dsn", "nonsense")
    assert (code, out) == (2, "")
    assert errors.startswith("refused: ")
    assert len(errors.splitlines()) == 1


def test_help_names_every_command():
    text = CliRunner().invoke(app, ["--help"]).output
    assert all(name in text for name in ("status", "plan", "up", "verify", "down", "report"))


def test_the_password_is_never_shown():
    assert shown("postgresql://a:secret@host:1/db?sslmode=require") == "postgresql://a@host:1/db"


async def test_a_user_based_database_needs_nothing(make_database):
    code, out, said = migrate("up", "--dsn", make_database(USER), "--no-backup", "--json")
    assert (code, json.loads(out)["state"], json.loads(out)["done"]) == (0, "U", True)
    assert "nothing to do" in said
