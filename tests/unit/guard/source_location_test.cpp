#include "tools/guard/source_location.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace pgfold::guard {
namespace {

void expect(const source_location& place, const std::string& file, unsigned line) {
    EXPECT_EQ(place.file, file);
    EXPECT_EQ(place.line, line);
}

TEST(source_location, is_what_the_tags_say) {
    expect(locate({{"source_location", "app/a.rb:12:in `b'"}}, "x"), "app/a.rb", 12);
    expect(locate({{"code.filepath", "src/a.ts"}, {"code.lineno", "7"}}, ""), "src/a.ts", 7);
    expect(locate({{"file", "a.go"}, {"line", "3"}}, ""), "a.go", 3);
    expect(locate({{"line", "app/a.rb:5:in `b'"}}, ""), "app/a.rb", 5);
    expect(
        locate({{"source_location", (std::filesystem::current_path() / "a/b.py:2").string()}}, ""),
        "a/b.py", 2);
    expect(locate({{"source_location", "/elsewhere/b.py:2"}}, ""), "/elsewhere/b.py", 2);
}

TEST(source_location, is_the_file_that_a_label_begins_with) {
    const auto folder = std::filesystem::temp_directory_path() / "pgfold_source_location_test";
    std::filesystem::create_directories(folder);
    const std::string file = (folder / "test_a.py").string();
    std::ofstream(file) << '\n';
    expect(locate({}, file + "::test_b[1:2]"), file, 0);
    expect(locate({}, file + ":12 lists orders"), file, 12);
    expect(locate({}, file + ": lists orders"), file, 0);
    expect(locate({}, "orders#index"), "", 0);
    expect(locate({}, ""), "", 0);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace pgfold::guard
