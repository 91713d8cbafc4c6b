// A data thread: one event loop, one read buffer, and the connections that live on it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "proxy/admin/admin_context.hpp"
#include "proxy/net/client_peer.hpp"
#include "proxy/net/event_loop.hpp"
#include "proxy/net/shared_state.hpp"
#include "proxy/net/thread_resources.hpp"

namespace pgfold::net {

class connection;

class worker {
public:
    worker(shared_state& shared, unsigned number);
    ~worker();
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;

    void start();
    void stop();  // ends the thread; connections that are left go with it

    // From any thread.
    void adopt(int descriptor, client_peer peer);  // takes over the socket
    void take_settings(const std::shared_ptr<const runtime_config>& next);
    void end_connections_when_idle();
    void end_connections_now();
    void add_snapshots(std::function<void(std::vector<admin::connection_snapshot>)> receive);
    [[nodiscard]] std::size_t connection_count() const {
        return count_.load(std::memory_order_relaxed);
    }

    // For the connections of this worker, on its thread.
    [[nodiscard]] event_loop& loop() { return loop_; }
    [[nodiscard]] shared_state& shared() { return shared_; }
    [[nodiscard]] thread_resources& resources() { return resources_; }
    void remove(connection& ended);

    [[nodiscard]] const thread_resources& resources() const { return resources_; }

private:
    void run();
    void tick();
    template <typename Visit>
    void for_each_connection(Visit visit);

    shared_state& shared_;
    const unsigned number_;
    thread_resources resources_;  // before the loop: what its tasks hold refers to it
    event_loop loop_;
    loop_timer tick_;
    std::vector<std::shared_ptr<connection>> connections_;
    std::atomic<std::size_t> count_{0};  // of connections, those on their way to it included
    std::thread thread_;
};

}  // namespace pgfold::net
