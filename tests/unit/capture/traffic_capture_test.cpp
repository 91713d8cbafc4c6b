#include "proxy/capture/traffic_capture.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <future>

namespace pgfold::capture {
namespace {

class TrafficCapture : public ::testing::Test {
protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() /
                  ("pgfold-capture-" + std::to_string(::getpid()));
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string path(const char* name) { return (folder_ / name).string(); }

    static std::string content(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    std::filesystem::path folder_;
};

constexpr std::byte startup[] = {std::byte{0}, std::byte{0}, std::byte{0}, std::byte{8},
                                 std::byte{0}, std::byte{3}, std::byte{0}, std::byte{0}};

std::vector<std::byte> query(std::size_t bytes) {
    std::vector<std::byte> message(bytes + 5, std::byte{' '});
    message[0] = std::byte{'Q'};
    for (std::size_t i = 0; i < 4; ++i)
        message[1 + i] = static_cast<std::byte>((bytes + 4) >> (24 - 8 * i));
    message.back() = std::byte{0};
    return message;
}

TEST_F(TrafficCapture, FilesRotateAndTheOldestGoes) {
    capture_options options;
    options.file = path("a.pcapng");
    options.file_bytes_max = 1 << 20;
    std::string error;
    const auto capture = traffic_capture::start(options, nullptr, error);
    ASSERT_NE(capture, nullptr) << error;
    {
        const auto conversation = capture->begin({1, "10.0.0.1", 5000, "hello"}, startup, {});
        const auto message = query(100'000);
        for (int i = 0; i < 60; ++i)
            conversation->from_client(message, {});
    }
    capture->stop();
    EXPECT_GT(capture->totals().files, 1U);
    EXPECT_FALSE(capture->totals().active);
    const std::string older = content(path("a.pcapng.1"));
    EXPECT_GE(older.size(), std::size_t{1} << 20);
    EXPECT_LT(older.size(), std::size_t{3} << 20);
    for (const std::string& file : {older, content(path("a.pcapng"))})
        EXPECT_EQ(file.substr(0, 4), "\x0a\x0d\x0d\x0a");
    EXPECT_NE(older.find("hello"), std::string::npos);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 2);
}

TEST_F(TrafficCapture, WhatWasThereIsKept) {
    std::ofstream(path("b.pcapng")) << "earlier";
    capture_options options;
    options.file = path("b.pcapng");
    std::string error;
    traffic_capture::start(options, nullptr, error)->stop();
    EXPECT_EQ(content(path("b.pcapng.1")), "earlier");
}

TEST_F(TrafficCapture, AFullDiskEndsTheCaptureOnly) {
    capture_options options;
    options.file = "/dev/full";
    std::promise<std::string> told;
    std::string error;
    const auto capture = traffic_capture::start(
        options, [&](const std::string& why) { told.set_value(why); }, error);
    ASSERT_NE(capture, nullptr) << error;
    const auto conversation = capture->begin({1, "", 0, ""}, startup, {});
    conversation->from_client(query(100), {});
    EXPECT_NE(told.get_future().get().find("No space left"), std::string::npos);
    EXPECT_FALSE(capture->totals().active);
    EXPECT_EQ(capture->begin({2, "", 0, ""}, startup, {}), nullptr);
    conversation->from_client(query(100), {});
}

TEST_F(TrafficCapture, ASlowDiskEndsTheCaptureOnly) {
    // A pipe that nobody reads from takes 64 KiB; the rest waits.
    ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
    std::promise<void> opened, enough;
    auto reader = std::async(std::launch::async, [&] {
        std::ifstream pipe(path("pipe"), std::ios::binary);
        opened.set_value();
        enough.get_future().wait();
        return std::string(std::istreambuf_iterator<char>(pipe), {}).size();
    });
    capture_options options;
    options.file = path("pipe");
    options.queue_bytes_max = 1 << 20;
    std::promise<std::string> told;
    std::string error;
    const auto capture = traffic_capture::start(
        options, [&](const std::string& why) { told.set_value(why); }, error);
    ASSERT_NE(capture, nullptr) << error;
    opened.get_future().wait();
    auto conversation = capture->begin({1, "", 0, ""}, startup, {});
    const auto message = query(100'000);
    for (int i = 0; i < 1000 && capture->totals().active; ++i)
        conversation->from_client(message, {});
    EXPECT_NE(told.get_future().get().find("slower than the traffic"), std::string::npos);
    enough.set_value();
    conversation.reset();
    capture->stop();
    EXPECT_GT(reader.get(), 0U);
}

TEST_F(TrafficCapture, AnUnwritableFileIsAnError) {
    capture_options options;
    options.file = path("missing") + "/a.pcapng";
    std::string error;
    EXPECT_EQ(traffic_capture::start(options, nullptr, error), nullptr);
    EXPECT_NE(error.find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace pgfold::capture
