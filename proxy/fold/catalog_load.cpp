#include "proxy/fold/catalog_load.hpp"

#include <optional>
#include <utility>

#include "proxy/fold/batch/lookup_form.hpp"
#include "proxy/fold/batch/own_statement.hpp"
#include "proxy/protocol/byte_reader.hpp"

namespace pgfold::fold {
namespace {

using protocol::backend_message;

constexpr std::string_view statement_name = "pgfold_catalog";
// Statements ahead of the queries.
constexpr std::size_t preamble = 2;

}  // namespace

catalog_load::catalog_load(std::shared_ptr<freshness::database_versions> target,
                           std::unique_ptr<catalog_claim> claim, int server_version,
                           catalog::catalog_ptr compared_with)
    : target_(std::move(target)),
      claim_(std::move(claim)),
      compared_with_(std::move(compared_with)),
      queries_(compared_with_ != nullptr ? catalog::catalog_stamp_query(server_version)
                                         : catalog::catalog_queries(server_version)),
      generation_(target_->catalog().generation()) {}

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

// The server's answer is from after generation(): if that is still the same, nothing has changed in
// between.
void catalog_load::settle() {
    const auto made = builder_.build();
    if (made == nullptr || made->stamp().empty()) {
        failed_ = true;
        return;
    }
    auto& catalog = target_->catalog();
    if (compared_with_ == nullptr) {
        catalog.publish(made, generation_);
    } else if (made->stamp() == compared_with_->stamp()) {
        // Where it is in force, that is all there was to know.
        if (catalog.current().known == nullptr) catalog.publish(compared_with_, generation_);
    } else {
        if (catalog.current().known == compared_with_) target_->note_unseen_ddl(generation_);
        catalog.forget_previous();
        differs_ = true;
    }
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
            ++ready_seen_;
            if (ready_seen_ == 1 && !failed_ && !queries_.empty()) settle();
            if (complete()) claim_->finish(now, !failed_);
            break;
        default:
            break;
    }
}

}  // namespace pgfold::fold
