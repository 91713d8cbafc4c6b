#include "config/variables.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace pgfold::config {
namespace {

variable_lookup lookup_in(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
        const auto found = values.find(name);
        if (found == values.end()) return std::nullopt;
        return found->second;
    };
}

std::string expanded(std::string_view text) {
    const variable_references references(text);
    const expansion result = references.expand(
        references.masked_text(), lookup_in({{"A", "1"}, {"EMPTY", ""}, {"TRAP", "${A}: {x}"}}));
    return result.error.empty() ? result.text : "error: " + result.error;
}

TEST(variables, expand_as_in_a_shell) {
    EXPECT_EQ(expanded("plain"), "plain");
    EXPECT_EQ(expanded("${A}"), "1");
    EXPECT_EQ(expanded("a${A}b${A}c"), "a1b1c");
    EXPECT_EQ(expanded("${A:-x}"), "1");
    EXPECT_EQ(expanded("${EMPTY}"), "");
    EXPECT_EQ(expanded("${EMPTY:-x}"), "x");
    EXPECT_EQ(expanded("${NONE:-}"), "");
    EXPECT_EQ(expanded("${NONE:-a: {b, c}}"), "a: {b, c}") << "the first brace ends it";
    EXPECT_EQ(expanded("${NONE:-a:-b # c}"), "a:-b # c");
    EXPECT_EQ(expanded("$A $ $$ {}"), "$A $ $$ {}");
    EXPECT_EQ(expanded("pa$$word"), "pa$$word");
}

TEST(variables, an_escape_stands_for_itself) {
    EXPECT_EQ(expanded("$${A}"), "${A}");
    EXPECT_EQ(expanded("$$${A}"), "$${A}");
}

TEST(variables, values_are_not_expanded_again) {
    EXPECT_EQ(expanded("${TRAP}"), "${A}: {x}");
}

TEST(variables, errors) {
    EXPECT_NE(expanded("${NONE}").find("NONE is not set"), std::string::npos);
    for (const char* text : {"${}", "${1A}", "${A", "${A-x}", "${A:x}", "${A B}", "${A:-x\n}"}) {
        EXPECT_NE(expanded(text).find("error: \"${\""), std::string::npos) << text;
    }
}

class secret_files : public testing::Test {
protected:
    secret_files() {
        std::filesystem::create_directories(folder);
        write("one", "s3cret\n");
        write("windows", "s3cret\r\n");
        write("empty", "");
        write("long", std::string(70'000, 'x'));
    }
    ~secret_files() override { std::filesystem::remove_all(folder); }

    void write(const std::string& name, const std::string& text) const {
        std::ofstream(folder / name, std::ios::binary) << text;
    }
    [[nodiscard]] expansion expand(std::string_view text) const {
        const variable_references references(text);
        return references.expand(references.masked_text(), lookup_in({{"file", "a variable"}}),
                                 folder.string());
    }

    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() /
        ("pgfold-variables-" + std::to_string(::getpid()) +
         testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(secret_files, are_read_without_their_line_end) {
    EXPECT_EQ(expand("<${file:one}>").text, "<s3cret>");
    EXPECT_EQ(expand("<${file:windows}>").text, "<s3cret>");
    EXPECT_EQ(expand("<${file:empty}>").text, "<>");
    EXPECT_EQ(expand("${file:" + (folder / "one").string() + "}").text, "s3cret");
    EXPECT_EQ(expand("${file:one}").files, std::vector{(folder / "one").string()});
}

TEST_F(secret_files, a_variable_may_be_called_file) {
    EXPECT_EQ(expand("${file}").text, "a variable");
    EXPECT_EQ(expand("${file:-one}").text, "a variable");
}

TEST_F(secret_files, errors_name_the_file) {
    EXPECT_EQ(expand("${file:none}").error,
              (folder / "none").string() + ": No such file or directory");
    EXPECT_EQ(expand("${file:.}").error, (folder / ".").string() + ": is a folder, not a file");
    EXPECT_EQ(expand("${file:long}").error, (folder / "long").string() + ": longer than 64 KiB");
    EXPECT_NE(expand("${file:}").error.find("without a reference"), std::string::npos);
    EXPECT_EQ(expand("${file:none}").files.size(), 1U) << "it may come, and is watched for";
}

TEST(variables, unmasking_gives_the_source_back) {
    const std::string text = "a ${A} ${B:-c} $${D} ${";
    const variable_references references(text);
    EXPECT_EQ(references.unmask(references.masked_text()), text);
}

// For every byte that is not inside a reference: its place in the masked text maps to its place in
// the source.
TEST(variables, positions_are_those_of_the_source) {
    const std::string text = "é: ${A}, x: ${LONG_NAME:-with a default}; y\n  $${z ${Q}é!\n";
    const variable_references references(text);
    const std::string& masked = references.masked_text();
    const auto place = [](const std::string& in, char wanted) {
        int line = 0, column = 0;
        for (const char c : in.substr(0, in.find(wanted))) {
            if (c == '\n') {
                ++line;
                column = 0;
            } else {
                ++column;
            }
        }
        return std::pair(line, column);
    };
    struct example {
        char c;
        position expected;  // lines and characters counted by hand
    };
    for (const auto& [c, expected] : {example{',', {1, 8}}, example{'x', {1, 10}},
                                      example{';', {1, 41}}, example{'!', {2, 13}}}) {
        const auto [line, column] = place(masked, c);
        const position actual = references.original_position(line, column);
        EXPECT_EQ(actual.line, expected.line) << c;
        EXPECT_EQ(actual.column, expected.column) << c;
    }
}

}  // namespace
}  // namespace pgfold::config
