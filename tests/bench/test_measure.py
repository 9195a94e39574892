from tests.bench.measure import Measured, Plan, summary
from tests.bench.workloads import WORKLOADS

PLAN = Plan(people=4, connections=2, rounds=3, seconds=0.1)


def test_ratios_are_of_one_round_and_medians_are_over_rounds():
    found = {
        "gateway": [Measured(100, 10, 1, 2), Measured(50, 20, 3, 4), Measured(400, 12, 5, 9)],
        "nginx_lua": [Measured(200, 5, 1, 2), Measured(50, 10, 1, 2), Measured(100, 6, 1, 2)],
    }
    line = summary(WORKLOADS["typing"], PLAN, found, {"gateway": [], "nginx_lua": ["a fault"]})
    assert line["ratio_to_nginx_lua"] == 1.0  # of 0.5, 1 and 4
    assert (line["cpu_us"], line["p50_us"], line["p99_us"]) == (12, 3, 4)
    assert (line["workload"], line["people"], line["connections"]) == ("typing", 4, 2)
    assert line["peers"]["nginx_lua"] == {
        "requests_per_s": 100, "cpu_us": 6, "p50_us": 1, "p99_us": 2, "faults": ["a fault"]
    }  # fmt: skip


def test_a_peer_that_was_not_measured_is_null_and_so_is_the_ratio():
    line = summary(WORKLOADS["typing"], PLAN, {"gateway": [Measured(1, 2, 3, 4)]}, {"gateway": []})
    assert line["ratio_to_nginx_lua"] is line["ratio_to_plain_nginx"] is line["cpu_ratio_to_stock"] is None
    assert set(line["peers"].values()) == {None}


def test_a_paced_workload_has_no_ratio_of_requests():
    found = {name: [Measured(1, 2, 3, 4)] for name in ("gateway", "plain_nginx")}
    line = summary(WORKLOADS["socket"], PLAN, found, {name: [] for name in found})
    assert line["ratio_to_plain_nginx"] is None
    assert line["peers"]["plain_nginx"]["cpu_us"] == 2
