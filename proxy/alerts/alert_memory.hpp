// What alerts know that a restart must not take from them: which findings there have been, and how
// many queries a route's requests took.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/detect/conversation_observer.hpp"

namespace pgfold::alerts {

struct request_reading {
    std::chrono::system_clock::time_point at;
    std::uint64_t requests = 0, queries = 0;  // so far
    friend bool operator==(const request_reading&, const request_reading&) = default;
};

struct alert_memory {
    using findings_map = std::map<std::string, detect::timestamp>;  // when each was last seen
    using routes_map = std::map<std::string, std::vector<request_reading>>;  // oldest first
    findings_map findings;
    std::map<std::string, routes_map> requests;  // by the condition that looks at them
    friend bool operator==(const alert_memory&, const alert_memory&) = default;
};

[[nodiscard]] std::string to_text(const alert_memory& memory);

enum class memory_status : std::uint8_t { ok, damaged, foreign };
struct restored_memory {
    memory_status status = memory_status::ok;
    alert_memory memory;
    std::string problem;
};
// `foreign` is what is no file of ours and not to be written over.
[[nodiscard]] restored_memory memory_from_text(std::string_view text);

}  // namespace pgfold::alerts
