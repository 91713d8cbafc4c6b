#include "proxy/net/write_queue.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace pgfold::net {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(write_queue, gives_bytes_back_in_order_however_they_are_taken) {
    std::minstd_rand random(7);
    write_queue queue;
    std::string put;
    std::string got;
    for (int step = 0; step < 20'000; ++step) {
        const std::string chunk(random() % 50, static_cast<char>('a' + step % 26));
        queue.append(bytes_of(chunk));
        put += chunk;
        const std::size_t count = random() % (queue.size() + 1);
        got += text_of(queue.front().first(count));
        queue.consume(count);
        ASSERT_EQ(queue.size(), put.size() - got.size());
    }
    got += text_of(queue.front());
    EXPECT_EQ(got, put);
}

TEST(write_queue, rest_is_one_piece_and_never_shorter_than_before) {
    write_queue queue;
    queue.append(bytes_of("0123456789"));
    queue.consume(4);
    EXPECT_EQ(text_of(queue.front()), "456789");
    queue.append(bytes_of("ab"));
    EXPECT_EQ(text_of(queue.front()), "456789ab");
}

TEST(write_queue, empty_again_after_all_is_taken) {
    write_queue queue;
    EXPECT_TRUE(queue.empty());
    queue.append({});
    EXPECT_TRUE(queue.empty());
    queue.append(bytes_of("x"));
    EXPECT_FALSE(queue.empty());
    queue.consume(1);
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.size(), 0U);
}

}  // namespace
}  // namespace pgfold::net
