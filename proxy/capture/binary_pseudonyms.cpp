#include "proxy/capture/binary_pseudonyms.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>

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
    // As its shortest text, in the form that PostgreSQL writes.
    std::array<char, 64> text{};
    char* const begin = text.data();
    char* const end = begin + text.size();
    auto written = std::to_chars(begin, end, number, std::chars_format::scientific);
    const std::string_view shown(begin, static_cast<std::size_t>(written.ptr - begin));
    int exponent = 0;
    std::from_chars(begin + shown.find('e') + (shown.find("e+") != shown.npos ? 2 : 1), written.ptr,
                    exponent);
    if (exponent >= -4 && exponent < std::numeric_limits<Float>::digits10)
        written = std::to_chars(begin, end, number, std::chars_format::fixed);
    map.replace_text({begin, written.ptr});
    Float replaced = 0;
    const auto read = std::from_chars(begin, written.ptr, replaced);
    if (read.ec != std::errc() || read.ptr != written.ptr) return false;  // past the largest
    store(value, std::bit_cast<Bits>(replaced));
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

// Groups of four digits, the first of which counts 10,000^weight.
struct numeric_groups {
    std::span<std::byte> bytes;
    std::int64_t weight = 0;

    [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(bytes.size() / 2); }
    // At 10,000^power; 0 where there is none.
    [[nodiscard]] std::uint64_t at(std::int64_t power) const {
        const std::int64_t index = weight - power;
        if (index < 0 || index >= size()) return 0;
        return load(bytes.subspan(static_cast<std::size_t>(index) * 2, 2));
    }
    void put(std::int64_t power, std::uint64_t group) const {
        const std::int64_t index = weight - power;
        if (index < 0 || index >= size()) return;
        store(bytes.subspan(static_cast<std::size_t>(index) * 2, 2), group);
    }
    [[nodiscard]] std::int64_t last_power() const { return weight - size() + 1; }
};

constexpr std::uint64_t group_size = 10'000;
constexpr unsigned group_digits = 4;

bool replace_as_decimal(const pseudonyms& map, const numeric_groups& groups) {
    // Trailing groups of zeros are left out; a pseudonym's are seldom zeros.
    const std::int64_t first_power = std::max<std::int64_t>(groups.weight, 0);
    const std::int64_t last = groups.last_power();
    if (groups.size() == 0 || first_power > 4 || last > 0 || last < -5) return false;
    decimal number;
    for (std::int64_t power = first_power; power >= 0; --power)
        number.whole = number.whole * group_size + groups.at(power);
    if (number.whole >= 10'000'000'000'000'000'000U) return false;
    if (last == 0) {
        number.whole = map.replace_magnitude(number.whole);
    } else {
        // The last group may end in zeros, which are no part of a decimal.
        std::uint64_t end = groups.at(last);
        if (end == 0) return false;
        unsigned end_digits = group_digits;
        for (; end % 10 == 0; end /= 10)
            --end_digits;
        number.scale = static_cast<unsigned>(-last - 1) * group_digits + end_digits;
        if (number.scale > decimal::scale_max) return false;
        for (std::int64_t power = -1; power > last; --power)
            number.fraction = number.fraction * group_size + groups.at(power);
        std::uint64_t end_size = 1;
        for (unsigned i = 0; i < end_digits; ++i)
            end_size *= 10;
        number.fraction = number.fraction * end_size + end;
        number = map.replace_decimal(number);
        groups.put(last, number.fraction % end_size * (group_size / end_size));
        number.fraction /= end_size;
        for (std::int64_t power = last + 1; power < 0; ++power, number.fraction /= group_size)
            groups.put(power, number.fraction % group_size);
    }
    for (std::int64_t power = 0; power <= first_power; ++power, number.whole /= group_size)
        groups.put(power, number.whole % group_size);
    return true;
}

// Int16 digits, weight, sign, scale; then digits to the base of 10,000.
bool replace_numeric(const pseudonyms& map, std::span<std::byte> value) {
    if (value.size() < 8) return false;
    const std::size_t count = load(value.first(2));
    const numeric_groups groups{value.subspan(8), load_signed(value.subspan(2, 2))};
    if (groups.bytes.size() != count * 2) return false;
    if (replace_as_decimal(map, groups)) return true;
    for (std::size_t i = 0; i < count; ++i) {
        const auto group = groups.bytes.subspan(2 * i, 2);
        store(group, std::min(map.replace_magnitude(load(group)), group_size - 1));
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
