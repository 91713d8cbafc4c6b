#include "proxy/fold/catalog_load.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include "proxy/fold/batch/lookup_form.hpp"
#include "proxy/fold/batch/own_statement.hpp"
#include "proxy/protocol/byte_reader.hpp"

namespace pgfold::fold {
namespace {

using protocol::backend_message;

constexpr std::string_view statement_name = "pgfold_catalog";
// A session that hangs while it loads holds the others up for this long.
constexpr std::chrono::seconds claim_time{5};
// Where there is much DDL, no more than a twentieth of the time goes into reading catalogs.
constexpr int rest_per_load = 20;
constexpr std::chrono::milliseconds rest_min{250};
// Statements ahead of the queries.
constexpr std::size_t preamble = 2;

}  // namespace

bool catalog_claims::take(const std::string& database, detect::timestamp now) {
    const std::lock_guard lock(mutex_);
    claim& mine = taken_[database];
    if (now < mine.until) return false;
    mine = {now, now + claim_time};
    return true;
}

void catalog_claims::give_back(const std::string& database, detect::timestamp now) {
    const std::lock_guard lock(mutex_);
    const auto found = taken_.find(database);
    if (found == taken_.end()) return;
    claim& mine = found->second;
    mine.until =
        now + std::max<std::chrono::nanoseconds>((now - mine.taken) * rest_per_load, rest_min);
}

// The next one may try soon, but not at once: sessions may all be that short.
void catalog_claims::abandon(const std::string& database) {
    const std::lock_guard lock(mutex_);
    const auto found = taken_.find(database);
    if (found == taken_.end()) return;
    claim& mine = found->second;
    mine.until = std::min<detect::timestamp>(mine.until, mine.taken + rest_min);
}

catalog_load::catalog_load(std::shared_ptr<catalog::database_catalog> target,
                           std::shared_ptr<catalog_claims> claims, int server_version)
    : target_(std::move(target)),
      claims_(std::move(claims)),
      queries_(catalog::catalog_queries(server_version)),
      generation_(target_->generation()) {}

catalog_load::~catalog_load() {
    if (!complete()) claims_->abandon(target_->name());
}

void catalog_load::append_request(std::vector<std::byte>& out) const {
    append_own_statement(out, statement_name, catalog::snapshot_begin);
    append_own_statement(out, statement_name, catalog::without_compiling);
    for (const auto& query : queries_)
        append_own_statement(out, statement_name, query.text);
    append_own_statement(out, statement_name, catalog::snapshot_end);
    append_sync(out);
    // After an error the transaction is still open; else this is a warning that nobody sees.
    append_own_statement(out, statement_name, "ROLLBACK");
    append_sync(out);
}

void catalog_load::add_row(const protocol::frame& f) {
    if (failed_ || next_ < preamble || next_ - preamble >= queries_.size()) return;
    const auto& query = queries_[next_ - preamble];
    protocol::byte_reader reader(f.body);
    std::vector<std::optional<std::string_view>> values(reader.read_uint16());
    for (auto& value : values) {
        const auto length = reader.read_int32();
        if (length >= 0)
            value = protocol::as_text(reader.read_bytes(static_cast<std::size_t>(length)));
    }
    if (f.state != protocol::frame_state::message || !reader.complete() ||
        !builder_.add_row(query.part, values))
        failed_ = true;
}

void catalog_load::on_message(const protocol::frame& f, detect::timestamp now) {
    switch (static_cast<backend_message>(f.type)) {
        case backend_message::data_row:
            add_row(f);
            break;
        case backend_message::command_complete:
            ++next_;
            break;
        case backend_message::error_response:
            failed_ = true;
            break;
        case backend_message::ready_for_query:
            if (++ready_seen_ == ready_expected) claims_->give_back(target_->name(), now);
            if (ready_seen_ != 1 || failed_ || queries_.empty()) break;
            if (auto made = builder_.build()) target_->publish(made, generation_);
            break;
        default:
            break;
    }
}

}  // namespace pgfold::fold
