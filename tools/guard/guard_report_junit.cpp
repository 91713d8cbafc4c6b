// JUnit's XML, as Jenkins, GitLab and others read it: a test case for each label that ran queries,
// which fails when its loops or its number of queries do.
#include <set>

#include "analyzer/report/markup.hpp"
#include "tools/guard/guard_report.hpp"

namespace pgfold::guard {
namespace {

struct test_case {
    std::string failures;
    std::size_t failed = 0;
};

void fail(test_case& test, std::string_view type, const std::string& message,
          const std::string& details) {
    ++test.failed;
    test.failures += "      <failure type=\"" + report::escaped(type) + "\" message=\"" +
                     report::escaped(message) + "\">" + report::escaped(message + '\n' + details) +
                     "</failure>\n";
}

}  // namespace

std::string write_junit(const judgment& judged) {
    std::map<std::string, test_case> tests;
    for (const auto& [label, queries] : judged.queries)
        tests.try_emplace(label);
    for (const judged_finding& one : judged.findings) {
        if (one.outcome != verdict::fails) continue;
        fail(tests[one.label], detect::to_string(one.found.kind), summary_of(one), details_of(one));
    }
    for (const exceeded_budget& one : judged.exceeded)
        fail(tests[one.label], one.what, summary_of(one), one.reason);
    std::size_t failed = 0;
    std::string cases;
    for (const auto& [label, test] : tests) {
        failed += test.failed == 0 ? 0 : 1;
        cases += "    <testcase classname=\"pgfold.guard\" name=\"" +
                 report::escaped(label.empty() ? "(no tag)" : label) + '"';
        cases += test.failed == 0 ? "/>\n" : ">\n" + test.failures + "    </testcase>\n";
    }
    const std::string counts = "tests=\"" + std::to_string(tests.size()) + "\" failures=\"" +
                               std::to_string(failed) + "\" errors=\"0\" skipped=\"0\"";
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites " + counts +
           ">\n  <testsuite name=\"pgfold guard\" " + counts + ">\n" + cases +
           "  </testsuite>\n</testsuites>\n";
}

}  // namespace pgfold::guard
