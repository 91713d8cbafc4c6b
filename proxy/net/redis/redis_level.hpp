// cache.shared: the cache's second level in Redis or Valkey, on a thread of its own. Sessions put
// in what they want and are woken; none of them ever waits for the network on its own thread.
//
// Keys, all of them behind the server's run_id, so that what was there before a restart, a restored
// backup or a failover is not found any more:
//     pgfold1:RUN:t:DATABASE:OID   a table's token; 0 for all tables
//     pgfold1:RUN:a:DIGEST         an answer, until its age is over by the server's own clock
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "config/redis_url.hpp"
#include "proxy/cache/shared/shared_level.hpp"
#include "proxy/cache/shared/stored_answer.hpp"
#include "proxy/cache/shared/table_tokens.hpp"
#include "proxy/net/redis/redis_connection.hpp"

namespace pgfold::net {

class redis_level final : public cache::shared_level {
public:
    // How soon others hear of a write.
    static constexpr std::chrono::milliseconds look_around{20};
    static constexpr std::chrono::milliseconds retry_after{1000};
    static constexpr std::size_t waiting_max = 10'000;

    redis_level(config::redis_url url, cache::result_cache& memory);
    // Tells of the last writes, if there is somebody to tell.
    ~redis_level() override;

    [[nodiscard]] bool is_up() const override { return up_.load(); }
    [[nodiscard]] bool knows(const freshness::database_versions& database) const override;
    void follow(std::shared_ptr<freshness::database_versions> database,
                const cache::shared_database& who) override;
    [[nodiscard]] cache::shared_lookup_ptr look(const cache::shared_question& asked,
                                                cache::flight_ticket& ticket) override;
    void keep(const cache::shared_lookup& asked, const cache::shared_answer& answer) override;
    [[nodiscard]] const cache::shared_totals& totals() const override { return totals_; }

private:
    struct followed {
        std::string id;
        std::unique_ptr<cache::table_tokens> tokens;  // null: nothing of it is shared
    };
    struct kept {
        std::string name, value;
        std::int64_t gone_ms = 0;
        std::uint64_t epoch = 0;
    };
    // The server's clock, as far as it is known: what was asked at `sent` was told at `heard`.
    struct clock_reading {
        std::chrono::milliseconds told{0};
        detect::timestamp sent, heard;
    };

    void run();
    [[nodiscard]] bool connect();
    [[nodiscard]] bool read_clock();
    void lose();
    void work(const std::vector<cache::shared_lookup_ptr>& lookups,
              const std::vector<kept>& answers);
    [[nodiscard]] bool renew();
    [[nodiscard]] bool make_missing();
    [[nodiscard]] bool send(const std::vector<cache::shared_lookup_ptr>& lookups,
                            const std::vector<kept>& answers);
    void settle(cache::shared_lookup& lookup, const redisReply& reply);
    void import(const cache::shared_lookup& lookup, const cache::stored_answer& answer);
    // At most, and at least, what the server's clock showed then.
    [[nodiscard]] std::int64_t at_most(detect::timestamp at) const;
    [[nodiscard]] std::int64_t at_least(detect::timestamp at) const;

    const config::redis_url url_;
    cache::result_cache& memory_;
    cache::shared_totals totals_;
    std::atomic<bool> up_{false};
    std::atomic<std::uint64_t> epoch_{0};  // of the server behind it

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool ending_ = false;
    std::map<const freshness::database_versions*, followed> databases_;
    std::vector<std::shared_ptr<freshness::database_versions>> held_;
    std::vector<cache::shared_lookup_ptr> lookups_;
    std::vector<kept> answers_;
    clock_reading clock_;

    // The thread's own.
    redis_connection connection_;
    std::string prefix_;
    std::vector<std::string> missing_;  // names of tokens that nobody has made yet
    std::string told_;                  // the problem that the log has been told
    std::chrono::steady_clock::time_point retry_at_{};
    std::thread thread_;
};

}  // namespace pgfold::net
