#include "tools/replay/spool.hpp"

#include <gtest/gtest.h>

#include "tools/replay/recorded_steps.hpp"

namespace pgfold::replay {
namespace {

std::vector<std::byte> bytes_of(std::size_t size, unsigned seed) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::byte>(seed * 31 + i * 7);
    return bytes;
}

// Records of every length, some longer than what is written at once, of lists that take turns.
TEST(Spool, ListsInOneFileAreReadAsTheyWereWritten) {
    const auto file = std::make_shared<spool>();
    std::vector<spooled_records> lists(3, spooled_records(file));
    constexpr unsigned count = 200;
    const auto size_of = [](unsigned i) { return i % 50 == 49 ? 70'000 : std::size_t{i} * 13; };
    for (unsigned i = 0; i < count; ++i)
        for (unsigned list = 0; list < lists.size(); ++list)
            lists[list].add(bytes_of(size_of(i + list), i + list));
    for (auto& list : lists)
        list.finish();
    for (unsigned list = 0; list < lists.size(); ++list) {
        EXPECT_EQ(lists[list].size(), count);
        spooled_records::reader reader(lists[list]);
        for (unsigned i = 0; i < count; ++i) {
            const auto record = reader.next();
            ASSERT_TRUE(record);
            const auto expected = bytes_of(size_of(i + list), i + list);
            ASSERT_TRUE(
                std::equal(record->begin(), record->end(), expected.begin(), expected.end()))
                << i;
        }
        EXPECT_FALSE(reader.next());
    }
    EXPECT_EQ(file->problem(), "");
}

TEST(Spool, StepsKeepTheirTimeAndWhatTheyWaitFor) {
    recorded_steps steps(std::make_shared<spool>());
    const auto query = bytes_of(20, 1);
    const std::vector<std::byte> goodbye = {std::byte{'X'}, {}, {}, {}, std::byte{4}};
    steps.add({timestamp(std::chrono::nanoseconds(1'700'000'000'123'456'789)), 3, true, query});
    EXPECT_FALSE(steps.end_with_goodbye());
    steps.add({timestamp(), 4, false, goodbye});
    steps.finish();
    EXPECT_TRUE(steps.end_with_goodbye());
    EXPECT_EQ(steps.bytes(), 25U);
    recorded_steps::reader reader(steps);
    const auto first = reader.next();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->at.time_since_epoch().count(), 1'700'000'000'123'456'789);
    EXPECT_EQ(first->ready_seen, 3U);
    EXPECT_TRUE(first->copy_seen);
    EXPECT_TRUE(std::equal(first->bytes.begin(), first->bytes.end(), query.begin(), query.end()));
    ASSERT_TRUE(reader.next());
    EXPECT_FALSE(reader.next());
}

}  // namespace
}  // namespace pgfold::replay
