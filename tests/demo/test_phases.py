import io

from demo.phases import Phases


def test_the_steps_of_a_phase_are_one_line() -> None:
    out = io.StringIO()
    phases = Phases(out)
    phases.note("it begins")
    phases.finished("expand", "column a", 0, 0.25)
    phases.finished("expand", "column b", 0, 0.5)
    phases.finished("backfill", "identity", 1200, 1.0)
    phases.moved("backfill", "identity", 5, 10)
    phases.finished("backfill", "pins", 34, 0.0)
    phases.note("it ends")
    phases.note("really")
    assert out.getvalue().splitlines() == [
        "it begins",
        "  ✓ expand: 2 steps (0.75 s)",
        "  ✓ backfill: 2 steps, 1,234 rows updated (1.00 s)",
        "it ends",
        "really",
    ]
