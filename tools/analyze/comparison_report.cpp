#include "tools/analyze/comparison_report.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>
#include <cstdio>

#include "analyzer/report/report_json.hpp"
#include "analyzer/report/text_layout.hpp"
#include "analyzer/report/utf8.hpp"

namespace pgfold::analyze {
namespace json = boost::json;
namespace {

double rounded(double ms) {
    return std::round(ms * 1000) / 1000;
}

json::object object_of(const statement_numbers& numbers) {
    json::object out;
    out["calls"] = numbers.calls;
    out["mean_ms"] = rounded(numbers.mean_ms);
    out["p95_ms"] = rounded(numbers.p95_ms);
    out["total_ms"] = rounded(numbers.total_ms);
    return out;
}

json::array array_of(const std::vector<statement_change>& changes) {
    json::array all;
    for (const statement_change& change : changes) {
        json::object one;
        one["fingerprint"] = change.statement->fingerprint_hex;
        one["query"] = report::to_valid_utf8(change.statement->normalized_text);
        one["before"] = object_of(change.before);
        one["after"] = object_of(change.after);
        one["extra_ms"] = rounded(change.extra_ms);
        all.push_back(std::move(one));
    }
    return all;
}

json::array array_of(const std::vector<detect::finding>& findings) {
    json::array all;
    for (const detect::finding& found : findings)
        all.push_back(report::to_json(found));
    return all;
}

}  // namespace

json::object to_json(const query_habit& habit) {
    json::object out;
    out["kind"] = to_string(habit.kind);
    out["fingerprint"] = habit.statement->fingerprint_hex;
    out["query"] = report::to_valid_utf8(habit.statement->normalized_text);
    out["calls"] = habit.calls;
    out["rows_max"] = habit.rows_max;
    out["bytes_max"] = habit.bytes_max;
    out["offset_max"] = habit.offset_max;
    out["columns"] = report::to_valid_utf8(habit.columns);
    out["total_ms"] = rounded(static_cast<double>(habit.total.count()) / 1e6);
    return out;
}

json::object to_json(const comparison& changes) {
    json::object out;
    out["new_loops"] = array_of(changes.new_loops);
    json::array longer;
    for (const loop_change& change : changes.longer_loops) {
        json::object one;
        one["before"] = report::to_json(change.before);
        one["after"] = report::to_json(change.after);
        longer.push_back(std::move(one));
    }
    out["longer_loops"] = std::move(longer);
    out["slower"] = array_of(changes.slower);
    out["more_frequent"] = array_of(changes.more_frequent);
    json::array habits;
    for (const query_habit& habit : changes.new_habits)
        habits.push_back(to_json(habit));
    out["new_habits"] = std::move(habits);
    out["gone_loops"] = array_of(changes.gone_loops);
    return out;
}

std::string to_text(const comparison& changes, std::size_t width) {
    std::string out;
    const auto line = [&](const std::string& what, const sql::template_ptr& statement) {
        std::string text = "  " + what;
        if (text.size() < 26) text.resize(26, ' ');
        out += report::shortened(text + "  " + report::elided_query(statement->normalized_text, 30),
                                 std::max<std::size_t>(width, 60)) +
               '\n';
    };
    const auto per_run = [](const detect::finding& f) {
        return f.lookups / std::max<std::uint64_t>(f.runs, 1);
    };
    const auto title = [&](const char* text, std::size_t count) {
        if (count != 0) out += std::string(text) + '\n';
        return count != 0;
    };
    if (changes.nothing_worse()) out += "Nothing got worse\n";
    if (title("New loops", changes.new_loops.size()))
        for (const detect::finding& found : changes.new_loops)
            line(report::counted(found.lookups, "lookup"), found.statement);
    if (title("Longer loops", changes.longer_loops.size()))
        for (const loop_change& c : changes.longer_loops)
            line(report::with_thousands(per_run(c.before)) + " → " +
                     report::with_thousands(per_run(c.after)) + " lookups",
                 c.after.statement);
    if (title("Slower", changes.slower.size()))
        for (const statement_change& c : changes.slower)
            line(report::duration_text(c.before.mean_ms) + " → " +
                     report::duration_text(c.after.mean_ms),
                 c.statement);
    if (title("More frequent", changes.more_frequent.size()))
        for (const statement_change& c : changes.more_frequent)
            line(report::with_thousands(c.before.calls) + " → " +
                     report::with_thousands(c.after.calls) + " calls",
                 c.statement);
    if (title("New habits", changes.new_habits.size()))
        for (const query_habit& habit : changes.new_habits)
            line(std::string(to_string(habit.kind)), habit.statement);
    if (title("Gone", changes.gone_loops.size()))
        for (const detect::finding& found : changes.gone_loops)
            line(report::counted(found.lookups, "lookup"), found.statement);
    return out;
}

}  // namespace pgfold::analyze
