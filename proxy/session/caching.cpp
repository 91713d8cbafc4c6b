// The result cache, on the client's side of a session: may it be used, is there an answer, who asks
// for it; and on the server's: what is kept.
#include "proxy/session/caching.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

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
    caching_->second_level = resources_->shared_cache;
    caching_->server = caching_->shared->store.hash()(resources_->server, hash_domain_server);
    if (versions_->catalog().current().known == nullptr) folding_->folder.note_catalog_outdated();
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
    caching.isolation.on_statement(*statement);
}

void session::implementation::end_transaction_for_cache(char before) {
    caching_state& caching = *caching_;
    if (status_ == 'I') caching.wrote = false;
    if (before != status_) caching.isolation.on_status(status_);
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
        cache::choose(*caching.settings, *statement, effects, catalog.get(), versions_->rules()));
    if (catalog == nullptr) folding_->folder.note_catalog_outdated();
    caching.shared->note_choice(*statement, *made);
    cache::rule_totals* rule = nullptr;
    if (made->is_kept())
        rule = &caching.shared->totals_of(made->rule != nullptr ? made->rule->to_string() : "auto");
    return caching.choices.insert(id, {std::move(made), rule});
}

// Whether any answer may come from, or go to, the cache now: the session is one that others share
// their answers with, and its transaction one that sees what is committed. If not, why.
std::optional<cache::bypass> session::implementation::cache_obstacle(std::size_t count) const {
    using cache::bypass;
    const caching_state& caching = *caching_;
    if (standby_ || versions_->has_writers_elsewhere()) return bypass::standby;
    if (writes_->hides_permanent()) return bypass::temporary_tables;
    if (versions_->has_unfollowed()) return bypass::unfollowed_sessions;
    if (caching.wrote) return bypass::after_write;
    if (folding_->prefix_end != folding_state::nowhere) return bypass::begin_in_front;
    if (status_ == 'E') return bypass::failed_transaction;
    if (!nothing_before(count)) return bypass::pipelined;
    return std::nullopt;
}

// … by its isolation level. Alone in its transaction, a SERIALIZABLE one could still see what no
// order of all others explains.
std::optional<cache::bypass> session::implementation::isolation_obstacle() const {
    using cache::bypass;
    const auto& isolation = caching_->isolation;
    if (!isolation.is_known()) return bypass::isolation_unknown;
    const bool fits = status_ == 'I' ? !isolation.is_serializable() : isolation.is_read_committed();
    return fits ? std::nullopt : std::optional(bypass::isolation_level);
}

bool session::implementation::is_good(const cache::cached_answer& answer,
                                      const cache::cache_choice& choice,
                                      const fold::answer_shape& shape, timestamp now) {
    using cache::invalidation;
    caching_state& caching = *caching_;
    const bool is_true = answer.is_true();
    const bool too_old = versions_->rules().check_age && now - answer.born() > choice.age_max;
    if (!is_true || too_old) {
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
    const auto& known = choice_of(asked.statement);
    const auto choice = known.choice;
    cache::rule_totals* const rule = known.rule;
    if (!choice->is_kept()) return cache_turn::none;
    const auto pass_by = [&](cache::bypass why) {
        caching.shared->totals.count(why);
        return cache_turn::none;
    };
    using enum cache::bypass;
    if (folding_->uncached || !folding_->switches.is_on(own_switch::cache))
        return pass_by(switched_off);
    if (const auto obstacle = cache_obstacle(count)) return pass_by(*obstacle);
    if (asked.arguments.size() != asked.statement->parameter_count)
        return pass_by(arguments_unknown);
    if (choice->rule == nullptr &&
        !caching.shared->churn.is_quiet(*choice->effects->reads,
                                        caching.settings->writes_per_hour_max, now))
        return pass_by(busy_table);
    if (cache::may_name_the_time(asked.arguments)) return pass_by(names_the_time);

    cache::answer_store& store = caching.shared->store;
    const auto settings = cache_identity();
    if (!settings) {
        caching.wants_settings = true;
        return pass_by(settings_unknown);
    }
    if (status_ == 'I') adopt_isolation(*settings);
    const freshness::freshness_rules& rules = versions_->rules();
    const auto level = isolation_obstacle();
    caching.wants_isolation |= level == isolation_unknown;
    const bool may_take = !level || !rules.take_what_is_committed;
    const bool may_keep = !level || !rules.share_what_is_committed;
    if (!may_take && !may_keep) return pass_by(*level);
    const request& r = requests_.at(requests_.size() - 1 - requests_behind(shape));
    result_formats::storage storage;
    std::span<const std::int16_t> formats;
    std::span<const std::uint32_t> types;
    if (shape.extended) {
        if (!r.formats.known()) return pass_by(formats_unknown);
        if (rules.key_has_formats) formats = r.formats.expand(storage);
        types = folding_->lookup.prepared->declared_types;
    }
    const cache::question question{.database = versions_.get(),
                                   .settings = *settings,
                                   .statement = *asked.statement,
                                   .arguments = rules.key_has_arguments
                                                    ? asked.arguments
                                                    : std::span<const detect::argument>(),
                                   .declared_types = types,
                                   .result_formats = formats};
    if (!cache::make_key(question, store.hash(), caching.key)) return pass_by(key_too_long);

    const auto look = [&] {
        if (!may_take) return false;
        caching.found = store.find(caching.key);
        if (caching.found && !is_good(*caching.found, *choice, shape, now)) caching.found.reset();
        if (!caching.found) return false;
        caching.shared->totals.hits.fetch_add(1, std::memory_order_relaxed);
        rule->hits.fetch_add(1, std::memory_order_relaxed);
        caching.found->origin().hits.fetch_add(1, std::memory_order_relaxed);
        return true;
    };
    if (look()) return cache_turn::answer;
    if (caching.waits == 0) {
        caching.shared->totals.misses.fetch_add(1, std::memory_order_relaxed);
        rule->misses.fetch_add(1, std::memory_order_relaxed);
    }

    const std::uint64_t flushes = caching.shared->flushes();
    if (!may_keep) return cache_turn::none;
    auto stamp = freshness::database_versions::capture(
        freshness::read_with(*choice->effects, asked.arguments));
    if (!freshness::database_versions::is_valid(stamp)) return pass_by(being_written);
    cache::flight_ticket ticket;
    const auto take_off = [&] {
        ticket = store.flights(caching.key.hash)
                     .join(caching.key.hash, may_wait ? caching.waker : nullptr);
        if (!ticket.is_valid()) return cache_turn::none;
        if (ticket.leads())  // who led before may just have landed
            return look() ? cache_turn::answer : cache_turn::ask;
        caching.waiting = std::move(ticket);
        caching.since = now;
        ++caching.waits;
        return cache_turn::wait;
    };
    if (const auto turn = take_off(); turn != cache_turn::ask) return turn;
    if (may_wait && caching.waker && caching.waits == 0 && caching.second_level != nullptr) {
        caching.asked_there = caching.second_level->look(
            {.database = versions_,
             .settings = resources_->server + '\0' + settings_.text_as_told(),
             .statement = asked.statement,
             .key = caching.key,
             .tables = choice->effects->reads,
             .stamp = stamp,
             .flushes = flushes,
             .age_max = choice->age_max},
            ticket);
        if (caching.asked_there) {
            // The ticket is there now, and lands with the answer.
            if (const auto turn = take_off(); turn != cache_turn::ask) return turn;
        }
    }
    auto fill = std::make_unique<cache_fill>();
    fill->choice = choice;
    fill->statement = asked.statement;
    fill->key = caching.key;
    fill->stamp = std::move(stamp);
    fill->flushes = flushes;
    fill->asked = now;
    fill->rule = rule;
    fill->ticket = std::move(ticket);
    fill->shared = std::move(caching.asked_there);
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
    cache::result_cache& shared = *caching_->shared;
    using enum cache::bypass;
    if (fill->spoiled || tag != "SELECT " + std::to_string(fill->count))
        return shared.totals.count(not_plain_rows);
    const freshness::freshness_rules& rules = versions_->rules();
    if (fill->flushes != shared.flushes() && rules.flush_what_is_asked)
        return shared.totals.count(flushed);
    if (!rules.stamp_before_asking)
        fill->stamp = freshness::database_versions::capture(fill->stamp.tables);
    if (!freshness::database_versions::is_valid(fill->stamp)) return shared.totals.count(overtaken);
    const auto published = shared.store.publish(
        fill->key, {.origin = shared.store.origins().of(fill->statement, fill->stamp.tables,
                                                        fill->row_description),
                    .stamp_sum = fill->stamp.sum,
                    .rows = fill->count,
                    .row_bytes = fill->rows,
                    .born = fill->asked});
    shared.totals.evictions += published.evicted;
    if (!published.answer) return shared.totals.count(not_admitted);
    if (fill->flushes != shared.flushes() &&
        rules.flush_what_is_asked) {  // it may have looked before this was there
        shared.store.remove(*published.answer);
        return;
    }
    ++shared.totals.stores;
    ++fill->rule->stores;
    if (fill->shared && caching_->second_level != nullptr)
        caching_->second_level->keep(*fill->shared, {.row_description = fill->row_description,
                                                     .rows = fill->rows,
                                                     .count = fill->count,
                                                     .asked = fill->asked});
}

}  // namespace pgfold::session
