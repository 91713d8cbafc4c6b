// Rows and descriptions of a batch, whatever bytes they are: nothing is read outside of them, and
// what is split off is a row of the child's.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "proxy/fold/batch/batch_rows.hpp"
#include "proxy/protocol/backend/data_row.hpp"

using namespace pgfold;
using namespace pgfold::fold;

namespace {

void check(const batch_query& query, protocol::byte_span description, protocol::byte_span row) {
    static_cast<void>(same_description(query, description, row));
    static_cast<void>(same_description(query, row, description));
    const row_splitter splitter(query, description);
    split_row split;
    if (!splitter.split(row, split)) return;
    std::vector<std::byte> message;
    append_row(message, split);
    protocol::data_row_reader columns(protocol::byte_span(message).subspan(5));
    while (columns.next()) {
    }
    if (!columns.ok()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const auto bytes = std::as_bytes(std::span(data, size)).subspan(2);
    const std::size_t cut = std::min<std::size_t>(data[1], bytes.size());
    batch_query query;
    query.child_columns = data[0] & 7;
    query.key_types = {23, 25};
    query.carried = {0, 2};
    check(query, bytes.first(cut), bytes.subspan(cut));
    query.strategy = batch_strategy::lateral;
    query.carried = {1, 1};
    check(query, bytes.first(cut), bytes.subspan(cut));
    return 0;
}
