#include "proxy/session/comment_stripper.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/cpp/messages.hpp"

namespace pgfold::session {
namespace {

using namespace pgfold::test;

bytes filter(const bytes& input, std::size_t piece) {
    sql::statement_analyzer analyzer(sql::make_template_table());
    comment_stripper stripper(10'000);
    bytes out;
    for (std::size_t at = 0; at < input.size(); at += piece) {
        const bytes part(
            input.begin() + static_cast<std::ptrdiff_t>(at),
            input.begin() + static_cast<std::ptrdiff_t>(std::min(at + piece, input.size())));
        const auto sent = stripper.filter(part, analyzer, {});
        out.insert(out.end(), sent.begin(), sent.end());
    }
    EXPECT_FALSE(stripper.holds());
    return out;
}

TEST(comment_stripper, takes_tags_out_of_queries_and_parses_however_they_are_cut) {
    const bytes input =
        frontend::query("SELECT a FROM t WHERE b = 1 /*route='%2Fx',traceparent='00-1-2-01'*/") +
        frontend::parse("s", "/*controller='orders'*/ SELECT a FROM t WHERE b = $1", {23}) +
        frontend::bind("", "s", {"/*route='x'*/"}) + frontend::execute() + frontend::sync() +
        frontend::query("SELECT/*route='%2Fx'*/1;") +
        frontend::query("/*pgfold:ignore*/ SELECT 1 /*route='x'*/");
    const bytes expected = frontend::query("SELECT a FROM t WHERE b = 1") +
                           frontend::parse("s", "SELECT a FROM t WHERE b = $1", {23}) +
                           frontend::bind("", "s", {"/*route='x'*/"}) + frontend::execute() +
                           frontend::sync() + frontend::query("SELECT 1;") +
                           frontend::query("SELECT 1");
    for (std::size_t piece = 1; piece <= input.size(); ++piece)
        EXPECT_EQ(filter(input, piece), expected) << piece;
}

TEST(comment_stripper, leaves_everything_else_alone) {
    for (const bytes& input : {
             frontend::query("SELECT /*+ IndexScan(t) */ a FROM t"),
             frontend::query("SELECT '/*route=''x''*/'"),
             frontend::query("not sql /*route='x'*/ at all ("),
             frontend::query(""),
             frontend::query("SELECT '" + std::string(20'000, 'x') + "' /*route='x'*/"),
             frontend::copy_data("/*route='x'*/"),
             raw(std::string("Q\0\0\0\1 broken", 12)),
         })
        for (const std::size_t piece : {std::size_t{1}, std::size_t{4}, input.size()})
            EXPECT_EQ(filter(input, piece), input);
}

}  // namespace
}  // namespace pgfold::session
