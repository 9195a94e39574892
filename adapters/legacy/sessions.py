"""Sessions: the devices of a person."""

from contracts.operation import Trial, not_tried, operation
from contracts.rules.lens import lens
from contracts.rules.shapes import to_body

ENDPOINTS = [
    operation("sessions.list", "GET /sessions", safe="reads"),
    operation(
        "sessions.terminate_others",
        "DELETE /sessions",
        trial=not_tried("would end the person's other sessions"),
    ),
    # Old clients invented this route; it keeps the calling session.
    operation(
        "sessions.terminate_all",
        "POST /sessions/terminate-all",
        trial=not_tried("would end the person's other sessions"),
    ),
    operation(
        "sessions.register",
        "POST /sessions/register",
        request=lens(*(to_body(name) for name in ("device_name", "device_type", "browser", "os"))),
        trial=Trial(also=("device_name",), step=True),
    ),
    operation("sessions.terminate", "DELETE /sessions/{session_id}", trial=Trial(step=True)),
]
