#include "proxy/cli/settings_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

namespace pgfold::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class settings_source : public testing::Test {
protected:
    void TearDown() override { std::filesystem::remove(path_); }
    std::string write(const std::string& text) {
        std::ofstream(path_) << text;
        return path_;
    }
    const std::string path_ =
        testing::TempDir() + "/pgfold_settings_" + std::to_string(std::random_device()()) + ".yaml";
};

TEST_F(settings_source, without_a_file_the_options_change_the_defaults) {
    run_arguments arguments;
    arguments.listen = {"127.0.0.1:0"};
    arguments.threads = "2";
    const config::load_result result = load_settings(arguments);
    ASSERT_TRUE(result.value);
    EXPECT_THAT(result.value->listen, ElementsAre("127.0.0.1:0"));
    EXPECT_EQ(result.value->threads, 2u);
    EXPECT_EQ(result.value->admin.listen, config::settings{}.admin.listen);
}

TEST_F(settings_source, options_win_over_the_file_also_at_a_reload) {
    run_arguments arguments;
    arguments.config_file = write("listen: 127.0.0.1:1\nthreads: 3\ndetect: {min_lookups: 7}\n");
    arguments.listen = {"127.0.0.1:2"};
    config::load_result result = load_settings(arguments);
    ASSERT_TRUE(result.value);
    EXPECT_THAT(result.value->listen, ElementsAre("127.0.0.1:2"));
    EXPECT_EQ(result.value->threads, 3u);
    EXPECT_EQ(result.value->detect.min_lookups, 7u);

    write("listen: 127.0.0.1:1\nthreads: 4\n");
    result = load_settings(arguments);
    ASSERT_TRUE(result.value);
    EXPECT_THAT(result.value->listen, ElementsAre("127.0.0.1:2"));
    EXPECT_EQ(result.value->threads, 4u);
}

TEST_F(settings_source, errors_of_the_file_and_of_the_options_are_all_told) {
    run_arguments arguments;
    arguments.config_file = write("threads: many\n");
    arguments.admin = "nowhere";
    arguments.log_level = "loud";
    arguments.upstream = "postgresql://u:s3cret@[x/d";
    const config::load_result result = load_settings(arguments);
    EXPECT_FALSE(result.value);
    std::vector<std::string> lines;
    for (const config::load_error& error : result.errors)
        lines.push_back(error.to_string());
    EXPECT_THAT(lines, ElementsAre(HasSubstr(path_ + ":1:10: "), HasSubstr("--admin: "),
                                   HasSubstr("--upstream: "), HasSubstr("--log-level: ")));
    for (const std::string& line : lines)
        EXPECT_EQ(line.find("s3cret"), std::string::npos);
}

}  // namespace
}  // namespace pgfold::cli
