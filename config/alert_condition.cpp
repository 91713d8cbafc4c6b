#include "config/alert_condition.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "config/nearest_key.hpp"
#include "config/units.hpp"
#include "proxy/telemetry/metric_names.hpp"

namespace pgfold::config {
namespace {

using namespace std::chrono_literals;
using telemetry::metric_kind;

constexpr std::chrono::milliseconds default_window = 5min;
constexpr std::chrono::milliseconds default_gone = 1h;
constexpr std::chrono::milliseconds window_max = 24h;
constexpr std::size_t shown_max = 30;

struct failure {
    std::string message;
    std::size_t at;
};

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

const telemetry::metric_name* find_metric(std::string_view name) {
    if (name.starts_with("pgfold_")) name.remove_prefix(7);
    for (const std::string_view ending : {"", "_total", "_seconds", "_bytes"}) {
        const std::string whole = std::string(name) + std::string(ending);
        for (const telemetry::metric_name& known : telemetry::metric_names)
            if (known.name == whole) return &known;
    }
    return nullptr;
}

std::string unknown_metric(std::string_view name) {
    std::vector<std::string_view> known = {"new_finding", "returned_finding",
                                           "queries_per_request"};
    for (const telemetry::metric_name& metric : telemetry::metric_names)
        known.push_back(metric.name);
    std::string message = "unknown metric \"" + std::string(name.substr(0, shown_max)) + '"';
    const std::string_view nearest = nearest_key(name, known);
    if (!nearest.empty()) return message + "; did you mean " + std::string(nearest) + "?";
    return message + "; metrics are those of /metrics, without pgfold_";
}

// Recursive descent; what is wrong is thrown as a `failure` and caught in parse_alert_condition.
class parser {
public:
    explicit parser(std::string_view text) : text_(text) {}

    alert_condition parse() {
        alert_condition result;
        skip_spaces();
        const std::string_view first = peek_word();
        if (first == "new_finding" || first == "returned_finding") {
            finding(first, result);
        } else if (first == "queries_per_request") {
            take_word();
            result.subject = alert_subject::queries_per_request;
            const std::size_t inner = at_;
            result.labels = labels();
            for (const auto& [label, value] : result.labels)
                if (label != "route" && label != "database" && label != "user")
                    throw failure{"queries_per_request has no \"" + label +
                                      "\"; it has route, database and user",
                                  inner};
            threshold(result);
        } else {
            metrics(result);
            threshold(result);
        }
        tail(result);
        return result;
    }

private:
    [[noreturn]] void expected(const std::string& what) const { expected(what, at_); }
    [[noreturn]] void expected(const std::string& what, std::size_t at) const {
        std::string_view rest = text_.substr(at);
        rest = rest.substr(0, std::max<std::size_t>(1, rest.find_first_of(" \t")));
        const std::string found =
            rest.empty() ? "the end" : '"' + std::string(rest.substr(0, shown_max)) + '"';
        throw failure{"expected " + what + ", found " + found, at};
    }

    void skip_spaces() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t'))
            ++at_;
    }
    [[nodiscard]] std::string_view peek_word() const {
        std::size_t end = at_;
        while (end < text_.size() && is_word(text_[end]))
            ++end;
        return text_.substr(at_, end - at_);
    }
    std::string_view take_word() {
        const std::string_view word = peek_word();
        at_ += word.size();
        skip_spaces();
        return word;
    }
    bool take(std::string_view symbol) {
        if (text_.substr(at_, symbol.size()) != symbol) return false;
        at_ += symbol.size();
        skip_spaces();
        return true;
    }
    void need(std::string_view symbol) {
        if (!take(symbol)) expected('"' + std::string(symbol) + '"');
    }

    label_filters labels() {
        label_filters result;
        if (!take("{")) return result;
        do {
            const std::string_view name = take_word();
            if (name.empty()) expected("the name of a label");
            need("=");
            if (at_ >= text_.size() || (text_[at_] != '"' && text_[at_] != '\''))
                expected("a value in quotes");
            const char quote = text_[at_];
            const std::size_t end = text_.find(quote, at_ + 1);
            if (end == std::string_view::npos)
                throw failure{"the quote that begins here does not end", at_};
            result.emplace_back(name, text_.substr(at_ + 1, end - at_ - 1));
            at_ = end + 1;
            skip_spaces();
        } while (take(","));
        need("}");
        return result;
    }

    metric_term term() {
        metric_term result;
        const std::size_t start = at_;
        std::string_view word = take_word();
        if (word.empty()) expected("a metric, such as n_plus_one_lookups", start);
        if (take("(")) {
            function(word, start, result);
            const std::size_t inner = at_;
            word = take_word();
            if (word.empty()) expected("a metric", inner);
            name(word, inner, result);
            result.labels = labels();
            need(")");
        } else {
            name(word, start, result);
            result.labels = labels();
        }
        return result;
    }

    static void function(std::string_view word, std::size_t at, metric_term& term) {
        constexpr std::array<std::pair<std::string_view, double>, 4> quantiles = {
            {{"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}}};
        for (const auto& [spelling, value] : quantiles) {
            if (word != spelling) continue;
            term.function = metric_function::quantile;
            term.quantile = value;
            return;
        }
        if (word == "rate")
            term.function = metric_function::rate;
        else if (word == "mean")
            term.function = metric_function::mean;
        else
            throw failure{"unknown function \"" + std::string(word.substr(0, shown_max)) +
                              "\"; functions are rate, mean, p50, p90, p95, p99",
                          at};
    }

    void name(std::string_view word, std::size_t at, metric_term& term) {
        const telemetry::metric_name* const found = find_metric(word);
        if (found == nullptr) throw failure{unknown_metric(word), at};
        term.name = found->name;
        const std::string shown(found->name);
        const bool of_histogram =
            term.function == metric_function::quantile || term.function == metric_function::mean;
        if (of_histogram && found->kind != metric_kind::histogram)
            throw failure{shown + " is no histogram: it has no p95 and no mean", at};
        if (!of_histogram && found->kind == metric_kind::histogram)
            throw failure{
                shown + " is a histogram: write mean(" + shown + ") or p95(" + shown + ")", at};
        if (term.function == metric_function::rate && found->kind == metric_kind::gauge)
            throw failure{shown + " is a gauge: it has no rate", at};
        is_gauge_ = is_gauge_ && found->kind == metric_kind::gauge;
    }

    void metrics(alert_condition& result) {
        result.terms.push_back(term());
        if (take("/")) result.terms.push_back(term());
    }

    void finding(std::string_view word, alert_condition& result) {
        take_word();
        result.subject =
            word == "new_finding" ? alert_subject::new_finding : alert_subject::returned_finding;
        const std::size_t start = at_;
        result.labels = labels();
        constexpr std::array<std::string_view, 6> known = {
            "class", "database", "user", "application_name", "route", "table"};
        for (const auto& [label, value] : result.labels)
            if (std::find(known.begin(), known.end(), label) == known.end())
                throw failure{"a finding has no \"" + label +
                                  "\"; it has class, database, user, application_name, route and "
                                  "table",
                              start};
    }

    void threshold(alert_condition& result) {
        if (take(">="))
            result.op = comparison::at_least;
        else if (take(">"))
            result.op = comparison::more;
        else if (take("<="))
            result.op = comparison::at_most;
        else if (take("<"))
            result.op = comparison::less;
        else
            expected("a comparison, such as > 100");
        number(result);
    }

    void number(alert_condition& result) {
        const std::size_t start = at_;
        const auto [end, error] =
            std::from_chars(text_.data() + at_, text_.data() + text_.size(), result.threshold);
        if (error != std::errc{}) expected("a number, such as 100, 250ms, 1% or 16MiB");
        at_ += static_cast<std::size_t>(end - (text_.data() + at_));
        if (take("%")) {
            result.threshold /= 100;
            return;
        }
        const std::string_view unit = take_word();
        if (unit.empty()) return;
        if (unit == "x" && result.subject == alert_subject::queries_per_request) {
            result.is_multiple = true;
            return;
        }
        constexpr std::array<std::pair<std::string_view, double>, 8> units = {
            {{"ms", 1e-3},
             {"s", 1},
             {"m", 60},
             {"h", 3600},
             {"B", 1},
             {"KiB", 1024},
             {"MiB", 1048576},
             {"GiB", 1073741824}}};
        for (const auto& [spelling, factor] : units) {
            if (unit != spelling) continue;
            result.threshold *= factor;
            return;
        }
        throw failure{"unknown unit \"" + std::string(unit.substr(0, shown_max)) +
                          "\"; units are %, ms, s, m, h, B, KiB, MiB, GiB",
                      start};
    }

    std::chrono::milliseconds duration(std::chrono::milliseconds min) {
        const std::size_t start = at_;
        std::size_t end = at_;
        while (end < text_.size() && (is_word(text_[end]) || text_[end] == '.'))
            ++end;
        const auto value = parse_duration(text_.substr(at_, end - at_));
        if (!value) expected("a duration, such as 30s or 5m");
        if (*value < min || *value > window_max)
            expected("a duration from " + to_string(min) + " to 24h", start);
        at_ = end;
        skip_spaces();
        return *value;
    }

    void tail(alert_condition& result) {
        const bool is_metric = result.subject == alert_subject::metric;
        bool window_given = false;
        bool hold_given = false;
        while (at_ < text_.size()) {
            const std::string_view word = peek_word();
            if (word == "in" && !window_given) {
                take_word();
                result.window = duration(1s);
                window_given = true;
            } else if (word == "for" && !hold_given) {
                take_word();
                result.hold = duration(0ms);
                hold_given = true;
            } else if (word == "after" && result.subject == alert_subject::returned_finding &&
                       result.gone == 0ms) {
                take_word();
                result.gone = duration(1s);
            } else {
                expected(result.subject == alert_subject::returned_finding
                             ? "in, for, after or the end"
                             : "in, for or the end");
            }
        }
        if (!window_given && !(is_metric && is_gauge_)) result.window = default_window;
        if (result.subject == alert_subject::returned_finding && result.gone == 0ms)
            result.gone = default_gone;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool is_gauge_ = true;  // all metrics so far
};

}  // namespace

alert_condition_result parse_alert_condition(std::string_view text) {
    alert_condition_result result;
    try {
        result.value = parser(text).parse();
    } catch (const failure& problem) {
        result.error = problem.message;
        result.at = problem.at;
    }
    return result;
}

bool matches(const std::string& pattern, const std::string& value) {
    return ::fnmatch(pattern.c_str(), value.c_str(), 0) == 0;
}

}  // namespace pgfold::config
