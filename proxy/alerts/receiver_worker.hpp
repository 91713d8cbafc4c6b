// One receiver and the thread that tells it. A receiver that is slow or dead keeps nobody waiting
// but itself.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "config/config.hpp"
#include "proxy/alerts/receiver_schedule.hpp"

namespace pgfold::alerts {

struct receiver_status {
    std::string name, kind;  // slack, webhook or email
    bool switched_on = true;
    std::uint64_t delivered = 0, failed = 0;  // attempts
    std::string last_error;                   // of the last attempt; empty when it went well
};

class receiver_worker {
public:
    using logger = std::function<void(const std::string&)>;

    receiver_worker(config::notify_receiver to, logger warn);
    ~receiver_worker();  // what is untold stays so
    receiver_worker(const receiver_worker&) = delete;
    receiver_worker& operator=(const receiver_worker&) = delete;

    void add(const alert_event& event);  // never waits
    [[nodiscard]] receiver_status status() const;
    [[nodiscard]] const config::notify_receiver& receiver() const { return to_; }

private:
    void run();

    const config::notify_receiver to_;
    const logger warn_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    receiver_schedule schedule_;
    receiver_status status_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace pgfold::alerts
