#include "proxy/capture/binary_pseudonyms.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>

#include "proxy/protocol/byte_reader.hpp"

namespace pgfold::capture {
namespace {

// pg_type.dat
enum type_oid : std::uint32_t {
    type_bool = 16,
    type_bytea = 17,
    type_name = 19,
    type_int8 = 20,
    type_int2 = 21,
    type_int4 = 23,
    type_text = 25,
    type_oid_ = 26,
    type_json = 114,
    type_xml = 142,
    type_float4 = 700,
    type_float8 = 701,
    type_unknown = 705,
    type_bpchar = 1042,
    type_varchar = 1043,
    type_date = 1082,
    type_time = 1083,
    type_timestamp = 1114,
    type_timestamptz = 1184,
    type_numeric = 1700,
    type_uuid = 2950,
    type_jsonb = 3802,
};

constexpr std::array<std::uint32_t, 20> array_types = {1000, 1001, 1003, 1005, 1007, 1009, 1014,
                                                       1015, 1016, 1021, 1022, 1028, 1115, 1182,
                                                       1183, 1185, 1231, 2951, 199,  3807};

constexpr std::int64_t day_microseconds = 86'400'000'000;
constexpr std::int64_t epoch_days = 10'957;  // 2000-01-01, PostgreSQL's, after 1970-01-01

std::uint64_t load(std::span<const std::byte> bytes) {
    std::uint64_t value = 0;
    for (const std::byte b : bytes)
        value = value << 8 | std::to_integer<std::uint64_t>(b);
    return value;
}

void store(std::span<std::byte> bytes, std::uint64_t value) {
    for (std::size_t i = bytes.size(); i-- > 0; value >>= 8)
        bytes[i] = static_cast<std::byte>(value);
}

std::int64_t load_signed(std::span<const std::byte> bytes) {
    const unsigned unused = static_cast<unsigned>(64 - 8 * bytes.size());
    return static_cast<std::int64_t>(load(bytes) << unused) >> unused;
}

bool replace_signed(const pseudonyms& map, std::span<std::byte> value, std::size_t size) {
    if (value.size() != size) return false;
    store(value, static_cast<std::uint64_t>(map.replace_integer(load_signed(value))));
    return true;
}

template <class Float, class Bits>
bool replace_float(const pseudonyms& map, std::span<std::byte> value) {
    if (value.size() != sizeof(Float)) return false;
    auto number = std::bit_cast<Float>(static_cast<Bits>(load(value)));
    if (!std::isfinite(number)) return true;
    // As its shortest text, which is what PostgreSQL shows.
    std::array<char, 64> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(), number);
    const std::span<char> digits(text.data(), written.ptr);
    map.replace_text(digits);
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    store(value, std::bit_cast<Bits>(number));
    return true;
}

bool replace_date(const pseudonyms& map, std::span<std::byte> value) {
    if (value.size() != 4) return false;
    if (const auto day = map.replace_day(load_signed(value) + epoch_days))
        store(value, static_cast<std::uint64_t>(*day - epoch_days));
    return true;
}

bool replace_timestamp(const pseudonyms& map, std::span<std::byte> value) {
    if (value.size() != 8) return false;
    const std::int64_t at = load_signed(value);
    std::int64_t day = at / day_microseconds;
    if (at % day_microseconds < 0) --day;
    const auto other = map.replace_day(day + epoch_days);
    if (!other) return true;  // infinity, or long ago
    store(value, static_cast<std::uint64_t>((*other - epoch_days) * day_microseconds +
                                            map.replace_time_of_day(at - day * day_microseconds)));
    return true;
}

// Int16 digits, weight, sign, scale; then digits to the base of 10,000.
bool replace_numeric(const pseudonyms& map, std::span<std::byte> value) {
    if (value.size() < 8) return false;
    const std::size_t groups = load(value.first(2));
    const std::int64_t weight = load_signed(value.subspan(2, 2));
    const bool is_whole = load(value.subspan(6, 2)) == 0;
    const auto digits = value.subspan(8);
    if (digits.size() != groups * 2) return false;
    if (is_whole && groups > 0 && weight >= 0 && weight < 5 &&
        groups <= static_cast<std::size_t>(weight) + 1) {
        std::uint64_t whole = 0;
        for (std::size_t i = 0; i <= static_cast<std::size_t>(weight); ++i)
            whole = whole * 10'000 + (i < groups ? load(digits.subspan(2 * i, 2)) : 0);
        std::uint64_t other = map.replace_magnitude(whole);
        // Trailing groups of zeros are left out; the pseudonym's are seldom zeros.
        if (groups == static_cast<std::size_t>(weight) + 1) {
            for (std::size_t i = groups; i-- > 0; other /= 10'000)
                store(digits.subspan(2 * i, 2), other % 10'000);
            return true;
        }
    }
    for (std::size_t i = 0; i < groups; ++i) {
        const auto group = digits.subspan(2 * i, 2);
        store(group, map.replace_magnitude(load(group)));
    }
    return true;
}

// Int32 dimensions, has NULLs, type of elements; per dimension its length and lower bound;
// elements.
bool replace_array(const pseudonyms& map, std::span<std::byte> value) {
    protocol::byte_reader reader(value);
    const std::uint32_t dimensions = reader.read_uint32();
    reader.read_uint32();
    const std::uint32_t element = reader.read_uint32();
    if (!reader.ok() || dimensions > 6) return false;
    reader.read_bytes(std::size_t{8} * dimensions);
    const auto elements = reader.position();
    while (reader.ok() && !reader.at_end()) {
        const std::int32_t length = reader.read_int32();
        if (length > 0) reader.read_bytes(static_cast<std::size_t>(length));
    }
    if (!reader.ok()) return false;
    for (std::size_t at = elements; at < value.size();) {
        const std::int64_t length = load_signed(value.subspan(at, 4));
        at += 4;
        if (length <= 0) continue;
        replace_binary(map, element, value.subspan(at, static_cast<std::size_t>(length)));
        at += static_cast<std::size_t>(length);
    }
    return true;
}

bool replace_known(const pseudonyms& map, std::uint32_t type, std::span<std::byte> value) {
    const auto text = [&](std::span<std::byte> bytes) {
        map.replace_text({reinterpret_cast<char*>(bytes.data()), bytes.size()});
        return true;
    };
    switch (type) {
        case type_bool:
            return value.size() == 1;
        case type_int2:
            return replace_signed(map, value, 2);
        case type_int4:
            return replace_signed(map, value, 4);
        case type_int8:
            return replace_signed(map, value, 8);
        case type_oid_:
            if (value.size() != 4) return false;
            store(value, map.replace_magnitude(load(value)));
            return true;
        case type_text:
        case type_varchar:
        case type_bpchar:
        case type_name:
        case type_json:
        case type_xml:
        case type_unknown:
            return text(value);
        case type_jsonb:
            return value.size() > 1 && text(value.subspan(1));
        case type_float4:
            return replace_float<float, std::uint32_t>(map, value);
        case type_float8:
            return replace_float<double, std::uint64_t>(map, value);
        case type_date:
            return replace_date(map, value);
        case type_time:
            if (value.size() != 8) return false;
            store(value, static_cast<std::uint64_t>(map.replace_time_of_day(load_signed(value))));
            return true;
        case type_timestamp:
        case type_timestamptz:
            return replace_timestamp(map, value);
        case type_numeric:
            return replace_numeric(map, value);
        case type_uuid:
        case type_bytea:
            return false;  // bytes
        default:
            break;
    }
    if (std::find(array_types.begin(), array_types.end(), type) != array_types.end())
        return replace_array(map, value);
    if (type != 0) return false;
    // Not told: most likely a number.
    return (value.size() == 2 || value.size() == 4 || value.size() == 8) &&
           replace_signed(map, value, value.size());
}

}  // namespace

void replace_binary(const pseudonyms& map, std::uint32_t type, std::span<std::byte> value) {
    if (!replace_known(map, type, value)) map.replace_bytes(value);
}

}  // namespace pgfold::capture
