-- The gateways' own schema: the rules of the rollout, who changed them, the ledger and the comparison.
-- Only the operator's role changes the rules; the gateways' role reads them and writes what it has counted.
CREATE SCHEMA IF NOT EXISTS chat_rollout;

CREATE TABLE IF NOT EXISTS chat_rollout.rules (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    version bigint NOT NULL,
    document jsonb NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by text NOT NULL,
    reason text NOT NULL
);

CREATE TABLE IF NOT EXISTS chat_rollout.audit (
    version bigint PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    database_role text NOT NULL DEFAULT session_user,
    changed_by text NOT NULL,
    action text NOT NULL,
    reason text NOT NULL,
    before jsonb,
    after jsonb NOT NULL
);

-- One row a process of a gateway: which version it has applied, and when it was last heard of.
CREATE TABLE IF NOT EXISTS chat_rollout.processes (
    id uuid PRIMARY KEY,
    node text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    version bigint NOT NULL
);

-- Who still uses the legacy shape. `day` is in UTC.
CREATE TABLE IF NOT EXISTS chat_rollout.ledger (
    day date NOT NULL,
    operation text NOT NULL,
    client text NOT NULL,
    user_id bigint NOT NULL,
    requests bigint NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (day, operation, client, user_id)
);

-- A batch of counts is applied once, however often it is sent.
CREATE TABLE IF NOT EXISTS chat_rollout.batches (
    id uuid PRIMARY KEY,
    process uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS chat_rollout.marks (
    kind text NOT NULL,
    day date NOT NULL,
    PRIMARY KEY (kind, day)
);

CREATE TABLE IF NOT EXISTS chat_rollout.compared (
    operation text PRIMARY KEY,
    equal bigint NOT NULL,
    noise bigint NOT NULL,
    different bigint NOT NULL,
    overflow boolean NOT NULL,
    values_seen bigint NOT NULL DEFAULT 0,
    values_masked bigint NOT NULL DEFAULT 0,
    skipped jsonb NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE chat_rollout.compared ADD COLUMN IF NOT EXISTS values_seen bigint NOT NULL DEFAULT 0;
ALTER TABLE chat_rollout.compared ADD COLUMN IF NOT EXISTS values_masked bigint NOT NULL DEFAULT 0;

CREATE TABLE IF NOT EXISTS chat_rollout.differences (
    operation text NOT NULL,
    path text NOT NULL,
    kind text NOT NULL,
    count bigint NOT NULL,
    example jsonb NOT NULL,
    last_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (operation, path, kind)
);

-- How each upstream answered each operation, by hour; `bucket` is a range of times (gateway/traffic/health.py).
CREATE TABLE IF NOT EXISTS chat_rollout.health (
    hour timestamptz NOT NULL,
    operation text NOT NULL,
    upstream text NOT NULL,
    bucket smallint NOT NULL,
    requests bigint NOT NULL,
    errors bigint NOT NULL,
    PRIMARY KEY (hour, operation, upstream, bucket)
);
