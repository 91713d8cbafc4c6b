// The lexer and the templates against libpg_query, over all texts in tests/corpus/sql.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "unit/sql/differential_check.hpp"
#include "unit/sql/random_sql.hpp"

namespace pgfold::sql {
namespace {

std::vector<std::filesystem::path> corpus_files() {
    std::vector<std::filesystem::path> files;
    const std::filesystem::path folder =
        std::filesystem::path(PGFOLD_SOURCE_DIR) / "tests/corpus/sql";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".sql") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

// Texts are separated by lines that hold "----" and nothing else.
std::vector<std::string> texts_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::stringstream content;
    content << in.rdbuf();
    const std::string all = content.str();
    std::vector<std::string> texts;
    const std::string separator = "\n----\n";
    for (std::size_t at = 0; at < all.size();) {
        const std::size_t end = std::min(all.find(separator, at), all.size());
        texts.push_back(all.substr(at, end - at));
        at = end + separator.size();
    }
    return texts;
}

std::vector<std::string> all_texts() {
    std::vector<std::string> texts;
    for (const auto& file : corpus_files()) {
        for (std::string& text : texts_of(file))
            texts.push_back(std::move(text));
    }
    return texts;
}

TEST(differential_test, each_text_alone) {
    for (const auto& file : corpus_files()) {
        SCOPED_TRACE(file.filename().string());
        for (const std::string& text : texts_of(file)) {
            statement_analyzer analyzer(make_template_table());
            differential_checker checker(analyzer);
            const differential_outcome first = checker.check(text);
            EXPECT_EQ(first.complaint, "") << text;
            const differential_outcome again = checker.check(text);
            EXPECT_EQ(again.complaint, "") << "second time: " << text;
        }
    }
}

// One analyzer sees them all, so that what it has learned from one text is used on others.
TEST(differential_test, all_texts_together) {
    statement_analyzer analyzer(make_template_table());
    differential_checker checker(analyzer);
    const std::vector<std::string> texts = all_texts();
    ASSERT_GT(texts.size(), 500u);
    std::size_t parse = 0;
    std::size_t changed_values = 0;
    for (const std::string& text : texts) {
        const differential_outcome outcome = checker.check(text);
        EXPECT_EQ(outcome.complaint, "") << text;
        parse += outcome.parses ? 1 : 0;
        const analysis result = analyzer.analyze(text);
        if (!outcome.parses || !result.statement) continue;
        const template_ptr before = result.statement;
        const std::string other = with_other_values(text, result);
        if (other == text) continue;
        const differential_outcome changed = checker.check(other);
        EXPECT_EQ(changed.complaint, "") << other;
        if (!changed.parses) continue;
        ++changed_values;
        if (before->kind == statement_kind::ddl) continue;  // a password makes a difference
        const template_ptr after = analyzer.analyze(other).statement;
        ASSERT_TRUE(after) << other;
        EXPECT_EQ(after->hash_low, before->hash_low) << text << "\n" << other;
        EXPECT_EQ(after->hash_high, before->hash_high) << text << "\n" << other;
    }
    EXPECT_GT(parse, 500u);
    EXPECT_GT(changed_values, 200u);
}

TEST(differential_test, random_statements) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        random_sql random(seed);
        statement_analyzer analyzer(make_template_table());
        differential_checker checker(analyzer);
        constexpr int statements = 1000;
        int parse = 0;
        for (int i = 0; i < statements; ++i) {
            const std::string text = random.statement();
            const differential_outcome outcome = checker.check(text);
            ASSERT_EQ(outcome.complaint, "") << "seed " << seed << ", statement " << i << "\n"
                                             << text;
            parse += outcome.parses ? 1 : 0;
            const analysis result = analyzer.analyze(text);
            if (!result.statement) continue;
            const std::string other = with_other_values(text, result);
            ASSERT_EQ(checker.check(other).complaint, "")
                << "seed " << seed << ", statement " << i << ", other values\n"
                << other;
        }
        EXPECT_GT(parse, statements / 2);
    }
}

// Texts recorded from drivers and ORMs hardly ever need libpg_query a second time.
TEST(differential_test, slow_path_is_rare_in_recorded_traffic) {
    std::uint64_t texts_count = 0;
    std::uint64_t slow = 0;
    for (const auto& file : corpus_files()) {
        if (!file.filename().string().starts_with("recorded_")) continue;
        statement_analyzer analyzer(make_template_table());
        for (const std::string& text : texts_of(file)) {
            (void)analyzer.analyze(text);
            ++texts_count;
        }
        slow += analyzer.counters().slow_path;
    }
    ASSERT_GT(texts_count, 0u);
    EXPECT_LT(static_cast<double>(slow), 0.01 * static_cast<double>(texts_count));
}

}  // namespace
}  // namespace pgfold::sql
