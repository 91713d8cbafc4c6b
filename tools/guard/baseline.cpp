#include "tools/guard/baseline.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <tuple>

#include "analyzer/report/utf8.hpp"

namespace pgfold::guard {
namespace json = boost::json;
namespace {

constexpr int version = 1;

// Empty where there is none, or where it is no string.
std::string text_at(const json::object& object, std::string_view key) {
    const json::value* const found = object.if_contains(key);
    return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}

}  // namespace

baseline_entry entry_of(const detect::finding& found) {
    baseline_entry entry;
    entry.kind = detect::to_string(found.kind);
    entry.fingerprint = found.statement->fingerprint_hex;
    if (found.parent.statement) entry.parent_fingerprint = found.parent.statement->fingerprint_hex;
    entry.query = report::to_valid_utf8(found.statement->normalized_text);
    return entry;
}

std::optional<baseline> load_baseline(const std::string& file, std::string& error) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        error = file + ": " + std::strerror(errno);
        return std::nullopt;
    }
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    json::error_code failure;
    const json::value document = json::parse(text, failure);
    if (failure) {
        error = file + ": not JSON: " + failure.message();
        return std::nullopt;
    }
    const json::value* const loops =
        document.is_object() ? document.as_object().if_contains("loops") : nullptr;
    if (loops == nullptr || !loops->is_array()) {
        error = file + ": not a baseline of pgfold guard: it has no list \"loops\"";
        return std::nullopt;
    }
    baseline entries;
    for (const json::value& one : loops->as_array()) {
        baseline_entry entry;
        if (one.is_object()) {
            entry = {text_at(one.as_object(), "class"), text_at(one.as_object(), "fingerprint"),
                     text_at(one.as_object(), "parent"), text_at(one.as_object(), "query")};
        }
        if (entry.kind.empty() || entry.fingerprint.empty()) {
            error = file + ": loop " + std::to_string(entries.size() + 1) +
                    " has no class or no fingerprint";
            return std::nullopt;
        }
        entries.push_back(std::move(entry));
    }
    return entries;
}

std::string to_text(baseline entries) {
    std::sort(entries.begin(), entries.end(), [](const baseline_entry& a, const baseline_entry& b) {
        return std::tie(a.query, a) < std::tie(b.query, b);
    });
    entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
    std::string text = "{\"version\": " + std::to_string(version) + ", \"loops\": [";
    bool first = true;
    for (const baseline_entry& entry : entries) {
        json::object line;
        line["class"] = entry.kind;
        line["fingerprint"] = entry.fingerprint;
        if (!entry.parent_fingerprint.empty()) line["parent"] = entry.parent_fingerprint;
        line["query"] = entry.query;
        text += (first ? "\n  " : ",\n  ") + json::serialize(line);
        first = false;
    }
    return text + "\n]}\n";
}

}  // namespace pgfold::guard
