from aiohttp.test_utils import make_mocked_request

from gateway.exchange.plan import Plan
from gateway.http.head import read_head
from gateway.http.request_context import RequestContext


def test_before_anything_is_known_nothing_is_said_of_it() -> None:
    told = RequestContext(make_mocked_request("GET", "/api/chat/x?token=secret")).log_fields(400, 0.0012345)
    assert told == {
        "method": "GET",
        "path": "",
        "status": 400,
        "ms": 1.234,
        "request_id": "",
        "shape": "",
        "operation": "",
    }


def test_the_shape_is_what_the_plan_says_in_the_end() -> None:
    request = make_mocked_request(
        "PUT", "/api/chat/settings?token=secret", {"X-Request-Id": "r-1", "Host": "h"}
    )
    context = RequestContext(request)
    context.head = read_head(request, 0)
    context.plan = Plan("exchange", "settings.put", "2.1")
    context.plan.shape = "legacy"
    told = context.log_fields(200, 1)
    assert (told["shape"], told["operation"], told["path"], told["request_id"]) == (
        "legacy",
        "settings.put",
        "/api/chat/settings",
        "r-1",
    )
    assert "secret" not in str(told)
