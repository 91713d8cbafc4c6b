// Turns what the series of one connection prove into reports: loops as soon as they are proven,
// the rest by its numbers when its window closes. What one connection cannot explain is handed to
// the pool of its siblings, if it has any.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "analyzer/detect/connection_state.hpp"
#include "analyzer/detect/hub_implementation.hpp"
#include "analyzer/detect/lookup_series.hpp"

namespace pgfold::detect {

class loop_reporter {
public:
    // `state` outlives this.
    loop_reporter(std::shared_ptr<detector_hub::implementation> hub, const connection_state& state)
        : hub_(std::move(hub)), state_(state) {}

    void join_pool();
    void leave_pool();
    [[nodiscard]] bool in_pool() const { return pool_ != nullptr; }
    void note_siblings() { has_siblings_ = has_siblings_ || (pool_ && pool_->has_siblings()); }
    void share(const std::shared_ptr<const result_record>& result);
    [[nodiscard]] const sibling_pool* pool() const { return pool_.get(); }
    void expire_waiting(timestamp now);  // what the pool has not explained in time

    // Reports the loops that the series can prove now. True when it is proven for the first time.
    [[nodiscard]] bool settle(lookup_series& series, bool closing, series_context& context);
    // A lull: siblings may explain what this connection cannot.
    void ask_siblings(lookup_series& series);
    // The window is over: what is left of it unexplained is judged by its numbers.
    void report_window(lookup_series& series);
    // Makes room in the series' log, or empties it. What leaves it unexplained still counts for its
    // window.
    void retire(lookup_series& series, bool all);

    [[nodiscard]] std::size_t lookups_min() const;  // to be worth a look

private:
    [[nodiscard]] bool can_ask_siblings(const lookup_series& series) const;
    void hand_over(const lookup_series& series, std::vector<lookup_record> lookups, bool suspected);
    void publish(loop_report report);
    void publish(std::vector<loop_report> reports);
    [[nodiscard]] loop_origin origin_of(const lookup_series& series) const;
    [[nodiscard]] bool attributes() const { return static_cast<bool>(hub_->attributed); }

    std::shared_ptr<detector_hub::implementation> hub_;
    const connection_state& state_;
    std::shared_ptr<sibling_pool> pool_;
    bool has_siblings_ = false;  // or has had: a pool's connections end one by one
};

}  // namespace pgfold::detect
