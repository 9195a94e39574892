"""The WebSockets of the chat: who may open one, who is there, and how a call finds its way between two shapes."""

from contracts.model.socket_limits import Limits
from gateway.sockets.bridge import CallOver
from gateway.sockets.permissions import CallRequest, Everybody, Permissions, Verdict
from gateway.sockets.service import Settings, Sockets

__all__ = ["CallOver", "CallRequest", "Everybody", "Limits", "Permissions", "Settings", "Sockets", "Verdict"]
