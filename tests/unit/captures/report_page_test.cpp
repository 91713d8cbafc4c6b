// The parts of the HTML report, and the line that shows progress.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analyzer/report/markup.hpp"
#include "tools/analyze/html_text.hpp"
#include "tools/analyze/waterfall.hpp"
#include "tools/captures/progress_bar.hpp"

namespace pgfold::analyze {
namespace {

using namespace std::chrono_literals;
using captures::progress_bar;
using report::escaped;
using testing::HasSubstr;
using testing::Not;

timestamp at(std::chrono::milliseconds when) {
    return timestamp{} + 1h + when;
}

std::size_t count(const std::string& text, std::string_view part) {
    std::size_t found = 0;
    for (auto i = text.find(part); i != std::string::npos; i = text.find(part, i + 1))
        ++found;
    return found;
}

TEST(HtmlText, EscapesWhatIsNotMarkup) {
    EXPECT_EQ(escaped("<a href=\"x\">'&amp;\n\t"),
              "&lt;a href=&quot;x&quot;&gt;&#39;&amp;amp;\n\t");
    EXPECT_EQ(escaped(std::string_view("\0\x1b[\x7f", 4)), "\xEF\xBF\xBD\xEF\xBF\xBD[\xEF\xBF\xBD");
    EXPECT_EQ(escaped("\xff"), "\xEF\xBF\xBD");
    html_text html;
    html.element("td", "<b>", "quiet").markup("<br>").text("<");
    EXPECT_EQ(html.str(), "<td class=\"quiet\">&lt;b&gt;</td><br>&lt;");
}

TEST(Waterfall, DrawsABarForEachStatement) {
    loop_timeline timeline;
    timeline.parent = {at(0ms), at(10ms)};
    for (int i = 0; i < 9; ++i)
        timeline.lookups.push_back({at(10ms + i * 10ms), at(15ms + i * 10ms)});
    timeline.lookups_total = 9;
    const std::string svg = waterfall_svg(timeline);
    EXPECT_EQ(count(svg, "<rect class=\"lookup\""), 9u);
    EXPECT_EQ(count(svg, "<rect class=\"parent\" x=\"0.00\""), 1u);
    // From 0 to 95 ms over 960 units.
    EXPECT_THAT(svg, HasSubstr("x=\"101.05\""));
    EXPECT_THAT(svg, HasSubstr("<title>1: 5.00 ms at 10.0 ms</title>"));
    EXPECT_THAT(svg, Not(HasSubstr("more")));
}

TEST(Waterfall, SaysWhatItLeavesOut) {
    loop_timeline timeline;
    for (int i = 0; i < 100; ++i)
        timeline.lookups.push_back({at(i * 1ms), at(i * 1ms)});
    timeline.lookups_total = 1000;
    const std::string svg = waterfall_svg(timeline);
    EXPECT_EQ(count(svg, "<rect"), 60u);
    EXPECT_THAT(svg, HasSubstr("… and 940 more"));
}

TEST(Waterfall, LeavesAParentOfLongAgoOut) {
    loop_timeline timeline;
    timeline.parent = {at(0ms), at(10ms)};
    timeline.lookups = {{at(100s), at(100s + 1ms)}, {at(100s + 2ms), at(100s + 3ms)}};
    timeline.lookups_total = 2;
    EXPECT_THAT(waterfall_svg(timeline), Not(HasSubstr("parent")));
}

TEST(Waterfall, NeedsALoop) {
    EXPECT_EQ(waterfall_svg({}), "");
}

TEST(ProgressBar, SaysHowFarAndHowLong) {
    EXPECT_EQ(progress_bar::line(0, 5'000'000'000, 0ms),
              "   0 % " + std::string(26, ' ') + "  0 MB of 5.0 GB");
    const std::string half = progress_bar::line(2'500'000'000, 5'000'000'000, 10s);
    EXPECT_THAT(half, HasSubstr("  50 % █████████████ "));
    EXPECT_THAT(half, HasSubstr("2.5 GB of 5.0 GB, 250 MB/s, 10 s left"));
    EXPECT_THAT(progress_bar::line(7, 7, 1s), HasSubstr(" 100 % "));
    EXPECT_THAT(progress_bar::line(9, 7, 1s), HasSubstr(" 100 % "));  // a file that grows
}

}  // namespace
}  // namespace pgfold::analyze
