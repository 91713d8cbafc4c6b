// What the result cache has to ask the server about the session, between two of its statements:
// which isolation level a plain BEGIN means, and, after something that may have changed any setting
// out of sight (a function, a trigger, DO), which settings there are now. And, where other
// processes share what is kept, which database this is.
#include <algorithm>
#include <string>
#include <utility>

#include "proxy/fold/batch/own_statement.hpp"
#include "proxy/protocol/byte_writer.hpp"
#include "proxy/protocol/message_type.hpp"
#include "proxy/session/folding.hpp"
#include "proxy/session/session_implementation.hpp"

namespace pgfold::session {

using protocol::backend_message;
using protocol::message_builder;

namespace {

constexpr std::string_view database_question =
    "SELECT system_identifier FROM pg_catalog.pg_control_system()";

constexpr std::string_view isolation_question = "SHOW default_transaction_isolation";

// Settings of extensions, such as app.tenant, are not among them: what an answer depends on by
// current_setting() is not kept anyway. A temporary table may hide a permanent one.
constexpr std::string_view settings_question =
    "SELECT 'role', pg_catalog.current_setting('role')"
    " UNION ALL SELECT 'session_authorization', session_user::pg_catalog.text"
    " UNION ALL SELECT name, setting FROM pg_catalog.pg_settings WHERE source = 'session'"
    " UNION ALL SELECT 'pgfold.temporary_tables', 'some' WHERE EXISTS ("
    "SELECT FROM pg_catalog.pg_class WHERE relnamespace = pg_catalog.pg_my_temp_schema())";

// It takes the server a millisecond or two: not behind each statement that may change settings.
constexpr std::chrono::milliseconds settings_pause{30};
constexpr int failures_max = 3;

}  // namespace

// Whom the session shares its answers with: sessions of one server and equal settings. The pool's
// hash is used where there is one, because the settings know but one value of themselves.
std::optional<sql::hash128> session::implementation::cache_identity() {
    const auto& pools = resources_->pools;
    if (!versions_->rules().share_with_equal_settings) return caching_->server;
    if (!judge_settings()) return std::nullopt;
    auto settings = settings_.value_as_told(pools ? pools->hash() : caching_->shared->store.hash());
    if (!settings) return std::nullopt;
    settings->low ^= caching_->server.low;
    settings->high ^= caching_->server.high;
    return settings;
}

// As another session with these settings has been told.
void session::implementation::adopt_isolation(const sql::hash128& settings) {
    caching_state& caching = *caching_;
    if (caching.isolation.is_known()) return;
    if (const auto level = caching.shared->isolation_of(settings); !level.empty())
        caching.isolation.learn(caching.isolation.ask(), level, level);
}

void session::implementation::inquire(timestamp now, action_list& actions) {
    caching_state& caching = *caching_;
    if (caching.asks != inquiry::none || caching.failures >= failures_max || status_ != 'I' ||
        !requests_.empty() || folding_->in_cycle || folding_->waiting || skipping_ ||
        !from_client_.at_boundary())
        return;
    if (caching.wants_settings && settings_.mark() != caching.asked_mark &&
        now - caching.settings_asked >= settings_pause) {
        caching.wants_settings = false;
        caching.settings_asked = now;
        caching.asked_mark = settings_.mark();
        return ask(inquiry::settings, settings_question, actions);
    }
    if (caching.second_level != nullptr && !caching.second_level->knows(*versions_))
        return ask(inquiry::database, database_question, actions);
    if (!caching.wants_isolation || caching.isolation.is_known()) return;
    const auto settings = cache_identity();
    if (!settings) return;
    adopt_isolation(*settings);
    if (caching.isolation.is_known()) return;
    caching.asked_settings = *settings;
    caching.asked_when = caching.isolation.ask();
    ask(inquiry::isolation, isolation_question, actions);
}

void session::implementation::ask(inquiry what, std::string_view text, action_list& actions) {
    caching_->asks = what;
    caching_->told.clear();
    auto& bytes = folding_->arena.add();
    fold::append_own_statement(bytes, "pgfold_inquiry", text);
    message_builder(bytes, protocol::frontend_message::sync);
    requests_.push(request_kind::inquiry);
    actions.push_back({action_kind::send_to_server, bytes});
}

void session::implementation::on_inquiry_reply(const protocol::frame& f) {
    caching_state& caching = *caching_;
    const auto type = static_cast<backend_message>(f.type);
    if (type == backend_message::data_row && f.state == protocol::frame_state::message) {
        protocol::byte_reader row(f.body);
        std::vector<std::string> values;
        for (int columns = row.read_uint16(); columns > 0 && row.ok(); --columns)
            values.emplace_back(protocol::as_text(row.read_bytes(row.read_uint32())));
        if (!values.empty()) caching.told.push_back(std::move(values));
    }
    if (type == backend_message::error_response) caching.told.clear();
    if (type != backend_message::ready_for_query) return;
    pop_request();
    const auto told = std::exchange(caching.told, {});
    const auto what = std::exchange(caching.asks, inquiry::none);
    if (what == inquiry::database)
        return caching.second_level->follow(
            versions_, {.server = resources_->server,
                        .system_identifier = told.empty() ? "" : told.front().front(),
                        .name = who_.database});
    if (told.empty()) {
        ++caching.failures;
        caching.asked_mark.reset();
        return;
    }
    if (what == inquiry::settings) return learn_settings(told);
    const std::string& level = told.front().front();
    caching.shared->note_isolation(caching.asked_settings, level);
    // The client may have sent a SET since.
    if (!caching.isolation.is_known()) caching.isolation.learn(caching.asked_when, level, level);
}

void session::implementation::learn_settings(const std::vector<std::vector<std::string>>& told) {
    setting_values values;
    for (const auto& row : told) {
        if (row.size() != 2 || row[0] == "pgfold.temporary_tables") return;
        if (row[0] == "role" && row[1] == "none") continue;
        if (row[0] == "session_authorization" && row[1] == who_.user) continue;
        values.emplace(row[0], row[1]);
    }
    settings_.on_told(values, *caching_->asked_mark);
}

}  // namespace pgfold::session
