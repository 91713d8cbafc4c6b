#include "proxy/net/redis/redis_level.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <array>
#include <utility>

#include "proxy/cache/shared/stored_answer.hpp"
#include "proxy/net/clock.hpp"
#include "proxy/net/log.hpp"

namespace pgfold::net {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds clock_good_for{1000};
// A token that has gone makes a miss, so it only has to outlive the answers.
constexpr std::string_view token_seconds = "604800";

std::string_view text_of(const redisReply& reply) {
    if (reply.type != REDIS_REPLY_STRING) return {};
    return {reply.str, reply.len};
}

std::string error_of(const redisReply& reply) {
    return reply.str == nullptr ? "it does not do as it is told"
                                : std::string(reply.str, reply.len);
}

}  // namespace

redis_level::redis_level(config::redis_url url, cache::result_cache& memory)
    : url_(std::move(url)), memory_(memory), thread_([this] { run(); }) {}

redis_level::~redis_level() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

bool redis_level::knows(const freshness::database_versions& database) const {
    const std::lock_guard lock(mutex_);
    return databases_.contains(&database);
}

void redis_level::follow(std::shared_ptr<freshness::database_versions> database,
                         const cache::shared_database& who) {
    const std::lock_guard lock(mutex_);
    if (databases_.contains(database.get())) return;
    const std::array<std::string_view, 3> parts{who.server, who.system_identifier, who.name};
    followed& made = databases_[database.get()];
    made.id = cache::digest_of(parts).substr(0, 32);
    if (who.system_identifier.empty())
        log::warning("cache.shared: nothing of database " + who.name +
                     " is shared: its server does not tell its system_identifier");
    else
        made.tokens = std::make_unique<cache::table_tokens>(database, "t:" + made.id + ":");
    held_.push_back(std::move(database));
}

cache::shared_lookup_ptr redis_level::look(const cache::shared_question& asked,
                                           cache::flight_ticket& ticket) {
    // What roles have settings of is known here by a number of this process.
    if (!is_up() || asked.database->role_settings().load() != 0) return nullptr;
    const auto catalog = asked.database->catalog().current().known;
    if (catalog == nullptr || asked.tables == nullptr) return nullptr;
    auto lookup = std::make_shared<cache::shared_lookup>();
    const std::lock_guard lock(mutex_);
    const auto found = databases_.find(asked.database.get());
    if (found == databases_.end() || !found->second.tokens || lookups_.size() >= waiting_max ||
        ending_)
        return nullptr;
    lookup->token_names = found->second.tokens->names_of(*asked.tables, asked.flushes);
    if (lookup->token_names.empty()) {
        wake_.notify_one();  // there is a token to replace
        return nullptr;
    }
    const std::array<std::string_view, 5> parts{found->second.id, catalog->stamp(), asked.settings,
                                                asked.statement->normalized_text, asked.key.bytes};
    lookup->name = "a:" + cache::digest_of(parts);
    lookup->database = asked.database;
    lookup->statement = asked.statement;
    lookup->key = asked.key;
    lookup->stamp = asked.stamp;
    lookup->flushes = asked.flushes;
    lookup->age_max = asked.age_max;
    lookup->ticket = std::move(ticket);
    lookups_.push_back(lookup);
    wake_.notify_one();
    return lookup;
}

void redis_level::keep(const cache::shared_lookup& asked, const cache::shared_answer& answer) {
    if (asked.tokens.empty() || !is_up()) return;
    const std::lock_guard lock(mutex_);
    if (answers_.size() >= waiting_max || ending_ || asked.epoch != epoch_.load()) return;
    const auto text = [](std::span<const std::byte> bytes) {
        return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    cache::stored_answer stored;
    stored.tokens.assign(asked.tokens.begin(), asked.tokens.end());
    stored.born_ms = at_least(answer.asked);
    stored.count = answer.count;
    stored.row_description = text(answer.row_description);
    stored.rows = text(answer.rows);
    answers_.push_back(
        {asked.name, cache::encode(stored), stored.born_ms + asked.age_max.count(), asked.epoch});
    wake_.notify_one();
}

// The clock was read between `sent` and `heard`.
std::int64_t redis_level::at_most(detect::timestamp at) const {
    return (clock_.told + duration_cast<milliseconds>(at - clock_.sent)).count() + 1;
}

std::int64_t redis_level::at_least(detect::timestamp at) const {
    return (clock_.told + duration_cast<milliseconds>(at - clock_.heard)).count() - 1;
}

void redis_level::run() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
        wake_.wait_for(lock, look_around,
                       [this] { return ending_ || !lookups_.empty() || !answers_.empty(); });
        const auto lookups = std::exchange(lookups_, {});
        const auto answers = std::exchange(answers_, {});
        lock.unlock();
        work(lookups, answers);
        lock.lock();
    }
    lock.unlock();
    if (connection_.is_open()) static_cast<void>(renew());
    lose();
}

bool redis_level::connect() {
    if (connection_.is_open()) return true;
    if (!connection_.open(url_)) return false;
    const std::string prefix = "pgfold1:" + connection_.run_id() + ":";
    const bool is_new = prefix != std::exchange(prefix_, prefix);
    {
        const std::lock_guard lock(mutex_);
        clock_ = {};
        // Another server, or the same one without what it knew: what was told must be told again.
        if (is_new) ++epoch_;
        for (auto& [database, one] : databases_)
            if (is_new && one.tokens) one.tokens->forget();
    }
    log::info("cache.shared: connected to " + url_.host + ":" + std::to_string(url_.port));
    return true;
}

bool redis_level::read_clock() {
    const auto sent = now();
    if (sent - clock_.sent <= clock_good_for) return true;
    milliseconds told{0};
    if (!connection_.read_time(told)) return false;
    const std::lock_guard lock(mutex_);
    clock_ = {told, sent, now()};
    return true;
}

// Whoever waits goes on without it.
void redis_level::lose() {
    connection_.close();
    std::vector<cache::shared_lookup_ptr> lookups;
    {
        const std::lock_guard lock(mutex_);
        up_.store(false);
        lookups.swap(lookups_);
        answers_.clear();
    }
    for (const auto& lookup : lookups)
        lookup->ticket.drop();
    retry_at_ = std::chrono::steady_clock::now() + retry_after;
}

void redis_level::work(const std::vector<cache::shared_lookup_ptr>& lookups,
                       const std::vector<kept>& answers) {
    if (connection_.is_open() || std::chrono::steady_clock::now() >= retry_at_) {
        if (connect() && read_clock() && renew() && send(lookups, answers)) {
            up_.store(true);
            told_.clear();
        } else {
            lose();
            if (told_ != connection_.problem()) {
                told_ = connection_.problem();
                log::warning("cache.shared: " + url_.host + ":" + std::to_string(url_.port) +
                             " cannot be used, the cache goes on without it: " + told_);
            }
        }
    }
    for (const auto& lookup : lookups)  // what has not been answered
        lookup->ticket.drop();
}

// Tokens of what has been written go first: what is asked for next rests on the new ones.
bool redis_level::renew() {
    std::vector<std::pair<cache::table_tokens*, cache::table_tokens::renewal>> due;
    {
        const std::lock_guard lock(mutex_);
        for (auto& [database, one] : databases_) {
            if (!one.tokens) continue;
            for (auto& renewal : one.tokens->due(memory_.flushes()))
                due.emplace_back(one.tokens.get(), std::move(renewal));
        }
    }
    for (const auto& [tokens, renewal] : due) {
        const std::string name = prefix_ + renewal.name;
        const std::string value = cache::new_token();
        const std::array<std::string_view, 5> command{"SET", name, value, "EX", token_seconds};
        if (!connection_.add(command)) return false;
    }
    for (const auto& [tokens, renewal] : due) {
        std::string refused;
        if (!connection_.read([&](const redisReply& reply) {
                if (reply.type != REDIS_REPLY_STATUS) refused = error_of(reply);
            }))
            return false;
        if (!refused.empty()) {  // a replica, or full
            connection_.fail(refused);
            return false;
        }
        tokens->on_renewed(renewal);
        ++totals_.renewals;
    }
    return true;
}

bool redis_level::send(const std::vector<cache::shared_lookup_ptr>& lookups,
                       const std::vector<kept>& answers) {
    const std::uint64_t epoch = epoch_.load();
    std::size_t sent = 0;
    for (const kept& answer : answers) {
        if (answer.epoch != epoch) continue;
        const std::string name = prefix_ + answer.name;
        const std::string gone = std::to_string(answer.gone_ms);
        const std::array<std::string_view, 5> command{"SET", name, answer.value, "PXAT", gone};
        if (!connection_.add(command)) return false;
        ++sent;
    }
    for (const auto& lookup : lookups) {
        std::vector<std::string> names;
        for (const std::string& name : lookup->token_names)
            names.push_back(prefix_ + name);
        names.push_back(prefix_ + lookup->name);
        std::vector<std::string_view> command{"MGET"};
        command.insert(command.end(), names.begin(), names.end());
        if (!connection_.add(command)) return false;
    }
    for (; sent > 0; --sent) {
        if (!connection_.read([&](const redisReply& reply) {
                ++(reply.type == REDIS_REPLY_STATUS ? totals_.stores : totals_.failures);
            }))
            return false;
    }
    for (const auto& lookup : lookups) {
        if (!connection_.read([&](const redisReply& reply) { settle(*lookup, reply); }))
            return false;
        lookup->ticket.drop();
    }
    return make_missing();
}

// Tokens of tables that nobody has written yet. Whoever comes first makes them, for all.
bool redis_level::make_missing() {
    const auto names = std::exchange(missing_, {});
    for (const std::string& name : names) {
        const std::string value = cache::new_token();
        const std::array<std::string_view, 6> command{"SET", name, value,
                                                      "NX",  "EX", token_seconds};
        if (!connection_.add(command)) return false;
    }
    for (std::size_t i = 0; i < names.size(); ++i)
        if (!connection_.read([](const redisReply&) {})) return false;
    return true;
}

void redis_level::settle(cache::shared_lookup& lookup, const redisReply& reply) {
    const std::size_t tokens = lookup.token_names.size();
    if (reply.type != REDIS_REPLY_ARRAY || reply.elements != tokens + 1) return;
    std::vector<std::string> stand;
    for (std::size_t i = 0; i < tokens; ++i) {
        const auto token = text_of(*reply.element[i]);
        if (token.empty()) missing_.push_back(prefix_ + lookup.token_names[i]);
        stand.emplace_back(token);
    }
    if (std::count(stand.begin(), stand.end(), std::string()) > 0) {
        ++totals_.misses;  // what is made now is heard of next time
        return;
    }
    const auto bytes = text_of(*reply.element[tokens]);
    const auto answer = cache::decode(bytes);
    lookup.tokens = stand;
    lookup.epoch = epoch_.load();
    if (!answer ||
        !std::equal(stand.begin(), stand.end(), answer->tokens.begin(), answer->tokens.end())) {
        ++totals_.misses;
        return;
    }
    import(lookup, *answer);
}

// As if this process had asked the server, when the other one did.
void redis_level::import(const cache::shared_lookup& lookup, const cache::stored_answer& answer) {
    const auto bytes = [](std::string_view text) {
        return std::as_bytes(std::span(text.data(), text.size()));
    };
    const auto at = now();
    const milliseconds age{std::max<std::int64_t>(0, at_most(at) - answer.born_ms)};
    if (age > lookup.age_max || lookup.flushes != memory_.flushes()) {
        ++totals_.misses;
        return;
    }
    const auto published = memory_.store.publish(
        lookup.key, {.origin = memory_.store.origins().of(lookup.statement, lookup.stamp.tables,
                                                          bytes(answer.row_description)),
                     .stamp_sum = lookup.stamp.sum,
                     .rows = answer.count,
                     .row_bytes = bytes(answer.rows),
                     .born = at - age});
    memory_.totals.evictions += published.evicted;
    if (published.answer && lookup.flushes != memory_.flushes())
        memory_.store.remove(*published.answer);
    ++totals_.hits;
}

}  // namespace pgfold::net
