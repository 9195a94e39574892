import pytest

from tests.bench.workloads import Browser, Workload, requests


@pytest.mark.parametrize(("connections", "made"), [(0, 9), (4, 4)])
def test_what_is_large_is_made_for_few_only(connections: int, made: int) -> None:
    seen: list[int] = []

    def ask(browser: Browser) -> list[bytes]:
        seen.append(browser.person)
        return [b"%d" % browser.person]

    workload = Workload("any", ask, ask, connections=connections)
    assert requests(workload, 9, legacy=True) == [b"%d" % person for person in range(1, made + 1)]
    assert len(seen) == made
