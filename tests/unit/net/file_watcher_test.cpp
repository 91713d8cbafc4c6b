#include "proxy/net/file_watcher.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace pgfold::net {
namespace {

namespace fs = std::filesystem;
using folders = std::map<std::string, std::set<std::string>>;

class file_watcher_test : public testing::Test {
protected:
    file_watcher_test() {
        fs::create_directories(root / "real" / "inner");
        std::ofstream(root / "real" / "inner" / "file") << "x";
    }
    ~file_watcher_test() override { fs::remove_all(root); }

    [[nodiscard]] std::string at(const std::string& path) const { return (root / path).string(); }

    const fs::path root = fs::canonical(fs::temp_directory_path()) /
                          ("pgfold-watch-" + std::to_string(::getpid()) +
                           testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(file_watcher_test, a_plain_file_is_watched_in_its_folder) {
    EXPECT_EQ(folders_on_the_way(at("real/inner/file")), (folders{{at("real/inner"), {"file"}}}));
    EXPECT_EQ(folders_on_the_way(at("real/./inner/../inner/file")),
              (folders{{at("real/inner"), {"file"}}}));
}

TEST_F(file_watcher_test, every_link_on_the_way_counts) {
    fs::create_directory_symlink("real", root / "link");           // relative
    fs::create_symlink(root / "link/inner/file", root / "entry");  // absolute
    EXPECT_EQ(folders_on_the_way(at("entry")),
              (folders{{root.string(), {"entry", "link"}}, {at("real/inner"), {"file"}}}));
}

TEST_F(file_watcher_test, links_that_lead_to_themselves_end) {
    fs::create_symlink("b", root / "a");
    fs::create_symlink("a", root / "b");
    EXPECT_EQ(folders_on_the_way(at("a")), (folders{{root.string(), {"a", "b"}}}));
}

TEST_F(file_watcher_test, a_file_that_is_not_there_is_waited_for) {
    EXPECT_EQ(folders_on_the_way(at("real/later")), (folders{{at("real"), {"later"}}}));
}

}  // namespace
}  // namespace pgfold::net
