// One client: a thread with two sessions. Loops run on one; on the other, between two lookups of a
// loop, the same thread changes what the loop is about to read. So the order of the two is certain,
// and an answer from before the change is wrong however fast or slow anything is. The other clients
// do the same, at times of their own.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "tests/consistency/driver/schema.hpp"
#include "tests/consistency/driver/session.hpp"
#include "tests/consistency/driver/writer.hpp"

namespace pgfold::consistency {

struct client_options {
    std::string url;
    population size;
    std::uint64_t seed = 0;
    unsigned disturbance = 100;  // percent of the loops that something happens to
    bool terminates_backends = true;
};

class client {
public:
    client(std::uint16_t number, const client_options& options, fault_injector& faults,
           fold_model* model);

    void open();
    // One loop, or one transaction; leaves nothing open. `calm`: no writes but those between the
    // lookups of its own loop. `ddl`: tables and views may be made and replaced;
    // `opaque`: functions, DO, CALL and the like may write.
    void act(bool calm, bool ddl, bool opaque);
    // Reads everything there is, in a form that only the server can answer.
    void read_everything();

    [[nodiscard]] notebook& book() { return book_; }

private:
    struct loop_plan;

    [[nodiscard]] bool chance(unsigned percent) { return random_() % 100 < percent; }
    template <typename Range>
    [[nodiscard]] const auto& any_of(const Range& range) {
        return range[random_() % range.size()];
    }

    void run_loop();
    [[nodiscard]] loop_plan plan_loop();
    void plan_disturbance(loop_plan& plan);
    [[nodiscard]] std::vector<std::int64_t> list(const loop_plan& plan);
    void prefetch(const loop_plan& plan, std::span<const std::int64_t> keys);
    void look_up(const loop_plan& plan, std::int64_t key, nanoseconds started);
    void between_lookups(const loop_plan& plan, std::int64_t next_key);
    [[nodiscard]] aim aim_at(const loop_plan& plan, std::int64_t key) const;
    void write_in_loop(const loop_plan& plan, std::int64_t key);
    void change_settings(const loop_plan& plan);
    void check_again(const loop_plan& plan, const std::vector<std::int64_t>& keys,
                     nanoseconds started);
    void restore_settings();
    void end_transaction(session& on);
    void write_alone();
    void terminate_committing();

    const client_options& options_;
    std::mt19937_64 random_;
    notebook book_;
    session reader_;
    session side_;  // on which the loop's rows are changed
    sightings seen_;
    writer writer_;
    bool ddl_ = false;
};

}  // namespace pgfold::consistency
