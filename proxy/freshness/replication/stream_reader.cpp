#include "proxy/freshness/replication/stream_reader.hpp"

namespace pgfold::freshness {

void stream_reader::on_copy_data(protocol::byte_span bytes) {
    const auto message = parse_stream_message(bytes);
    if (!message) {
        ++not_understood_;
        sink_({}, true, 0);
        return;
    }
    if (message->what == stream_message::kind::data) return on_plugin_message(message->payload);
    reply_requested_ |= message->reply_requested;
    // In the midst of a transaction it would tell of those before it at most; but its commit has
    // not been told, and it is safe to wait.
    if (!in_transaction_) advance(message->position);
}

void stream_reader::on_plugin_message(protocol::byte_span message) {
    found_.clear();
    const pgoutput_message found = parse_pgoutput(message, found_);
    switch (found.kind) {
        case change_kind::begin:
            if (in_transaction_) sink_({}, true, 0);  // the end of the other has been lost
            in_transaction_ = true;
            transaction_ = found.transaction;
            everything_ = false;
            tables_.clear();
            return;
        case change_kind::commit:
            found_.assign(tables_.begin(), tables_.end());
            if (everything_ || !found_.empty()) sink_(found_, everything_, transaction_);
            ++commits_;
            in_transaction_ = false;
            everything_ = false;
            tables_.clear();
            advance(found.position);
            return;
        case change_kind::change:
            // One after another of the same table is what there is most of.
            tables_.insert(found_.begin(), found_.end());
            if (tables_.size() > tables_max || !in_transaction_) break;
            return;
        case change_kind::harmless:
            return;
        case change_kind::unknown:
            ++not_understood_;
            break;
    }
    tables_.clear();
    if (in_transaction_)
        everything_ = true;
    else
        sink_({}, true, 0);
}

}  // namespace pgfold::freshness
