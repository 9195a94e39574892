"""The names of header fields that do not cross the gateway as clients write them, and why.

A backend may take several spellings for the same name (`fold`), so all of them are meant.
"""

import re
from typing import Final

#: RFC 9110 section 7.6.1, RFC 9112, and the two that live on in old proxies.
HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "trailers",
        "transfer-encoding",
        "upgrade",
    }
)
#: What `Connection:` may not take away: doing so would change who calls, from where, or what the message is.
PROTECTED: Final = frozenset(
    {
        "authorization",
        "cache-control",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "forwarded",
        "host",
        "set-cookie",
        "via",
        "x-request-id",
    }
)
#: Names of ours, and of common backends and proxies, that say who calls. Compared after `fold`.
IDENTITY: Final = frozenset(
    {
        "remoteuser",
        "sslclientcert",
        "tailscaleuserlogin",
        "tailscaleusername",
        "xaccountid",
        "xanonymousconsumer",
        "xchatprofile",
        "xclientcert",
        "xclientdn",
        "xclientverify",
        "xendpointapiuserinfo",
        "xgoogiapjwtassertion",
        "xprofileid",
        "xprofiletype",
        "xremotegroups",
        "xremoteuser",
        "xuser",
        "xuseremail",
        "xusergroups",
        "xuserid",
        "xuserinfo",
        "xusername",
        "xuserrole",
        "xuserroles",
        "xwebauthuser",
    }
)
#: The same by their beginning: oauth2-proxy, Kong, Apigee, Cloudflare Access, Google, AWS, Azure, Authelia, authentik,
#: Pomerium, Vouch and the modules of nginx, Apache and HAProxy each have a family of names.
IDENTITY_FAMILIES: Final = (
    "cfaccess",
    "remoteemail",
    "remotegroups",
    "remotename",
    "xamznoidc",
    "xauthenticated",
    "xauthentik",
    "xauthrequest",
    "xauthuser",
    "xconsumer",
    "xcredential",
    "xforwarded",
    "xgoogauthenticateduser",
    "xmsclientprincipal",
    "xpomerium",
    "xsslclient",
    "xvouch",
)
#: What would make the backend answer another request than the one that was looked at.
REWRITES: Final = frozenset(
    {
        "xhttpmethod",
        "xhttpmethodoverride",
        "xmethodoverride",
        "xoriginalforwardedfor",
        "xoriginalhost",
        "xoriginalmethod",
        "xoriginalpath",
        "xoriginalproto",
        "xoriginaluri",
        "xoriginalurl",
        "xrewriteurl",
    }
)
REWRITE_FAMILIES: Final = ("xenvoyoriginal",)
#: Set again by us from the connection and the trusted hops (`gateway.fields.forwarded`): where a request comes from.
SAID_ANEW: Final = frozenset(
    {
        "cfconnectingip",
        "cfconnectingipv6",
        "clientip",
        "fastlyclientip",
        "forwarded",
        "trueclientip",
        "via",
        "xclientip",
        "xclusterclientip",
        "xrealip",
        "xremoteaddr",
        "xremoteip",
        "xrequestid",
    }
)
FAMILIES: Final = IDENTITY_FAMILIES + REWRITE_FAMILIES
FRAMING: Final = frozenset({"contentlength", "expect", "host"})
#: Of these we and the backend must read one spelling: a WSGI or CGI server takes ``Content_Type`` for it, too.
ONE_SPELLING: Final = {
    name.replace("-", ""): name
    for name in ("authorization", "content-encoding", "content-type", "cookie", "origin", "x-chat-api")
}
_ODD: Final = re.compile(r"[^a-z0-9]+")


def fold(name: str) -> str:
    """Every spelling that a backend may take for the same name: ``X_User.Id`` and ``x-user-id`` are one."""
    return _ODD.sub("", name.lower())


DROPPED: Final = frozenset({*(fold(name) for name in HOP_BY_HOP), *IDENTITY, *REWRITES, *SAID_ANEW, *FRAMING})


def is_set_by_us(name: str) -> bool:
    """Whether the gateway alone may say this to the upstream: who calls, from where, and what is asked."""
    folded = fold(name)
    return folded in IDENTITY or folded in REWRITES or folded in SAID_ANEW or folded.startswith(FAMILIES)
