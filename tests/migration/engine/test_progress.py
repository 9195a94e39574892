"""What a person sees: a line a finished step; on a terminal a moving line with rows, rate, time left and phase."""

import io
import re

import pytest

from migration.engine.progress import Lines, Phases, Progress, for_person


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_finished_step_is_a_line_with_time_tick_and_rows():
    out = io.StringIO()
    Lines(out).finished("backfill", "creators", 1234, 0.5)
    assert re.fullmatch(
        r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] ✓ backfill: creators \(1,234 rows updated, 0\.50 s\)\n",
        out.getvalue(),
    )


def test_a_file_gets_no_moving_line():
    out = io.StringIO()
    Lines(out).moved("backfill", "creators", 1, 2)
    assert out.getvalue() == ""


def test_a_terminal_gets_one_that_is_written_over():
    out = Terminal()
    lines = Lines(out)
    lines.moved("backfill", "creators", 500, 1000)
    lines.moved("backfill", "creators", 1000, 1000)
    lines.finished("backfill", "creators", 3, 0.1)
    shown = out.getvalue()
    assert shown.count("\r\x1b[K") == 3
    assert re.search(r"backfill: creators 500 of 1,000 rows \(50 %\), [\d,]+ a second, \d+ s left", shown)
    assert shown.count("\n") == 1


def test_an_estimate_of_nothing_is_no_division_by_zero():
    out = Terminal()
    Lines(out).moved("backfill", "creators", 0, 0)
    assert "(0 %)" in out.getvalue()


def test_the_base_says_nothing():
    progress = Progress()
    assert (progress.moved("a", "b", 1, 2), progress.finished("a", "b", 1, 2.0), progress.note("x")) == (
        None,
        None,
        None,
    )


def test_a_terminal_gets_a_line_a_phase_with_rate_and_remaining_time():
    out = Terminal()
    phases = Phases(out)
    phases.started("backfill", 2, 4000)
    phases.finished("backfill", "nothing to look at", 0, 0.1)
    phases.moved("backfill", "creators", 1000, 2000)
    assert re.search(r"  backfill 25 %, [\d,]+ rows a second, \d+ s left: creators$", out.getvalue())
    phases.finished("backfill", "creators", 7, 0.1)
    phases.ended("backfill")
    kept = out.getvalue().rpartition("\r\x1b[K")[2]
    assert re.fullmatch(r"✓ backfill +2 steps +7 rows changed +0\.\d s\n", kept)


def test_a_phase_that_nobody_announced_ends_with_the_next_one():
    out = Terminal()
    phases = Phases(out)
    phases.finished("back from merge", "rows", 3, 0.1)
    phases.finished("back from backfill", "rows", 4, 0.1)
    phases.note("done")
    kept = [line.rpartition("\x1b[K")[2] for line in out.getvalue().rstrip().split("\n")]
    assert [re.sub(r" +", " ", line).rsplit(" ", 2)[0] for line in kept] == [
        "✓ back from merge 1 steps 3 rows changed",
        "✓ back from backfill 1 steps 4 rows changed",
        "done",
    ]


@pytest.mark.parametrize(
    ("out", "verbose", "kind"),
    [(io.StringIO(), False, Lines), (Terminal(), False, Phases), (Terminal(), True, Lines)],
)
def test_who_gets_which_form(out, verbose, kind):
    assert type(for_person(out, verbose=verbose)) is kind
