#include "proxy/net/redis/redis_connection.hpp"

#include <hiredis/hiredis.h>

#include <array>
#include <charconv>
#include <vector>

namespace pgfold::net {
namespace {

timeval to_timeval(std::chrono::milliseconds time) {
    return {.tv_sec = time.count() / 1000, .tv_usec = time.count() % 1000 * 1000};
}

std::string_view text_of(const redisReply& reply) {
    return reply.str == nullptr ? std::string_view() : std::string_view(reply.str, reply.len);
}

// INFO is lines of name:value.
std::string info_value(std::string_view info, std::string_view name) {
    const auto at = info.find(name);
    if (at == info.npos) return {};
    const auto rest = info.substr(at + name.size());
    return std::string(rest.substr(0, rest.find_first_of("\r\n")));
}

}  // namespace

void redis_connection::closer::operator()(redisContext* context) const {
    redisFree(context);
}

redis_connection::redis_connection() = default;
redis_connection::~redis_connection() = default;

bool redis_connection::lose(std::string why) {
    problem_ = std::move(why);
    context_.reset();
    return false;
}

void redis_connection::close() {
    context_.reset();
}

bool redis_connection::open(const config::redis_url& url) {
    context_.reset(
        redisConnectWithTimeout(url.host.c_str(), url.port, to_timeval(connect_patience)));
    if (!context_) return lose("out of memory");
    if (context_->err != 0) return lose(context_->errstr);
    if (redisSetTimeout(context_.get(), to_timeval(reply_patience)) != REDIS_OK)
        return lose(context_->errstr);
    std::string refused;
    const auto check = [&](const redisReply& reply) {
        if (reply.type == REDIS_REPLY_ERROR) refused = text_of(reply);
    };
    if (!url.password.empty()) {
        std::vector<std::string_view> login{"AUTH"};
        if (!url.user.empty()) login.push_back(url.user);
        login.push_back(url.password);
        if (!ask(login, check)) return false;
    }
    const std::string database = std::to_string(url.database);
    if (url.database != 0 && !ask(std::array<std::string_view, 2>{"SELECT", database}, check))
        return false;
    run_id_.clear();
    if (!ask(std::array<std::string_view, 2>{"INFO", "server"}, [&](const redisReply& reply) {
            check(reply);
            run_id_ = info_value(text_of(reply), "run_id:");
        }))
        return false;
    if (!refused.empty()) return lose(refused);
    if (run_id_.empty()) return lose("it does not tell its run_id");
    problem_.clear();
    return true;
}

bool redis_connection::add(std::span<const std::string_view> command) {
    if (!context_) return false;
    std::vector<const char*> parts;
    std::vector<std::size_t> sizes;
    for (const std::string_view part : command) {
        parts.push_back(part.data() == nullptr ? "" : part.data());
        sizes.push_back(part.size());
    }
    if (redisAppendCommandArgv(context_.get(), static_cast<int>(parts.size()), parts.data(),
                               sizes.data()) == REDIS_OK)
        return true;
    return lose(context_->errstr);
}

bool redis_connection::read(const std::function<void(const redisReply&)>& look) {
    if (!context_) return false;
    void* reply = nullptr;
    if (redisGetReply(context_.get(), &reply) != REDIS_OK || reply == nullptr)
        return lose(context_->errstr[0] == '\0' ? "no answer" : context_->errstr);
    look(*static_cast<redisReply*>(reply));
    freeReplyObject(reply);
    return true;
}

bool redis_connection::ask(std::span<const std::string_view> command,
                           const std::function<void(const redisReply&)>& look) {
    return add(command) && read(look);
}

bool redis_connection::read_time(std::chrono::milliseconds& since_epoch) {
    std::int64_t seconds = 0, microseconds = 0;
    bool good = false;
    const auto number = [](const redisReply& reply, std::int64_t& value) {
        const auto text = text_of(reply);
        return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
    };
    if (!ask(std::array<std::string_view, 1>{"TIME"}, [&](const redisReply& reply) {
            good = reply.type == REDIS_REPLY_ARRAY && reply.elements == 2 &&
                   number(*reply.element[0], seconds) && number(*reply.element[1], microseconds);
        }))
        return false;
    if (!good) return lose("it does not tell the time");
    since_epoch = std::chrono::milliseconds(seconds * 1000 + microseconds / 1000);
    return true;
}

}  // namespace pgfold::net
