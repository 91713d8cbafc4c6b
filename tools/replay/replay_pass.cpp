#include "tools/replay/replay_pass.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <numeric>
#include <thread>

#include "tools/captures/progress_bar.hpp"

namespace pgfold::replay {
namespace {

timestamp now() {
    return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

}  // namespace

pass_result play_all(const recording& recorded, const std::string& conninfo, double speed) {
    const auto& all = recorded.conversations;
    pass_result result;
    result.conversations.resize(all.size());
    result.began = now();

    std::vector<std::size_t> by_end(all.size());
    std::iota(by_end.begin(), by_end.end(), std::size_t{0});
    std::stable_sort(by_end.begin(), by_end.end(),
                     [&](std::size_t a, std::size_t b) { return all[a]->ended < all[b]->ended; });
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<bool> over(all.size());
    std::vector<std::thread> threads(all.size());
    std::vector<std::size_t> to_join;
    std::size_t over_in_order = 0;
    std::uint64_t sent = 0;
    captures::progress_bar progress(recorded.bytes);

    play_options options;
    options.conninfo = conninfo;
    options.speed = speed;
    options.started_at = std::chrono::steady_clock::now();
    options.recorded_at = all.empty() ? timestamp() : all.front()->began;
    options.on_sent = [&](std::size_t bytes) {
        const std::lock_guard lock(mutex);
        progress.show(sent += bytes);
    };
    std::unique_lock lock(mutex);
    const auto join_ended = [&] {
        while (!to_join.empty()) {
            std::thread ended = std::move(threads[to_join.back()]);
            to_join.pop_back();
            lock.unlock();
            ended.join();
            lock.lock();
        }
    };
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto before = static_cast<std::size_t>(
            std::partition_point(
                by_end.begin(), by_end.end(),
                [&](std::size_t other) { return all[other]->ended < all[i]->began; }) -
            by_end.begin());
        changed.wait(lock, [&] { return over_in_order >= before; });
        // Nothing tells of this but the clock.
        lock.unlock();
        std::this_thread::sleep_until(due_at(options, all[i]->began));
        lock.lock();
        join_ended();
        threads[i] = std::thread([&, i] {
            played one;
            try {
                one = play(*all[i], recorded.storage, options);
            } catch (const std::exception& failure) {
                one.problem = failure.what();
            }
            const std::lock_guard done(mutex);
            result.conversations[i] = std::move(one);
            over[i] = true;
            while (over_in_order < by_end.size() && over[by_end[over_in_order]])
                ++over_in_order;
            to_join.push_back(i);
            changed.notify_all();
        });
    }
    changed.wait(lock, [&] { return over_in_order == all.size(); });
    join_ended();
    lock.unlock();
    progress.clear();
    result.elapsed = std::chrono::steady_clock::now() - options.started_at;
    result.ended = now();
    return result;
}

}  // namespace pgfold::replay
