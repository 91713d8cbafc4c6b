#include "tools/analyze/waterfall.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "analyzer/report/markup.hpp"
#include "analyzer/report/text_layout.hpp"
#include "tools/analyze/html_text.hpp"

namespace pgfold::analyze {
namespace {

constexpr double width = 960, axis_height = 18, bar_min = 1.5;
constexpr std::size_t rows_max = 60;

double ms_between(timestamp from, timestamp to) {
    return std::chrono::duration<double, std::milli>(to - from).count();
}

std::string number(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.2f", value);
    return text.data();
}

// A round step that gives five to ten ticks.
double tick_step(double span) {
    const double rough = span / 6;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (rough <= factor * power) return factor * power;
    return 10 * power;
}

class drawing {
public:
    drawing(timestamp origin, double span_ms, std::size_t rows, double row_height)
        : origin_(origin), span_(span_ms), row_height_(row_height) {
        const double height = axis_height + static_cast<double>(rows) * row_height_ + 4;
        out_ = "<svg class=\"waterfall\" viewBox=\"0 0 " + number(width) + ' ' + number(height) +
               "\" role=\"img\" aria-label=\"statements of the loop over time\">";
        const double step = tick_step(span_);
        for (double at = 0; at <= span_; at += step) {
            const std::string x = number(at / span_ * width);
            out_ += "<line class=\"tick\" x1=\"" + x + "\" x2=\"" + x + "\" y1=\"" +
                    number(axis_height - 4) + "\" y2=\"" + number(height) + "\"/>";
            const bool last = at / span_ > 0.93;
            out_ += "<text class=\"label\" x=\"" + x + "\" y=\"11\"" +
                    (last ? " text-anchor=\"end\">" : ">") +
                    report::escaped(report::duration_text(at)) + "</text>";
        }
    }

    void bar(std::string_view css, const time_span& when, const std::string& title) {
        const double x = ms_between(origin_, when.start) / span_ * width;
        const double w = std::max(ms_between(when.start, when.end) / span_ * width, bar_min);
        out_ += "<rect class=\"" + std::string(css) + "\" x=\"" + number(std::min(x, width - w)) +
                "\" y=\"" + number(axis_height + static_cast<double>(row_) * row_height_) +
                "\" width=\"" + number(w) + "\" height=\"" + number(row_height_ - 1) +
                "\"><title>" + report::escaped(title) + "</title></rect>";
        ++row_;
    }

    [[nodiscard]] std::string finish() && { return std::move(out_) + "</svg>"; }

private:
    timestamp origin_;
    double span_, row_height_;
    std::size_t row_ = 0;
    std::string out_;
};

}  // namespace

std::string waterfall_svg(const loop_timeline& timeline) {
    if (timeline.lookups.empty()) return {};
    const bool has_parent = timeline.parent.end != timestamp{};
    const std::size_t shown = std::min(timeline.lookups.size(), rows_max);
    timestamp first = timeline.lookups.front().start, last = timeline.lookups.front().end;
    for (std::size_t i = 0; i < shown; ++i) {
        first = std::min(first, timeline.lookups[i].start);
        last = std::max(last, timeline.lookups[i].end);
    }
    // A parent from long ago would squeeze what the picture is about.
    const bool parent_near =
        has_parent && timeline.parent.start < first &&
        ms_between(timeline.parent.start, first) < 2 * std::max(ms_between(first, last), 1.0);
    if (parent_near) first = timeline.parent.start;
    const double span = std::max(ms_between(first, last), 0.001);
    drawing picture(first, span, shown + (parent_near ? 1 : 0), shown > 30 ? 6 : 9);
    const auto title = [&](std::string_view what, const time_span& when) {
        return std::string(what) + ": " + report::duration_text(ms_between(when.start, when.end)) +
               " at " + report::duration_text(ms_between(first, when.start));
    };
    if (parent_near) picture.bar("parent", timeline.parent, title("parent", timeline.parent));
    for (std::size_t i = 0; i < shown; ++i)
        picture.bar("lookup", timeline.lookups[i],
                    title(std::to_string(i + 1), timeline.lookups[i]));
    std::string svg = std::move(picture).finish();
    if (timeline.lookups_total > shown)
        svg += "<p class=\"quiet\">… and " +
               report::with_thousands(timeline.lookups_total - shown) + " more</p>";
    return svg;
}

}  // namespace pgfold::analyze
