// The lexer and the templates against libpg_query, for any text.
//
// Each input goes through an analyzer that has seen nothing, and through one that has seen all
// inputs before it, so that what was learned from one text is tried on others.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "analyzer/sql/sqlcommenter.hpp"
#include "analyzer/sql/statement_analyzer.hpp"
#include "unit/sql/differential_check.hpp"

namespace {

using namespace pgfold::sql;

void check(differential_checker& checker, const std::string& text, const char* which) {
    const differential_outcome outcome = checker.check(text);
    if (outcome.complaint.empty()) return;
    std::fprintf(stderr, "%s\n%s\n%s\n", which, outcome.complaint.c_str(), text.c_str());
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string raw(reinterpret_cast<const char*>(data), size);
    (void)parse_tags(raw);
    const std::string text = raw.substr(0, raw.find('\0'));

    // Small tables, so that entries are evicted and come back.
    static statement_analyzer learned(make_template_table(256), {1 << 20, 64, 1 << 14});
    static differential_checker* learned_checker = nullptr;
    static unsigned runs = 0;
    if (runs++ % 1000 == 0) {
        delete learned_checker;
        learned_checker = new differential_checker(learned);
    }

    statement_analyzer fresh(make_template_table(16), {1 << 20, 16, 1 << 14});
    differential_checker fresh_checker(fresh);
    check(fresh_checker, text, "fresh");
    const analysis result = fresh.analyze(text);
    const std::string other = result.statement ? with_other_values(text, result) : text;
    check(fresh_checker, text, "again");
    if (other != text) check(fresh_checker, other, "other values");
    check(*learned_checker, text, "learned");
    if (other != text) check(*learned_checker, other, "learned, other values");

    // What libpg_query cannot tell: only that nothing goes wrong.
    (void)fresh.analyze(raw);
    (void)fresh.analyze(raw, {false, true});
    (void)fresh.analyze(raw, {false, false});
    return 0;
}
