"""The second password. Old clients put passwords into the query; on the way to modern they move into the body."""

from typing import Final

from contracts.operation import not_tried, operation
from contracts.rules.lens import lens
from contracts.rules.shapes import to_body

_SIGN_IN: Final = not_tried("would change how the person signs in")

_PATH = "/security/two-step"

ENDPOINTS = [
    operation("two_step.get", f"GET {_PATH}", safe="reads"),
    operation(
        "two_step.enable",
        f"POST {_PATH}/enable",
        request=lens(to_body("password"), to_body("recovery_email")),
        trial=_SIGN_IN,
    ),
    operation(
        "two_step.disable",
        f"POST {_PATH}/disable",
        request=lens(to_body("password")),
        trial=_SIGN_IN,
    ),
    operation(
        "two_step.change_password",
        f"POST {_PATH}/change-password",
        request=lens(to_body("current_password"), to_body("new_password")),
        trial=_SIGN_IN,
    ),
    operation(
        "two_step.change_email",
        f"POST {_PATH}/change-email",
        request=lens(to_body("password"), to_body("new_email")),
        trial=_SIGN_IN,
    ),
    operation("two_step.verify", f"POST {_PATH}/verify", trial=_SIGN_IN),
    operation("two_step.forgot", f"POST {_PATH}/forgot", trial=_SIGN_IN),
    operation("two_step.reset", f"POST {_PATH}/reset", trial=_SIGN_IN),
]
