#include "proxy/alerts/alert_message.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <ctime>

namespace pgfold::alerts {
namespace {

namespace json = boost::json;

constexpr std::size_t detail_bytes_max = 400;

std::string formatted(time_point at, const char* format) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
    std::tm fields{};
    ::gmtime_r(&seconds, &fields);
    std::array<char, 64> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), format, &fields);
    return {text.data(), length};
}

std::string number(double value) {
    std::array<char, 32> text{};
    const int length = std::snprintf(text.data(), text.size(), "%.4g", value);
    return {text.data(), static_cast<std::size_t>(std::max(0, length))};
}

// On one line, and cut between characters.
std::string shortened(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    if (text.size() <= detail_bytes_max) return text;
    std::size_t end = detail_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
    return text.substr(0, end) + "…";
}

std::string for_slack(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else
            out += c;
    }
    return out;
}

std::string headline(const alert_event& event) {
    std::string line = event.has_ended ? "resolved: " : "firing: ";
    line += event.alert.name + " (" + event.alert.when + ")";
    if (event.alert.has_value) line += ", now " + number(event.alert.value);
    return line;
}

}  // namespace

std::string rfc3339(time_point at) {
    return formatted(at, "%Y-%m-%dT%H:%M:%SZ");
}

std::string subject_of(const std::vector<alert_event>& events, const message_origin& from) {
    const auto ended = std::count_if(events.begin(), events.end(),
                                     [](const alert_event& event) { return event.has_ended; });
    const auto firing = static_cast<std::ptrdiff_t>(events.size()) - ended;
    std::string line = from.is_test ? "[pgfold test] " : "[pgfold] ";
    if (events.size() == 1) {
        line += (ended != 0 ? "resolved: " : "firing: ") + events.front().alert.name;
    } else {
        if (firing != 0) line += std::to_string(firing) + " firing";
        if (firing != 0 && ended != 0) line += ", ";
        if (ended != 0) line += std::to_string(ended) + " resolved";
    }
    return line + " on " + from.host;
}

std::string text_of(const std::vector<alert_event>& events, const message_origin& from) {
    std::string text;
    if (from.is_test) text += "This is a test. Nothing has happened.\n\n";
    for (const alert_event& event : events) {
        text += headline(event) + '\n';
        text += "  since " + rfc3339(event.started);
        if (event.has_ended) text += " until " + rfc3339(event.ended);
        text += '\n';
        for (const std::string& detail : event.alert.details)
            text += "  " + shortened(detail) + '\n';
    }
    return text;
}

std::string slack_json(const std::vector<alert_event>& events, const message_origin& from) {
    const std::string text =
        "*" + for_slack(subject_of(events, from)) + "*\n" + for_slack(text_of(events, from));
    return json::serialize(json::object{{"text", text}});
}

std::string webhook_json(const std::vector<alert_event>& events, const message_origin& from,
                         time_point now) {
    json::array alerts;
    bool firing = false;
    for (const alert_event& event : events) {
        firing = firing || !event.has_ended;
        json::object alert;
        alert["name"] = event.alert.name;
        alert["state"] = event.has_ended ? "resolved" : "firing";
        alert["when"] = event.alert.when;
        alert["value"] = event.alert.has_value ? json::value(event.alert.value) : nullptr;
        alert["started"] = rfc3339(event.started);
        alert["ended"] = event.has_ended ? json::value(rfc3339(event.ended)) : nullptr;
        json::array details;
        for (const std::string& detail : event.alert.details)
            details.emplace_back(shortened(detail));
        alert["details"] = std::move(details);
        alerts.emplace_back(std::move(alert));
    }
    json::object body;
    body["version"] = 1;
    body["state"] = firing ? "firing" : "resolved";
    body["test"] = from.is_test;
    body["host"] = from.host;
    body["receiver"] = from.receiver;
    body["sent"] = rfc3339(now);
    body["summary"] = subject_of(events, from);
    body["alerts"] = std::move(alerts);
    return json::serialize(body);
}

std::string mail(const std::vector<alert_event>& events, const message_origin& from,
                 const config::notify_receiver& to, time_point now) {
    const auto nanoseconds = now.time_since_epoch().count();
    std::string text = "Date: " + formatted(now, "%a, %d %b %Y %H:%M:%S +0000") + "\r\n";
    text += "From: pgfold <" + to.from + ">\r\n";
    text += "To: " + to.email + "\r\n";
    text += "Subject: " + subject_of(events, from) + "\r\n";
    text +=
        "Message-ID: <" + std::to_string(nanoseconds) + "." + to.name + "@" + from.host + ">\r\n";
    text += "Auto-Submitted: auto-generated\r\n";
    text += "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n";
    text += "Content-Transfer-Encoding: 8bit\r\n\r\n";
    for (const char c : text_of(events, from))
        text += c == '\n' ? "\r\n" : std::string(1, c);
    return text;
}

}  // namespace pgfold::alerts
