#include "proxy/fold/prediction.hpp"

#include <algorithm>
#include <unordered_set>

#include "analyzer/detect/name_hint.hpp"
#include "proxy/fold/batch/key_value.hpp"
#include "proxy/protocol/byte_reader.hpp"

namespace pgfold::fold {
namespace {

using detect::column_tuple;
using detect::key_index;
using detect::stored_result;

constexpr std::uint32_t skip_max = 8;  // distinct values passed over by one step of a loop

std::uint64_t combined(const seen_lookup& lookup, const key_feed& feed) {
    std::uint64_t hash = lookup.keys[feed.keys[0]];
    if (hash == 0) return 0;
    for (std::size_t i = 1; i < feed.columns.size; ++i) {
        const std::uint64_t next = lookup.keys[feed.keys[i]];
        if (next == 0) return 0;
        hash = detect::combine_hashes(hash, next);
    }
    return hash;
}

bool is_live(const stored_result& result) {
    return result.record != nullptr && result.superseded_at == detect::never;
}

// Columns of the result that hold both values of a key.
std::vector<std::uint16_t> columns_with(stored_result& result, std::uint64_t previous,
                                        std::uint64_t current, detect::value_kind kind) {
    std::vector<std::uint16_t> found;
    const auto columns = result.record->rows.shape().columns().size();
    for (std::size_t c = 0; c < columns; ++c) {
        if (!result.record->can_feed(c, kind)) continue;
        column_tuple one;
        one.columns[0] = static_cast<std::uint16_t>(c);
        one.size = 1;
        const key_index& index = result.index(one);
        if (index.find(current) == key_index::absent) continue;
        if (index.find(previous) == key_index::absent) continue;
        if (result.record->is_echo(index)) continue;
        found.push_back(static_cast<std::uint16_t>(c));
    }
    return found;
}

struct rated_origin {
    key_origin origin;
    std::uint32_t distance = 0;
    bool named = false;
    [[nodiscard]] bool better_than(const rated_origin& other) const {
        const bool next = distance == 1, others_next = other.distance == 1;
        if (next != others_next) return next;
        if (named != other.named) return named;
        return distance < other.distance;
    }
};

std::optional<rated_origin> rate(stored_result& result, const sql::statement_template& child,
                                 const key_feed& feed, const seen_lookup& previous,
                                 const seen_lookup& current) {
    const key_index& index = result.index(feed.columns);
    const auto here = index.find(combined(current, feed));
    const auto there = index.find(combined(previous, feed));
    if (here == key_index::absent || there == key_index::absent || here == there)
        return std::nullopt;
    rated_origin rated;
    rated.distance = here > there ? here - there : there - here;
    if (rated.distance > skip_max) return std::nullopt;
    rated.origin = {&result, feed, here, here < there};
    const auto& column = result.record->rows.shape().columns()[feed.columns.columns[0]];
    const auto& comparison = child.keys[feed.keys[0]];
    rated.named =
        detect::names_agree(comparison.table, comparison.column,
                            detect::resolve_column(*result.record->statement, column.name));
    return rated;
}

// Keys that were the same in both lookups but differ from row to row of the result belong to the
// tuple: (order_id, line) after two lines of one order.
void add_quiet_keys(stored_result& result, const sql::statement_template& child, key_feed& feed,
                    const seen_lookup& current) {
    const auto keys = std::min(child.keys.size(), current.keys.size());
    for (std::size_t k = 0; k < keys && feed.columns.size < column_tuple::columns_max; ++k) {
        const auto end = feed.keys.begin() + feed.columns.size;
        if (std::find(feed.keys.begin(), end, k) != end || current.keys[k] == 0) continue;
        for (const auto column :
             columns_with(result, current.keys[k], current.keys[k], current.kinds[k])) {
            column_tuple one;
            one.columns[0] = column;
            one.size = 1;
            if (result.index(one).constant() != 0) continue;
            key_feed longer = feed;
            longer.columns.columns[longer.columns.size] = column;
            longer.keys[longer.columns.size] = static_cast<std::uint8_t>(k);
            ++longer.columns.size;
            if (result.index(longer.columns).find(combined(current, longer)) == key_index::absent)
                continue;
            feed = longer;
            break;
        }
    }
}

// Adds a column for each key that varies, in every combination that holds both lookups.
void search(stored_result& result, const sql::statement_template& child,
            const std::vector<std::uint8_t>& varying, const seen_lookup& previous,
            const seen_lookup& current, std::optional<rated_origin>& best) {
    std::vector<key_feed> feeds(1);
    for (const std::uint8_t key : varying) {
        const auto columns =
            columns_with(result, previous.keys[key], current.keys[key], current.kinds[key]);
        std::vector<key_feed> longer;
        for (const key_feed& feed : feeds)
            for (const auto column : columns) {
                key_feed next = feed;
                next.columns.columns[next.columns.size] = column;
                next.keys[next.columns.size++] = key;
                longer.push_back(next);
            }
        feeds = std::move(longer);
        if (feeds.empty() || feeds.size() > 16) return;
    }
    for (key_feed& feed : feeds) {
        add_quiet_keys(result, child, feed, current);
        const auto rated = rate(result, child, feed, previous, current);
        if (rated && (!best || rated->better_than(*best))) best = rated;
    }
}

}  // namespace

std::optional<key_origin> find_origin(const detect::result_window& window,
                                      const sql::statement_template& child,
                                      const seen_lookup& previous, const seen_lookup& current) {
    const auto& results = window.results();
    std::size_t known = results.size();  // by then
    while (known > 0 && results[known - 1]->serial > previous.newest_result)
        --known;
    return find_origin(result_list(results).first(known), child, previous, current);
}

std::optional<key_origin> find_origin(result_list results, const sql::statement_template& child,
                                      const seen_lookup& previous, const seen_lookup& current) {
    std::vector<std::uint8_t> varying;
    const auto keys = std::min(child.keys.size(), current.keys.size());
    for (std::size_t k = 0; k < keys; ++k) {
        if (previous.keys[k] == current.keys[k]) continue;
        if (current.keys[k] == 0 || previous.keys[k] == 0) return std::nullopt;
        varying.push_back(static_cast<std::uint8_t>(k));
    }
    if (varying.empty() || varying.size() > column_tuple::columns_max) return std::nullopt;
    std::optional<rated_origin> best;
    for (std::size_t i = results.size(); i-- > 0;)
        if (is_live(*results[i])) search(*results[i], child, varying, previous, current, best);
    if (!best) return std::nullopt;
    return best->origin;
}

std::optional<key_origin> find_origin(const detect::result_window& window, const association& known,
                                      const seen_lookup& current) {
    return find_origin(result_list(window.results()), known, current);
}

std::uint32_t place_of(const key_origin& origin, const seen_lookup& lookup) {
    const auto hash = combined(lookup, origin.feed);
    return hash == 0 ? key_index::absent : origin.result->index(origin.feed.columns).find(hash);
}

std::optional<key_origin> find_origin(result_list results, const association& known,
                                      const seen_lookup& current) {
    const auto hash = combined(current, known.feed());
    if (hash == 0) return std::nullopt;
    for (std::size_t i = results.size(); i-- > 0;) {
        stored_result& result = *results[i];
        if (!is_live(result) || !detect::same_statement(*result.record->statement, *known.parent()))
            continue;
        const auto& columns = known.feed().columns;
        for (std::size_t c = 0; c < columns.size; ++c)
            if (columns.columns[c] >= result.record->rows.shape().columns().size())
                return std::nullopt;
        const auto place = result.index(columns).find(hash);
        if (place != key_index::absent) return key_origin{&result, known.feed(), place, false};
    }
    return std::nullopt;
}

std::vector<std::uint16_t> key_arguments(const sql::statement_template& child,
                                         const key_feed& feed) {
    std::vector<std::uint16_t> positions;
    for (std::size_t i = 0; i < feed.columns.size; ++i) {
        if (feed.keys[i] >= child.keys.size()) return {};
        const auto parameter = child.keys[feed.keys[i]].parameter;
        if (parameter == 0) return {};
        positions.push_back(static_cast<std::uint16_t>(parameter - 1));
    }
    return positions;
}

bool repeats_keys(const key_origin& origin) {
    const key_index& index = origin.result->index(origin.feed.columns);
    return index.values() > index.distinct();
}

std::vector<key_tuple> following_keys(const key_origin& origin, std::size_t keys_max,
                                      std::span<const std::uint32_t> but_not) {
    const detect::row_block& rows = origin.result->record->rows;
    const key_index& index = origin.result->index(origin.feed.columns);
    std::vector<std::optional<key_tuple>> by_place(index.distinct());
    for (std::size_t row = 0; row < rows.rows(); ++row) {
        std::uint64_t hash = 0;
        for (std::size_t i = 0; i < origin.feed.columns.size; ++i) {
            const auto part = rows.value(row, origin.feed.columns.columns[i]).hash;
            hash = i == 0 ? part : part == 0 ? 0 : detect::combine_hashes(hash, part);
            if (part == 0) {
                hash = 0;
                break;
            }
        }
        if (hash == 0) continue;
        const auto place = index.find(hash);
        if (place >= by_place.size() || by_place[place]) continue;
        key_tuple key;
        for (std::size_t i = 0; i < origin.feed.columns.size; ++i) {
            const auto column = origin.feed.columns.columns[i];
            const auto field = rows.field(row, column);
            if (!field) break;
            const auto& type = rows.shape().columns()[column];
            auto part = canonical_key(*field, type.type_oid, type.binary);
            if (!part) break;
            key.push_back(std::move(*part));
        }
        if (key.size() == origin.feed.columns.size) by_place[place] = std::move(key);
    }
    for (const std::uint32_t place : but_not)
        if (place < by_place.size()) by_place[place].reset();
    std::vector<key_tuple> keys;
    const auto take = [&](std::size_t place) {
        if (keys.size() < keys_max && by_place[place]) keys.push_back(std::move(*by_place[place]));
    };
    if (repeats_keys(origin) && origin.place < by_place.size()) take(origin.place);
    if (origin.backward) {
        for (std::size_t place = origin.place; place-- > 0;)
            take(place);
        return keys;
    }
    for (std::size_t place = origin.place + 1; place < by_place.size(); ++place)
        take(place);
    for (std::size_t place = 0; place < origin.place && place < by_place.size(); ++place)
        take(place);
    return keys;
}

std::vector<key_tuple> keys_of_kept(const answer_group& parent, const key_feed& feed,
                                    std::size_t keys_max) {
    const auto shape = detect::result_shape::parse(parent.row_description, {});
    if (!shape) return {};
    std::vector<key_tuple> keys;
    std::unordered_set<std::string> known;
    for (const kept_answer& answer : parent.answers()) {
        if (answer.used || answer.state != answer_state::complete) continue;
        protocol::byte_reader reader(answer.bytes);
        for (std::uint32_t row = 0; row < answer.rows && reader.ok(); ++row) {
            reader.read_bytes(5);
            const auto count = reader.read_uint16();
            std::vector<std::optional<std::string_view>> fields;
            for (std::uint16_t i = 0; i < count && reader.ok(); ++i) {
                const auto length = reader.read_int32();
                if (length < 0)
                    fields.emplace_back();
                else
                    fields.emplace_back(
                        protocol::as_text(reader.read_bytes(static_cast<std::size_t>(length))));
            }
            key_tuple key;
            for (std::size_t i = 0; i < feed.columns.size; ++i) {
                const auto column = feed.columns.columns[i];
                if (column >= fields.size() || column >= shape->columns().size() || !fields[column])
                    break;
                const auto& type = shape->columns()[column];
                auto part = canonical_key(*fields[column], type.type_oid, type.binary);
                if (!part) break;
                key.push_back(std::move(*part));
            }
            if (key.size() != feed.columns.size || !known.insert(joined(key)).second) continue;
            keys.push_back(std::move(key));
            if (keys.size() >= keys_max) return keys;
        }
    }
    return keys;
}

}  // namespace pgfold::fold
