"""What a person sees: a line a finished step; on a terminal a moving line with rows, rate, time left and phase."""

import io
import re

from migration.engine.progress import Lines, Progress


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
