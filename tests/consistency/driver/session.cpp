#include "tests/consistency/driver/session.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace pgfold::consistency {
namespace {

constexpr int client_bits = 8;  // of the numbers that clients deal out

// Errors that concurrent clients give each other. Anything else is a bug of the check, or of what
// is checked.
bool is_expected(const std::string& sqlstate) {
    for (const char* known : {
             "40001",  // serialization_failure
             "40P01",  // deadlock_detected
             "55P03",  // lock_not_available
             "23503",  // foreign_key_violation
             "23505",  // unique_violation
         }) {
        if (sqlstate == known) return true;
    }
    return false;
}

}  // namespace

std::int64_t notebook::fresh_number() {
    return static_cast<std::int64_t>((++last_number << client_bits) | client) + (1 << 20);
}

session::session(std::string url, notebook& book, fault_injector& faults, fold_model* model)
    : connection_(std::move(url)), model_(model), book_(book), faults_(faults) {
    if (model_ != nullptr) model_session_ = model_->new_session();
}

void session::open() {
    connection_.open();
    const answer got = connection_.run(session_script());
    if (!got.ok()) throw std::runtime_error(got.message());
    open_ = failed_ = false;
    settings_ = {};
}

void session::reconnect() {
    open();
}

void session::note_failure(const answer& got) {
    if (got.lost) throw std::runtime_error("the connection was lost: " + got.message());
    if (!is_expected(got.sqlstate())) {
        throw std::runtime_error("unexpected error " + got.sqlstate() + ": " + got.message());
    }
    ++book_.counts["refused by the server"];
    failed_ = open_;
}

void session::note_snapshot(const answer& got) {
    if (!open_) return;
    transaction& around = transaction_at(transaction_);
    if (around.snapshot_from != never) return;
    around.snapshot_from = got.begun;
    around.snapshot_until = got.responded;
}

bool session::control(std::string_view name, const std::string& text, answer* got) {
    ++book_.counts[name];
    ++book_.statements;
    const answer here = connection_.run(text);
    if (open_) ++statement_;
    if (got != nullptr) *got = here;
    if (here.ok()) return true;
    note_failure(here);
    return false;
}

bool session::begin(isolation level) {
    answer got;
    const bool repeatable = level == isolation::repeatable_read;
    if (!control(repeatable ? "begin repeatable read" : "begin read committed",
                 repeatable ? "BEGIN ISOLATION LEVEL REPEATABLE READ" : "BEGIN", &got)) {
        return false;
    }
    transaction_ = static_cast<std::uint32_t>(book_.done.transactions.size());
    transaction begun;
    begun.client = book_.client;
    begun.repeatable_read = repeatable;
    begun.started = got.invoked;
    book_.done.transactions.push_back(begun);
    open_ = true;
    failed_ = wrote_ = false;
    statement_ = 0;
    has_savepoint_ = false;
    settings_before_ = settings_after_commit_ = settings_;
    return true;
}

void session::finish_transaction(outcome how, const answer& got) {
    transaction& done = transaction_at(transaction_);
    done.ended_as = how;
    done.committing = got.invoked;
    done.ended = how == outcome::unknown ? never : got.responded;
    const bool committed = how == outcome::committed;
    set_all(committed ? settings_after_commit_ : settings_before_);
    faults_.transaction_ended((std::uint64_t{transaction_} << client_bits) | book_.client,
                              committed);
    open_ = failed_ = false;
}

bool session::commit() {
    ++book_.counts["commit"];
    ++book_.statements;
    answer got = connection_.run("COMMIT");
    transaction_over(got);
    // After an error COMMIT is answered ROLLBACK, and a deferred trigger may make it fail.
    if (got.lost) throw std::runtime_error("the connection was lost: " + got.message());
    const bool committed = got.ok() && std::string_view(PQcmdStatus(got.result.get())) == "COMMIT";
    if (!got.ok() && !is_expected(got.sqlstate())) throw std::runtime_error(got.message());
    finish_transaction(committed ? outcome::committed : outcome::aborted, got);
    return committed;
}

bool session::rollback() {
    ++book_.counts["rollback"];
    ++book_.statements;
    answer got = connection_.run("ROLLBACK");
    transaction_over(got);
    if (!got.ok()) throw std::runtime_error(got.message());
    finish_transaction(outcome::aborted, got);
    return true;
}

bool session::savepoint() {
    if (!control("savepoint", "SAVEPOINT here")) return false;
    has_savepoint_ = true;
    writes_at_savepoint_ = book_.done.writes.size();
    settings_at_savepoint_ = settings_;
    settings_after_commit_at_savepoint_ = settings_after_commit_;
    return true;
}

bool session::rollback_to_savepoint() {
    if (!control("rollback to savepoint", "ROLLBACK TO SAVEPOINT here")) return false;
    if (model_ != nullptr) model_->rolled_back_to_savepoint(model_session_);
    // A client's transactions do not overlap, but for those of its other session.
    for (std::size_t i = writes_at_savepoint_; i < book_.done.writes.size(); ++i) {
        row_write& write = book_.done.writes[i];
        if (write.transaction == transaction_ && write.undone_at == not_undone) {
            write.undone_at = statement_;
        }
    }
    failed_ = false;
    set_all(settings_at_savepoint_);
    settings_after_commit_ = settings_after_commit_at_savepoint_;
    return true;
}

bool session::prepare_transaction(const std::string& name) {
    if (!control("prepare transaction", "PREPARE TRANSACTION '" + name + "'")) {
        failed_ = false;  // an error has ended the transaction
        transaction_at(transaction_).ended_as = outcome::aborted;
        open_ = false;
        settings_ = settings_before_;
        if (model_ != nullptr) model_->transaction_ended(model_session_);
        return false;
    }
    if (model_ != nullptr) model_->prepared(model_session_, name);
    drop_prefetched();
    open_ = failed_ = false;
    settings_ = settings_after_commit_;
    return true;
}

bool session::finish_prepared(const std::string& name, std::uint32_t number, bool committing) {
    answer got;
    const char* verb = committing ? "COMMIT PREPARED" : "ROLLBACK PREPARED";
    if (!control(committing ? "commit prepared" : "rollback prepared",
                 std::string(verb) + " '" + name + "'", &got)) {
        return false;
    }
    if (model_ != nullptr) {
        model_->prepared_ended(name);
        got.responded = now();
    }
    transaction& done = transaction_at(number);
    done.ended_as = committing ? outcome::committed : outcome::aborted;
    done.committing = got.invoked;
    done.ended = got.responded;
    return true;
}

void session::commit_while(const std::function<void()>& terminate) {
    ++book_.counts["commit, terminated"];
    ++book_.statements;
    const nanoseconds invoked = now();
    connection_.send("COMMIT");
    terminate();
    const answer got = connection_.finish(invoked);
    const bool committed = got.result != nullptr && got.ok() && !got.lost;
    const bool known = committed || !got.lost;
    finish_transaction(committed ? outcome::committed
                       : known   ? outcome::aborted
                                 : outcome::unknown,
                       got);
    reconnect();
}

void session::lost_for_good() {
    if (model_ != nullptr) model_->transaction_ended(model_session_);
}

void session::transaction_over(answer& got) {
    drop_prefetched();
    if (model_ == nullptr) return;
    model_->transaction_ended(model_session_);
    got.responded = now();
}

void session::prefetch(const lookup& asked, std::int64_t key, form how) {
    if (model_ == nullptr || failed_) return;
    const auto taken = model_->capture(model_session_, asked, context());
    if (!taken) return;
    const answer got = connection_.run(asked.text, {key}, how);
    if (open_) ++statement_;
    if (!got.ok()) {
        note_failure(got);
        return;
    }
    note_snapshot(got);
    prefetched_[fmt::format("{}#{}", asked.text, key)] = {*taken, got.result};
}

std::optional<answer> session::from_memory(const lookup& asked, std::int64_t key) {
    if (model_ == nullptr || failed_) return std::nullopt;
    const auto found = prefetched_.find(fmt::format("{}#{}", asked.text, key));
    if (found == prefetched_.end()) return std::nullopt;
    answer got;
    got.begun = got.invoked = now();
    if (!model_->is_valid(model_session_, asked, found->second.taken, context(),
                          is_repeatable_read(), wrote_ && open_)) {
        prefetched_.erase(found);
        return std::nullopt;
    }
    got.result = found->second.result;
    got.responded = now();
    model_->served();
    return got;
}

std::vector<std::int64_t> session::read(const lookup& asked, std::int64_t key, form how,
                                        nanoseconds loop_started) {
    ++book_.counts[asked.name];
    ++book_.statements;
    if (asked.how == shape::list) {
        key = 0;
    }
    // An int4 cannot stand for every key.
    const std::optional<answer> remembered = from_memory(asked, key);
    answer got = remembered                 ? *remembered
                 : asked.how == shape::list ? connection_.run(asked.text, {}, how)
                                            : connection_.run(asked.text, {key}, how);
    const std::uint32_t statement = statement_;
    if (open_) ++statement_;
    if (!got.ok()) {
        note_failure(got);
        return {};
    }
    note_snapshot(got);

    lookup_circumstances known;
    known.question = fmt::format("{}#{}", asked.text, key);
    known.lists_rows = asked.how == shape::rows;
    known.joined = asked.how == shape::with_owner;
    known.in_transaction = open_;
    known.wrote = open_ && wrote_;
    known.repeatable_read = is_repeatable_read();
    known.control = asked.text.find("random()") != std::string::npos;
    known.transaction = open_ ? (std::uint64_t{transaction_} << client_bits) | book_.client : 0;
    known.settings = context().role * 256 + static_cast<int>(context().item);
    if (const result_ptr changed = faults_.distort(known, got)) got.result = changed;

    read_operation read;
    read.query = asked.name;
    read.client = book_.client;
    read.loop_started = loop_started;
    read.invoked = got.invoked;
    read.responded = got.responded;
    read.transaction = open_ ? transaction_ : no_transaction;
    read.statement = statement;
    auto next = interpret(asked, key, got, context(), read);
    book_.done.reads.push_back(std::move(read));
    return next;
}

bool session::read_for_update(const lookup& asked, std::int64_t key) {
    ++book_.counts["select for update"];
    ++book_.statements;
    const answer got = connection_.run(asked.text + " FOR UPDATE", {key}, form::unnamed);
    const std::uint32_t statement = statement_;
    if (open_) ++statement_;
    if (!got.ok()) {
        note_failure(got);
        return false;
    }
    note_snapshot(got);
    read_operation read;
    read.query = asked.name;
    read.client = book_.client;
    read.locking = true;
    read.invoked = got.invoked;
    read.responded = got.responded;
    read.transaction = open_ ? transaction_ : no_transaction;
    read.statement = statement;
    interpret(asked, key, got, context(), read);
    book_.done.reads.push_back(std::move(read));
    return true;
}

// A transaction of one statement.
void session::note_alone(outcome how, const answer& got) {
    transaction_ = static_cast<std::uint32_t>(book_.done.transactions.size());
    transaction alone;
    alone.client = book_.client;
    alone.ended_as = how;
    alone.started = alone.committing = got.invoked;
    alone.ended = how == outcome::unknown ? never : got.responded;
    book_.done.transactions.push_back(alone);
    statement_ = 1;
}

answer session::noted_write(std::string_view name, answer got) {
    if (model_ != nullptr) {
        if (open_) {
            model_->statement_ended(model_session_);
        } else {
            model_->transaction_ended(model_session_);
        }
        got.responded = now();
    }
    ++book_.counts[name];
    ++book_.statements;
    if (open_) {
        ++statement_;
        if (got.ok()) note_snapshot(got);
    } else {
        note_alone(got.ok() ? outcome::committed : outcome::aborted, got);
    }
    if (!got.ok()) note_failure(got);
    return got;
}

answer session::write(std::string_view name, const std::string& text, arguments values, form how) {
    if (model_ != nullptr) model_->write_begins(model_session_, name);
    if (faults_.is(fault::repeated_write) && faults_.strikes()) {
        if (const answer extra = connection_.run(text, values, how); !extra.ok()) {
            return noted_write(name, extra);
        }
    }
    if (faults_.is(fault::lost_write) && !open_ && faults_.strikes()) {
        connection_.run("BEGIN");
        answer got = connection_.run(text, values, how);
        connection_.run("ROLLBACK");
        got.responded = now();
        return noted_write(name, got);
    }
    return noted_write(name, connection_.run(text, values, how));
}

answer session::write_script(std::string_view name, const std::string& text, int wanted) {
    if (model_ != nullptr) model_->write_begins(model_session_, name);
    const answer got = connection_.run_script(text, wanted);
    // A script that begins a transaction and fails leaves it open.
    if (!open_ && !got.ok() && !got.lost) connection_.run("ROLLBACK");
    return noted_write(name, got);
}

void session::send_script(const std::string& text) {
    sent_ = now();
    connection_.send(text);
}

answer session::finish_script(std::string_view name, int wanted) {
    answer got = connection_.finish_script(sent_, wanted);
    if (!got.lost) return noted_write(name, std::move(got));
    ++book_.counts[name];
    ++book_.statements;
    note_alone(outcome::unknown, got);
    return got;
}

void session::send_pipeline(const std::string& read, const std::string& write) {
    sent_ = now();
    connection_.send_pipeline(read, write);
}

answer session::finish_pipeline(std::string_view name) {
    return noted_write(name, connection_.finish_pipeline(sent_));
}

answer session::write_copy(std::string_view name, const std::string& text,
                           const std::string& data) {
    if (model_ != nullptr) model_->write_begins(model_session_, name);
    return noted_write(name, connection_.copy_in(text, data));
}

void session::wrote(row_id row, std::int64_t version, std::uint64_t writer, owner_id owner,
                    owner_id owner_before, bool at_commit) {
    row_write done{row, version, writer, owner, owner_before, transaction_, statement_ - 1};
    // Its own transaction does not see what is done when it commits.
    if (at_commit) done.statement = not_undone - 1;
    book_.done.writes.push_back(done);
    if (open_) wrote_ = true;
}

void session::set_all(const settings& to) {
    const bool other_items = settings_.temporary_items != to.temporary_items;
    settings_ = to;
    if (other_items) connection_.forget_prepared();
}

read_context session::context() const {
    if (settings_.temporary_items == 0) return {settings_.role, settings_.schema_item, 0};
    return {settings_.role, relation::item_temporary, settings_.temporary_items};
}

template <typename Change>
bool session::set(const std::string& text, bool local, const Change& change) {
    answer got;
    if (!control("set", text, &got)) return false;
    // A query, even one that only calls set_config(), takes the snapshot; SET does not.
    if (text.starts_with("SELECT")) note_snapshot(got);
    change(settings_);
    if (!local) change(settings_after_commit_);
    return true;
}

bool session::set_role(char role, bool local) {
    local = local && open_;
    const std::string name = role == 0 ? "none" : std::string("consistency_") + role;
    const char* word = local ? "LOCAL " : "";
    // In as many ways as there are.
    std::string text;
    switch (book_.statements % 3) {
        case 0:
            text = fmt::format("SELECT set_config('role', '{}', {})", name, local);
            break;
        case 1:
            text = fmt::format("SET {}role = '{}'", word, name);
            break;
        default:
            text = fmt::format("SET {}ROLE {}", word, name);
            break;
    }
    return set(text, local, [role](settings& now) { now.role = role; });
}

bool session::set_item_schema(relation item, bool local) {
    local = local && open_;
    const std::string path = item == relation::item_east ? "consistency, consistency_east"
                                                         : "consistency, consistency_west";
    const std::string text =
        book_.statements % 2 == 0
            ? fmt::format("SELECT set_config('search_path', '{}', {})", path, local)
            : fmt::format("SET {}search_path = {}", local ? "LOCAL " : "", path);
    return set(text, local, [item](settings& now) { now.schema_item = item; });
}

bool session::create_temporary_items(const population& size) {
    const std::int64_t number = book_.fresh_number();
    const answer got =
        write("create temporary table",
              fmt::format("CREATE TEMPORARY TABLE item AS SELECT i::bigint AS id, 1::bigint AS "
                          "version, {}::bigint AS writer FROM generate_series(1, {}) i",
                          number, size.fixed_rows),
              {}, form::simple);
    if (!got.ok()) return false;
    const std::int64_t offset = number * 64;
    settings_.temporary_items = settings_after_commit_.temporary_items = offset;
    connection_.forget_prepared();
    for (std::int64_t id = 1; id <= size.fixed_rows; ++id) {
        wrote({relation::item_temporary, offset + id}, 1, static_cast<std::uint64_t>(number));
    }
    return true;
}

bool session::drop_temporary_items() {
    answer got;
    if (!control("drop temporary table", "DROP TABLE pg_temp.item", &got)) return false;
    note_snapshot(got);
    settings_.temporary_items = settings_after_commit_.temporary_items = 0;
    connection_.forget_prepared();
    return true;
}

}  // namespace pgfold::consistency
