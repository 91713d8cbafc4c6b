#include "proxy/alerts/receiver_schedule.hpp"

#include <algorithm>

namespace pgfold::alerts {

void receiver_schedule::add(const alert_event& event, time_point now) {
    entry& known = entries_[event.alert.name];
    known.event = event;
    known.untold = true;
    known.taken = false;  // what is being told is no longer the news
    if (!due_) due_ = now + group_wait_;
}

std::optional<time_point> receiver_schedule::due() const {
    if (due_) return due_;
    std::optional<time_point> next;
    for (const auto& [name, one] : entries_) {
        const time_point again = one.told + one.event.repeat;
        if (!next || again < *next) next = again;
    }
    return next;
}

std::vector<alert_event> receiver_schedule::take(time_point now) {
    std::vector<alert_event> result;
    const auto when = due();
    if (!when || *when > now) return result;
    for (auto& [name, one] : entries_) {
        if (!one.untold && now - one.told < one.event.repeat) continue;
        one.untold = true;
        one.taken = true;
        result.push_back(one.event);
    }
    due_ = now;  // until delivered() says when it is next
    return result;
}

bool receiver_schedule::delivered(bool success, time_point now) {
    const bool given_up = !success && ++attempts_ >= attempts_max;
    if (!success && !given_up) {
        const auto pause = std::min<std::chrono::seconds>(
            retry_first * (1 << std::min(attempts_ - 1, 10)), retry_longest);
        due_ = now + pause;
        return true;
    }
    attempts_ = 0;
    bool more = false;
    for (auto each = entries_.begin(); each != entries_.end();) {
        entry& one = each->second;
        if (one.taken) {
            one.taken = one.untold = false;
            one.told = now;
        }
        more = more || one.untold;
        each = !one.untold && one.event.has_ended ? entries_.erase(each) : std::next(each);
    }
    due_.reset();
    if (more) due_ = now + group_wait_;
    return success;
}

}  // namespace pgfold::alerts
