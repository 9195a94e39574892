"""A stranger's database on paper: what the features write into it, before any of it is made."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.migration.generator.world import World

ODD_NAMES = (
    '"clientId"',
    '"order"',
    '"Select"',
    '"with ""quote"""',
    '"a b"',
    "old",
    '"new"',
    "t",
    "key",
    "r",
    "winner",
    "changed",
    "x" * 63,
    '"rule"',
    "person",
    "patch",
    "names",
    "hit",
    "j",
    "b",
    "o",
    '"Ä"',
)
# Tables that a chat database may lack.
OPTIONAL = (
    "polls",
    "chat_privacy_reports",
    "message_read_receipts",
    "chat_active_sessions",
    "call_logs",
    "advertiser_profiles",
    "chat_settings",
    "blocked_chat_contacts",
)
MERGED = (
    "conversation_participants",
    "message_reactions",
    "message_read_receipts",
    "blocked_chat_contacts",
    "chat_settings",
    "chat_active_sessions",
    "poll_votes",
)
TABLES = (
    "users",
    "conversations",
    "chat_messages",
    *MERGED,
    "call_logs",
    "chat_privacy_reports",
    "polls",
    "poll_options",
)


@dataclass
class Draft:
    """Statements in the order in which they are run; unqualified names are of `schema`.

    `app` writes as the application, `owner` owns everything; both are names of roles that only this database has.
    """

    state: str
    app: str
    owner: str
    schema: str = "public"
    encoding: str = "UTF8"
    superuser: bool = False  # the application is one
    by_owner: bool = False  # the owner migrates, and no superuser
    path: str | None = None  # the application's search_path; None: the schema
    grants: bool = True
    gone: set[str] = field(default_factory=set)
    first: list[str] = field(default_factory=list)
    shape: list[str] = field(default_factory=list)
    plants: list[Callable[[World], None]] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    last: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)  # by the application's owner, after `up`
    loose: set[str] = field(default_factory=set)  # tables that triggers of others write
    hanging: dict[str, str] = field(default_factory=dict)  # table -> column that points at ours
    restored: bool = False  # from a dump of itself
    writes_without: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)

    def there(self, random: Random, among: tuple[str, ...] = TABLES) -> str:
        """Choose a table that was not dropped."""
        return random.choice([t for t in among if t not in self.gone])

    def name(self, random: Random) -> str:
        """Return a column's name that nobody expects, and that no other feature has taken."""
        chosen = random.choice(ODD_NAMES) if random.random() < 0.6 else f"extra_{len(self.columns)}"
        if chosen in self.columns or not (chosen.isascii() or self.encoding == "UTF8"):
            chosen = f"extra_{len(self.columns)}"
        self.columns.add(chosen)
        return chosen


@dataclass(frozen=True)
class Feature:
    """One thing that real databases have. `may_block`: `plan` may refuse it with a sentence."""

    name: str
    kind: str
    write: Callable[[Draft, Random], None]
    may_block: bool = False


FEATURES: dict[str, Feature] = {}


# What other features ask about comes first.
FIRST_KINDS = ("missing tables", "encoding", "schema", "rights")


def in_order(names: set[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Return features in the order in which they write."""
    first = [f.name for kind in FIRST_KINDS for f in FEATURES.values() if f.kind == kind]
    return tuple(n for n in dict.fromkeys((*first, *FEATURES)) if n in names)


def feature(kind: str, *, may_block: bool = False, name: str | None = None):
    """Register a function that writes a feature into a draft; its name with blanks is the feature's."""

    def register(write):
        title = name or write.__name__.replace("_", " ")
        FEATURES[title] = Feature(title, kind, write, may_block)
        return write

    return register
