#include "proxy/alerts/alert_memory.hpp"

#include <boost/json.hpp>
#include <exception>

#include "analyzer/report/utf8.hpp"

namespace pgfold::alerts {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::system_clock;

// By its first bytes a damaged file is known as one of ours.
constexpr std::string_view head = R"({"format":"pgfold alerts","version":1,)";

json::array to_json(const request_reading& reading) {
    const auto at = std::chrono::duration_cast<milliseconds>(reading.at.time_since_epoch());
    return {at.count(), reading.requests, reading.queries};
}

request_reading read_reading(const json::value& written) {
    const json::array& parts = written.as_array();
    return {system_clock::time_point(milliseconds(json::value_to<std::int64_t>(parts.at(0)))),
            json::value_to<std::uint64_t>(parts.at(1)), json::value_to<std::uint64_t>(parts.at(2))};
}

alert_memory read_memory(const json::object& whole) {
    alert_memory memory;
    for (const auto& [key, at] : whole.at("findings").as_object())
        memory.findings.emplace(key,
                                detect::timestamp(nanoseconds(json::value_to<std::int64_t>(at))));
    for (const auto& [condition, routes] : whole.at("requests").as_object())
        for (const auto& [route, readings] : routes.as_object())
            for (const json::value& one : readings.as_array())
                memory.requests[condition][route].push_back(read_reading(one));
    return memory;
}

}  // namespace

std::string to_text(const alert_memory& memory) {
    json::object findings;
    for (const auto& [key, at] : memory.findings)
        findings[key] = at.time_since_epoch().count();
    json::object requests;
    for (const auto& [condition, routes] : memory.requests) {
        json::object all;
        for (const auto& [route, readings] : routes) {
            json::array list;
            for (const request_reading& one : readings)
                list.emplace_back(to_json(one));
            all[report::to_valid_utf8(route)] = std::move(list);
        }
        requests[condition] = std::move(all);
    }
    return std::string(head) + "\"findings\":" + json::serialize(findings) +
           ",\"requests\":" + json::serialize(requests) + "}\n";
}

restored_memory memory_from_text(std::string_view text) {
    restored_memory result;
    if (!text.starts_with(head)) {
        result.status = memory_status::foreign;
        result.problem = "it is not what this version of pgfold writes for alerts";
        return result;
    }
    try {
        result.memory = read_memory(json::parse(text).as_object());
    } catch (const std::exception& problem) {
        result.status = memory_status::damaged;
        result.problem = problem.what();
    }
    return result;
}

}  // namespace pgfold::alerts
