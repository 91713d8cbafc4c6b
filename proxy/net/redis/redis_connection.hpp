// A connection to Redis or Valkey, for one thread: commands are collected, sent together, and
// answered in order. Waits, but never long.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "config/redis_url.hpp"

struct redisContext;
struct redisReply;

namespace pgfold::net {

class redis_connection {
public:
    static constexpr std::chrono::milliseconds connect_patience{1000};
    static constexpr std::chrono::milliseconds reply_patience{250};

    redis_connection();
    ~redis_connection();
    redis_connection(const redis_connection&) = delete;
    redis_connection& operator=(const redis_connection&) = delete;

    [[nodiscard]] bool open(const config::redis_url& url);
    void close();
    // It does not do what is asked of it.
    void fail(std::string why) { lose(std::move(why)); }
    [[nodiscard]] bool is_open() const { return context_ != nullptr; }
    // Why it is not.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    // Which start of which server: no other has it, not the same one after a restart either.
    [[nodiscard]] const std::string& run_id() const { return run_id_; }

    // False, as of read(): the connection is lost.
    bool add(std::span<const std::string_view> command);
    bool read(const std::function<void(const redisReply&)>& look);
    // The server's clock.
    [[nodiscard]] bool read_time(std::chrono::milliseconds& since_epoch);

private:
    bool lose(std::string why);
    bool ask(std::span<const std::string_view> command,
             const std::function<void(const redisReply&)>& look);

    struct closer {
        void operator()(redisContext* context) const;
    };
    std::unique_ptr<redisContext, closer> context_;
    std::string problem_, run_id_;
};

}  // namespace pgfold::net
