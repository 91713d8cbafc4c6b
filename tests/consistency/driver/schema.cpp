#include "tests/consistency/driver/schema.hpp"

#include <fmt/format.h>

#include <initializer_list>

namespace pgfold::consistency {
namespace {

constexpr const char* tables = R"(
CREATE SCHEMA consistency;
CREATE SCHEMA consistency_east;
CREATE SCHEMA consistency_west;
SET search_path = consistency;
SET check_function_bodies = off;

-- Lists and what hangs on them: foreign keys that delete, and that set to NULL.
CREATE TABLE parent (id bigint PRIMARY KEY, grp bigint NOT NULL,
                     version bigint NOT NULL, writer bigint NOT NULL);
CREATE INDEX ON parent (grp);
CREATE TABLE child (id bigint PRIMARY KEY,
                    parent_id bigint NOT NULL REFERENCES parent ON DELETE CASCADE,
                    version bigint NOT NULL, writer bigint NOT NULL);
CREATE INDEX ON child (parent_id);
CREATE TABLE grandchild (id bigint PRIMARY KEY,
                         child_id bigint NOT NULL REFERENCES child ON DELETE CASCADE,
                         version bigint NOT NULL, writer bigint NOT NULL);
CREATE INDEX ON grandchild (child_id);
CREATE TABLE note (id bigint PRIMARY KEY, bucket bigint NOT NULL,
                   parent_id bigint REFERENCES parent ON DELETE SET NULL,
                   version bigint NOT NULL, writer bigint NOT NULL);
CREATE INDEX ON note (parent_id);

CREATE VIEW child_view AS
    SELECT c.id, c.parent_id, c.version, c.writer FROM child c JOIN parent p ON p.id = c.parent_id;
CREATE FUNCTION children_of(bigint) RETURNS SETOF child LANGUAGE sql STABLE
    AS 'SELECT * FROM consistency.child WHERE parent_id = $1';

-- A trigger that writes elsewhere at once, and one that does so when the transaction commits.
CREATE TABLE account (id bigint PRIMARY KEY, version bigint NOT NULL, writer bigint NOT NULL);
CREATE TABLE mirror (account_id bigint PRIMARY KEY, version bigint NOT NULL, writer bigint NOT NULL);
CREATE TABLE late_mirror (account_id bigint PRIMARY KEY,
                          version bigint NOT NULL, writer bigint NOT NULL);
CREATE FUNCTION copy_to_mirror() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE consistency.mirror SET version = NEW.version, writer = NEW.writer
    WHERE account_id = NEW.id;
    RETURN NULL;
END $$;
CREATE FUNCTION copy_to_late_mirror() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE consistency.late_mirror SET version = NEW.version, writer = NEW.writer
    WHERE account_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER at_once AFTER UPDATE ON account FOR EACH ROW EXECUTE FUNCTION copy_to_mirror();
CREATE CONSTRAINT TRIGGER at_commit AFTER UPDATE ON account DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION copy_to_late_mirror();
CREATE VIEW account_view AS SELECT id, version, writer FROM account;
CREATE FUNCTION account_of(bigint) RETURNS SETOF account LANGUAGE sql STABLE
    AS 'SELECT * FROM consistency.account WHERE id = $1';

-- Writes that look like reads, or like nothing.
CREATE FUNCTION bump_account(of_id bigint, by_writer bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE made bigint;
BEGIN
    UPDATE consistency.account SET version = version + 1, writer = by_writer WHERE id = of_id
    RETURNING version INTO made;
    RETURN made;
END $$;
CREATE FUNCTION bump_vehicle(of_id bigint, by_writer bigint) RETURNS bigint LANGUAGE sql AS
    'UPDATE consistency.vehicle SET version = version + 1, writer = $2 WHERE id = $1
     RETURNING version';
CREATE PROCEDURE call_account(of_id bigint, by_writer bigint, INOUT made bigint)
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE consistency.account SET version = version + 1, writer = by_writer WHERE id = of_id
    RETURNING version INTO made;
END $$;
-- Committed a while before its answer is sent.
CREATE PROCEDURE commit_early(of_id bigint, by_writer bigint, INOUT made bigint)
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE consistency.vehicle SET version = version + 1, writer = by_writer WHERE id = of_id
    RETURNING version INTO made;
    COMMIT;
    PERFORM pg_sleep(0.002);
END $$;

-- A rule.
CREATE TABLE ledger (id bigint PRIMARY KEY, version bigint NOT NULL, writer bigint NOT NULL);
CREATE TABLE ledger_copy (ledger_id bigint PRIMARY KEY,
                          version bigint NOT NULL, writer bigint NOT NULL);
CREATE RULE also_copy AS ON UPDATE TO ledger DO ALSO
    UPDATE ledger_copy SET version = version + 1, writer = NEW.writer WHERE ledger_id = OLD.id;

-- Partitions and inheritance.
CREATE TABLE part (id bigint NOT NULL, region bigint NOT NULL,
                   version bigint NOT NULL, writer bigint NOT NULL, PRIMARY KEY (id, region))
    PARTITION BY LIST (region);
CREATE TABLE part_0 PARTITION OF part FOR VALUES IN (0);
CREATE TABLE part_1 PARTITION OF part FOR VALUES IN (1);
CREATE TABLE vehicle (id bigint PRIMARY KEY, version bigint NOT NULL, writer bigint NOT NULL);
CREATE TABLE truck (PRIMARY KEY (id)) INHERITS (vehicle);

-- Rows that come and go under the same id, and tables that are emptied and replaced. The one row
-- of slot_order deals out their versions.
CREATE TABLE slot_order (id bigint PRIMARY KEY, version bigint NOT NULL, writer bigint NOT NULL);
CREATE TABLE slot (id bigint PRIMARY KEY, version bigint NOT NULL, writer bigint NOT NULL);

-- The same name in two schemas.
CREATE TABLE consistency_east.item (id bigint PRIMARY KEY,
                                    version bigint NOT NULL, writer bigint NOT NULL);
CREATE TABLE consistency_west.item (LIKE consistency_east.item INCLUDING ALL);

-- Rows that depend on who asks, by a table that is written too.
CREATE TABLE secret (id bigint PRIMARY KEY, version bigint NOT NULL, writer bigint NOT NULL);
CREATE TABLE membership (id bigint PRIMARY KEY, secret_id bigint NOT NULL, role_name name NOT NULL,
                         visible boolean NOT NULL,
                         version bigint NOT NULL, writer bigint NOT NULL);
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY members ON secret FOR SELECT USING (EXISTS (
    SELECT 1 FROM consistency.membership m
    WHERE m.secret_id = secret.id AND m.role_name = current_user AND m.visible));
)";

constexpr const char* roles = R"(
DO $$
DECLARE one text;
BEGIN
    FOREACH one IN ARRAY ARRAY['consistency_a', 'consistency_b'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = one) THEN
            EXECUTE format('CREATE ROLE %I', one);
        END IF;
        EXECUTE format('GRANT ALL ON SCHEMA consistency, consistency_east, consistency_west TO %I', one);
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA consistency GRANT ALL ON TABLES TO %I', one);
        EXECUTE format('GRANT ALL ON ALL TABLES IN SCHEMA consistency, consistency_east, consistency_west TO %I', one);
    END LOOP;
END $$;
)";

// Ids of the rows that the setup makes; those of clients are far above.
std::int64_t parent_id(const population& size, std::int64_t group, std::int64_t n) {
    return 1 + group * size.parents_per_group + n;
}

}  // namespace

std::string teardown_script() {
    return R"(
SET lock_timeout = '20s';
SET client_min_messages = error;
DROP SCHEMA IF EXISTS consistency, consistency_east, consistency_west CASCADE;
RESET client_min_messages;
)";
}

std::string setup_script(const population& size) {
    std::string script = teardown_script() + tables;
    const std::int64_t parents = size.groups * size.parents_per_group;
    const std::int64_t children = parents * size.children_per_parent;
    script += fmt::format(
        "INSERT INTO parent SELECT i, (i - 1) / {0} + 1, 1, 1 FROM generate_series(1, {1}) i;\n"
        "INSERT INTO child SELECT i, (i - 1) / {2} + 1, 1, 1 FROM generate_series(1, {3}) i;\n"
        "INSERT INTO grandchild SELECT i, i, 1, 1 FROM generate_series(1, {3}) i;\n"
        "INSERT INTO note SELECT i, i % {4}, i, 1, 1 FROM generate_series(1, {1}) i;\n",
        size.parents_per_group, parents, size.children_per_parent, children, size.buckets);
    for (const char* table : {"account", "mirror", "late_mirror", "ledger", "ledger_copy", "slot",
                              "consistency_east.item", "consistency_west.item", "secret"}) {
        script += fmt::format("INSERT INTO {} SELECT i, 1, 1 FROM generate_series(1, {}) i;\n",
                              table, size.fixed_rows);
    }
    script += fmt::format(
        "INSERT INTO part SELECT i, 0, 1, 1 FROM generate_series(1, {0}) i;\n"
        "INSERT INTO truck SELECT i, 1, 1 FROM generate_series(1, {0}, 2) i;\n"
        "INSERT INTO vehicle SELECT i, 1, 1 FROM generate_series(2, {0}, 2) i;\n"
        "INSERT INTO slot_order VALUES (1, 1, 1);\n"
        "INSERT INTO membership SELECT i, i, 'consistency_a', true, 1, 1"
        " FROM generate_series(1, {0}) i;\n"
        "INSERT INTO membership SELECT {1} + i, i, 'consistency_b', true, 1, 1"
        " FROM generate_series(1, {0}) i;\n"
        "CREATE VIEW slot_view AS SELECT i AS id, 1::bigint AS version, 1::bigint AS writer"
        " FROM generate_series(1::bigint, {0}::bigint) i;\n"
        "CREATE MATERIALIZED VIEW slot_summary AS SELECT i AS id, o.version, o.writer"
        " FROM slot_order o, generate_series(1::bigint, {0}::bigint) i;\n",
        size.fixed_rows, membership_of_b);
    return script + roles + "RESET search_path; RESET check_function_bodies;\n";
}

void record_setup(const population& size, history& into) {
    transaction setup;
    setup.ended_as = outcome::committed;
    setup.started = setup.committing = setup.ended = 0;
    const auto number = static_cast<std::uint32_t>(into.transactions.size());
    into.transactions.push_back(setup);
    const auto add = [&](relation in, std::int64_t id, owner_id owner) {
        into.writes.push_back(
            {{in, id}, version_of_setup, writer_of_setup, owner, unknown_owner, number});
    };
    std::int64_t children = 0;
    for (std::int64_t group = 0; group < size.groups; ++group) {
        for (std::int64_t n = 0; n < size.parents_per_group; ++n) {
            const std::int64_t id = parent_id(size, group, n);
            add(relation::parent, id, group + 1);
            add(relation::note, id, id);
            for (std::int64_t c = 0; c < size.children_per_parent; ++c) {
                add(relation::child, ++children, id);
                add(relation::grandchild, children, children);
            }
        }
    }
    for (std::int64_t id = 1; id <= size.fixed_rows; ++id) {
        for (const relation in :
             {relation::account, relation::mirror, relation::late_mirror, relation::ledger,
              relation::ledger_copy, relation::vehicle, relation::slot, relation::slot_view,
              relation::slot_summary, relation::item_east, relation::item_west, relation::secret}) {
            add(in, id, nobody);
        }
        add(relation::part, id, 1);
        add(relation::membership, id, 1);
        add(relation::membership, id + membership_of_b, 1);
    }
}

std::string session_script() {
    // Clients wait for each other's locks, also in one thread, where the server sees no deadlock.
    return "SET search_path = consistency, consistency_east; SET lock_timeout = 50";
}

}  // namespace pgfold::consistency
