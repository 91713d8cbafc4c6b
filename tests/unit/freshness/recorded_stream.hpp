// CopyData of a replication stream, as PostgreSQL 15 sent it. Tables a (16385), b (16392) and
// m (16401, REPLICA IDENTITY FULL, with a column of an enum).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace pgfold::freshness::recorded {

inline std::vector<std::byte> bytes(std::string_view hex) {
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    std::vector<std::byte> made;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        made.push_back(static_cast<std::byte>(digit(hex[i]) << 4 | digit(hex[i + 1])));
    return made;
}

// clang-format off
inline constexpr std::string_view keepalive = "6b000000000194f878000303cd2b0cf88f00";
// INSERT INTO a VALUES (1, 'one')
inline constexpr std::uint32_t transaction = 0x2dc;
inline constexpr std::string_view begin = "77000000000194f878000000000194f878000303cd2b0fce9542000000000194f958000303cd2b0e5b05000002dc";
inline constexpr std::string_view relation_a = "7700000000000000000000000000000000000303cd2b0fcee552000040017075626c69630061006400020169640000000017ffffffff006e616d650000000019ffffffff";
inline constexpr std::string_view insert_a = "77000000000194f878000000000194f878000303cd2b0fcef749000040014e000274000000013174000000036f6e65";
inline constexpr std::string_view commit = "77000000000194f988000000000194f988000303cd2b0fcefb4300000000000194f958000000000194f988000303cd2b0e5b05";
// UPDATE a SET name = 'uno'; UPDATE a SET id = 2; DELETE FROM a, each by itself
inline constexpr std::string_view update_a = "77000000000194f988000000000194f988000303cd2b0fcf0f55000040014e00027400000001317400000003756e6f";
inline constexpr std::string_view keepalive_after_update = "6b000000000194fa08000303cd2b0fcf1600";
inline constexpr std::string_view update_key_a = "77000000000194fa08000000000194fa08000303cd2b12f77855000040014b00027400000001316e4e00027400000001327400000003756e6f";
inline constexpr std::string_view delete_a = "77000000000194fad0000000000194fad0000303cd2b12f79a44000040014b00027400000001326e";
// BEGIN; INSERT INTO b …; INSERT INTO m …; UPDATE m …; DELETE FROM m; COMMIT
inline constexpr std::string_view begin_three = "77000000000194fb40000000000194fb40000303cd2b12f7ee42000000000194fda0000303cd2b11cdc2000002e0";
inline constexpr std::string_view insert_b = "77000000000194fb40000000000194fb40000303cd2b12f81b49000040084e0001740000000131";
inline constexpr std::string_view type_mood = "7700000000000000000000000000000000000303cd2b12f836590000400e7075626c6963006d6f6f6400";
inline constexpr std::string_view insert_m = "77000000000194fc20000000000194fc20000303cd2b12f85649000040114e0002740000000131740000000178";
inline constexpr std::string_view update_m_full = "77000000000194fd00000000000194fd00000303cd2b12f85a55000040114f00027400000001317400000001784e0002740000000131740000000178";
inline constexpr std::string_view delete_m_full = "77000000000194fd58000000000194fd58000303cd2b12f85d44000040114f0002740000000131740000000178";
inline constexpr std::string_view commit_three = "77000000000194fdd0000000000194fdd0000303cd2b12f8604300000000000194fda0000000000194fdd0000303cd2b11cdc2";
// TRUNCATE a, b
inline constexpr std::string_view truncate_a_b = "770000000001950ed00000000001950ed0000303cd2b13d38f5400000002000000400100004008";
// Of a transaction that came from another server
inline constexpr std::string_view origin = "7700000000019514700000000001951470000303cd261a4c7f4f00000000000000016f00";
// clang-format on

inline constexpr std::uint32_t a = 16385, b = 16392, m = 16401;

}  // namespace pgfold::freshness::recorded
