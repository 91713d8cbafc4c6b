// The result cache, on the client's side of a session: may it be used, is there an answer, who asks
// for it; and on the server's: what is kept.
#include "proxy/session/caching.hpp"

#include <algorithm>
#include <exception>
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

// Below this one copy is cheaper than another piece to write.
constexpr std::size_t copied_bytes_max = 8192;

constexpr std::uint64_t hash_domain_server = 0x40002;

bool changes_isolation(const sql::statement_template* statement,
                       const freshness::tracked_effects& effects) {
    using enum sql::statement_kind;
    if (statement == nullptr || effects.found.writes_everything || statement->calls_volatile)
        return true;
    switch (statement->kind) {
        case unknown:
        case multiple:
        case set:
        case reset:
        case discard:
        case execute:
        case call:
        case do_block:
        case other_utility:
            return true;
        default:
            return false;
    }
}

}  // namespace

void session::implementation::begin_caching() {
    if (!resources_->cache || !resources_->cache_settings || !resources_->cache_settings->is_on())
        return;
    caching_ = std::make_unique<caching_state>(resources_->cache, resources_->cache_settings);
    caching_->waker = waker_;
    caching_->server = caching_->shared->store.hash()(resources_->server, hash_domain_server);
    if (versions_->catalog().current().known == nullptr) folding_->folder.note_catalog_outdated();
}

// Whom the session shares its answers with: sessions of one server and equal settings. The pool's
// hash is used where there is one, because the settings know but one value of themselves.
std::optional<sql::hash128> session::implementation::cache_identity() {
    const auto& pools = resources_->pools;
    auto settings = settings_value(pools ? pools->hash() : caching_->shared->store.hash());
    if (!settings) return std::nullopt;
    settings->low ^= caching_->server.low;
    settings->high ^= caching_->server.high;
    return settings;
}

// Each statement, before it is sent.
void session::implementation::follow_for_cache(const sql::statement_template* statement,
                                               const freshness::tracked_effects& effects) {
    caching_state& caching = *caching_;
    caching.wrote |= !effects.is_plain_read;
    if (changes_isolation(statement, effects)) {
        caching.isolation.forget();
        return;
    }
    caching.has_begun |= statement->kind == sql::statement_kind::begin;
    caching.isolation.on_statement(*statement);
}

void session::implementation::end_transaction_for_cache(char before) {
    caching_state& caching = *caching_;
    if (status_ == 'I') caching.wrote = false;
    if (before != status_) caching.isolation.on_status(status_);
}

// Which isolation level transactions have that do not name one, the server is asked once for all
// sessions with these settings, while nothing else is under way.
void session::implementation::learn_isolation(action_list& actions) {
    caching_state& caching = *caching_;
    if (!caching.has_begun || caching.asks_level || caching.level_failed || status_ != 'I' ||
        caching.isolation.is_known() || !requests_.empty() || folding_->in_cycle ||
        folding_->waiting || skipping_ || !from_client_.at_boundary())
        return;
    const auto settings = cache_identity();
    if (!settings) return;
    if (const auto level = caching.shared->isolation_of(*settings); !level.empty()) {
        caching.isolation.learn(caching.isolation.ask(), level, level);
        return;
    }
    caching.asks_level = true;
    caching.asked_settings = *settings;
    caching.asked_when = caching.isolation.ask();
    caching.level.clear();
    auto& bytes = folding_->arena.add();
    fold::append_own_statement(bytes, "pgfold_isolation", "SHOW default_transaction_isolation");
    message_builder(bytes, protocol::frontend_message::sync);
    requests_.push(request_kind::isolation);
    actions.push_back({action_kind::send_to_server, bytes});
}

void session::implementation::on_isolation_reply(const protocol::frame& f) {
    caching_state& caching = *caching_;
    const auto type = static_cast<backend_message>(f.type);
    if (type == backend_message::data_row && f.state == protocol::frame_state::message) {
        protocol::byte_reader row(f.body);
        if (row.read_uint16() == 1)
            caching.level = protocol::as_text(row.read_bytes(row.read_uint32()));
    }
    if (type != backend_message::ready_for_query) return;
    pop_request();
    caching.asks_level = false;
    caching.level_failed = caching.level.empty();
    if (caching.level_failed) return;
    caching.shared->note_isolation(caching.asked_settings, caching.level);
    // The client may have sent a SET since.
    if (!caching.isolation.is_known())
        caching.isolation.learn(caching.asked_when, caching.level, caching.level);
}

const caching_state::known_choice& session::implementation::choice_of(
    const sql::template_ptr& statement) {
    caching_state& caching = *caching_;
    const sql::hash128 id{statement->hash_low, statement->hash_high};
    const std::uint64_t generation = versions_->catalog().generation();
    auto* known = caching.choices.find(id);
    if (known != nullptr && known->choice->effects->catalog_generation == generation) {
        // A load may have come to nothing.
        if (known->choice->effects->reads == nullptr &&
            versions_->catalog().current().known == nullptr)
            folding_->folder.note_catalog_outdated();
        return *known;
    }
    const auto& effects = resources_->effects.of(versions_, *statement);
    const auto catalog = versions_->catalog().current().known;
    auto made = std::make_shared<cache::cache_choice>(
        cache::choose(*caching.settings, *statement, effects, catalog.get()));
    if (catalog == nullptr) folding_->folder.note_catalog_outdated();
    caching.shared->note_choice(*statement, *made);
    cache::rule_totals* rule = nullptr;
    if (made->is_kept())
        rule = &caching.shared->totals_of(made->rule != nullptr ? made->rule->to_string() : "auto");
    return caching.choices.insert(id, {std::move(made), rule});
}

// Whether any answer may come from, or go to, the cache now: the session is one that others share
// their answers with, and its transaction one that sees what is committed.
bool session::implementation::may_use_cache(std::size_t count) const {
    const caching_state& caching = *caching_;
    if (standby_ || versions_->has_writers_elsewhere() || writes_->hides_permanent()) return false;
    if (caching.shared->has_unfollowed()) return false;
    if (caching.wrote || folding_->prefix_end != folding_state::nowhere) return false;
    if (status_ == 'E' || (status_ == 'T' && !caching.isolation.is_read_committed())) return false;
    if (status_ == 'I' && caching.isolation.is_serializable()) return false;
    return nothing_before(count);
}

bool session::implementation::is_good(const cache::cached_answer& answer,
                                      const cache::cache_choice& choice,
                                      const fold::answer_shape& shape, timestamp now) {
    using cache::invalidation;
    caching_state& caching = *caching_;
    const bool is_true = answer.is_true();
    if (!is_true || now - answer.born() > choice.age_max) {
        const auto reason = is_true ? invalidation::age : invalidation::write;
        if (caching.shared->store.remove(answer))
            ++caching.shared->totals.invalidations[static_cast<std::size_t>(reason)];
        return false;
    }
    return !answer.origin().row_description.empty() || (shape.extended && !shape.describe);
}

// Looks for the answer; may make this session the one that asks for it, or have it wait.
session::implementation::cache_turn session::implementation::consider_cached(
    const fold::asked_lookup& asked, const fold::answer_shape& shape, std::size_t count,
    bool may_wait, timestamp now) {
    caching_state& caching = *caching_;
    caching.found.reset();
    caching.fill.reset();
    if (!may_use_cache(count)) return cache_turn::none;
    if (asked.arguments.size() != asked.statement->parameter_count) return cache_turn::none;
    const auto& known = choice_of(asked.statement);
    const auto choice = known.choice;
    cache::rule_totals* const rule = known.rule;
    if (!choice->is_kept()) return cache_turn::none;
    if (choice->rule == nullptr &&
        !caching.shared->churn.is_quiet(*choice->effects->reads,
                                        caching.settings->writes_per_hour_max, now))
        return cache_turn::none;
    if (cache::may_name_the_time(asked.arguments)) return cache_turn::none;

    cache::answer_store& store = caching.shared->store;
    const auto settings = cache_identity();
    if (!settings) return cache_turn::none;
    const request& r = requests_.at(requests_.size() - 1 - requests_behind(shape));
    result_formats::storage storage;
    std::span<const std::int16_t> formats;
    std::span<const std::uint32_t> types;
    if (shape.extended) {
        if (!r.formats.known()) return cache_turn::none;
        formats = r.formats.expand(storage);
        types = folding_->lookup.prepared->declared_types;
    }
    const cache::question question{.database = versions_.get(),
                                   .settings = *settings,
                                   .statement = *asked.statement,
                                   .arguments = asked.arguments,
                                   .declared_types = types,
                                   .result_formats = formats};
    if (!cache::make_key(question, store.hash(), caching.key)) return cache_turn::none;

    const auto look = [&] {
        caching.found = store.find(caching.key);
        if (caching.found && !is_good(*caching.found, *choice, shape, now)) caching.found.reset();
        if (!caching.found) return false;
        caching.shared->totals.hits.fetch_add(1, std::memory_order_relaxed);
        rule->hits.fetch_add(1, std::memory_order_relaxed);
        caching.found->origin().hits.fetch_add(1, std::memory_order_relaxed);
        return true;
    };
    if (look()) return cache_turn::answer;
    caching.shared->totals.misses.fetch_add(1, std::memory_order_relaxed);
    rule->misses.fetch_add(1, std::memory_order_relaxed);

    const std::uint64_t flushes = caching.shared->flushes();
    auto stamp = freshness::database_versions::capture(choice->effects->reads);
    if (!freshness::database_versions::is_valid(stamp)) return cache_turn::none;
    auto ticket =
        store.flights(caching.key.hash).join(caching.key.hash, may_wait ? caching.waker : nullptr);
    if (!ticket.is_valid()) return cache_turn::none;
    if (!ticket.leads()) {
        caching.waiting = std::move(ticket);
        caching.since = now;
        return cache_turn::wait;
    }
    if (look()) return cache_turn::answer;  // who led before has just landed
    auto fill = std::make_unique<cache_fill>();
    fill->choice = choice;
    fill->statement = asked.statement;
    fill->key = caching.key;
    fill->stamp = std::move(stamp);
    fill->flushes = flushes;
    fill->asked = now;
    fill->rule = rule;
    fill->ticket = std::move(ticket);
    caching.fill = std::move(fill);
    return cache_turn::ask;
}

std::size_t session::implementation::requests_behind(const fold::answer_shape& shape) {
    return (shape.extended ? 1U : 0U) + (shape.close ? 1U : 0U);
}

// The cycle's request is about to be sent.
void session::implementation::attach_fill(const fold::answer_shape& shape) {
    if (!caching_ || !caching_->fill) return;
    requests_.at(requests_.size() - 1 - requests_behind(shape)).fill = std::move(caching_->fill);
}

void session::implementation::give_cached(const fold::answer_shape& shape, std::size_t count,
                                          timestamp now, action_list& actions) {
    caching_state& caching = *caching_;
    const cache::answer_ptr answer = std::move(caching.found);
    const auto rows = answer->row_bytes();
    auto& head = folding_->arena.add();
    if (shape.parse) message_builder(head, backend_message::parse_complete);
    if (shape.extended) message_builder(head, backend_message::bind_complete);
    if (shape.describe || !shape.extended)
        message_builder(head, backend_message::row_description)
            .write_bytes(answer->origin().row_description);
    const bool copied = rows.size() <= copied_bytes_max;
    if (copied) head.insert(head.end(), rows.begin(), rows.end());
    auto& tail = copied ? head : folding_->arena.add();
    message_builder(tail, backend_message::command_complete)
        .write_string("SELECT " + std::to_string(answer->rows()));
    if (shape.close) message_builder(tail, backend_message::close_complete);
    message_builder(tail, backend_message::ready_for_query)
        .write_uint8(static_cast<std::uint8_t>(shape.status));
    std::size_t bytes = head.size();
    actions.push_back({action_kind::send_to_client, head});
    if (!copied) {
        bytes += rows.size() + tail.size();
        actions.push_back({action_kind::send_to_client, rows});
        actions.push_back({action_kind::send_to_client, tail});
    }
    finish_answer({.rows = answer->rows(),
                   .row_bytes = rows,
                   .row_description = answer->origin().row_description,
                   .bytes = bytes},
                  shape, count, now, actions);
    caching.given.push_back(answer);
}

// What the lookup has been waiting for is there, or will not come in time.
bool session::implementation::is_flight_over(timestamp now) {
    caching_state& caching = *caching_;
    if (!caching.since) return true;
    const bool canceled = resources_->canceled && resources_->canceled->is_since(*caching.since);
    if (canceled) folding_->cancel_waiting = true;
    if (!canceled && !caching.waiting.has_landed() && now - *caching.since < flight_patience)
        return false;
    if (caching.waiting.has_landed()) ++caching.shared->totals.shared_flights;
    caching.waiting.drop();
    caching.since.reset();
    return true;
}

// The server has answered in full.
void session::implementation::keep_answer(request& r, std::string_view tag) {
    const auto fill = std::move(r.fill);
    if (fill->spoiled || fill->flushes != caching_->shared->flushes() ||
        tag != "SELECT " + std::to_string(fill->count) ||
        !freshness::database_versions::is_valid(fill->stamp))
        return;
    cache::result_cache& shared = *caching_->shared;
    const auto published = shared.store.publish(
        fill->key, {.origin = shared.store.origins().of(fill->statement, fill->stamp.tables,
                                                        fill->row_description),
                    .stamp_sum = fill->stamp.sum,
                    .rows = fill->count,
                    .row_bytes = fill->rows,
                    .born = fill->asked});
    shared.totals.evictions += published.evicted;
    if (!published.answer) return;
    if (fill->flushes != shared.flushes()) {  // it may have looked before this was there
        shared.store.remove(*published.answer);
        return;
    }
    ++shared.totals.stores;
    ++fill->rule->stores;
}

}  // namespace pgfold::session
