#include "proxy/fold/state_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "support/cpp/temporary_folder.hpp"

namespace pgfold::fold {
namespace {

namespace fs = std::filesystem;

TEST(StateFile, IsReplacedAsAWhole) {
    const test::temporary_folder folder;
    const std::string path = folder.file("state");
    EXPECT_EQ(read_file(path, 100).outcome, file_text::status::absent);
    EXPECT_EQ(replace_file(path, "one"), "");
    EXPECT_EQ(read_file(path, 100).text, "one");
    // Whoever has opened it goes on reading the old one.
    std::ifstream old(path);
    EXPECT_EQ(replace_file(path, std::string(100'000, 'x')), "");
    std::string text;
    std::getline(old, text);
    EXPECT_EQ(text, "one");
    EXPECT_EQ(read_file(path, 200'000).text.size(), 100'000u);
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

TEST(StateFile, FailuresAreTold) {
    const test::temporary_folder folder;
    EXPECT_NE(replace_file(folder.file("missing/state"), "x"), "");
    fs::create_directory(folder.file("taken"));
    std::ofstream(folder.file("taken/inside")) << "x";
    EXPECT_NE(replace_file(folder.file("taken"), "x"), "");
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1)
        << "nothing is left behind";
    EXPECT_EQ(read_file(folder.file("taken"), 100).outcome, file_text::status::failed);
    EXPECT_EQ(replace_file(folder.file("state"), "too much"), "");
    EXPECT_EQ(read_file(folder.file("state"), 7).problem, "it is too large");
    EXPECT_EQ(read_file(folder.file("state"), 8).outcome, file_text::status::read);
}

}  // namespace
}  // namespace pgfold::fold
