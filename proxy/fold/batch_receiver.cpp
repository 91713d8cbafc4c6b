#include "proxy/fold/batch_receiver.hpp"

#include <algorithm>

#include "proxy/fold/answer_writer.hpp"
#include "proxy/protocol/backend/error_response.hpp"
#include "proxy/protocol/byte_reader.hpp"
#include "proxy/protocol/byte_writer.hpp"

namespace pgfold::fold {

using protocol::backend_message;

void batch_receiver::fail(kept_answer* answer) {
    if (answer == nullptr || abandoned_ || answer->state != answer_state::asked) return;
    answer->state = answer_state::failed;
    answer->bytes = {};
    ++failures_;
}

void batch_receiver::fail_until_sync() {
    while (!complete() && steps_[next_].kind != step_kind::sync) {
        if (!abandoned_) fail(steps_[next_].answer);
        ++next_;
    }
}

void batch_receiver::keep_row(const protocol::frame& f) {
    kept_answer* answer = current();
    if (answer == nullptr || answer->state != answer_state::asked) return;
    const std::size_t size = f.body.size() + protocol::frame_reader::header_bytes;
    if (f.state != protocol::frame_state::message || bytes_ + size > bytes_max_) {
        fail(answer);
        return;
    }
    bytes_ += size;
    protocol::byte_writer(answer->bytes)
        .write_uint8(f.type)
        .write_uint32(static_cast<std::uint32_t>(f.body.size() + 4))
        .write_bytes(f.body);
    ++answer->rows;
}

void batch_receiver::keep_settings(const protocol::frame& f) {
    protocol::byte_reader reader(f.body);
    const auto count = reader.read_uint16();
    for (std::uint16_t i = 0; i < count && reader.ok(); ++i) {
        const auto length = reader.read_int32();
        if (length > 0)
            settings_.emplace_back(
                protocol::as_text(reader.read_bytes(static_cast<std::size_t>(length))));
    }
}

// A simple query describes its rows each time, and the table may have changed meanwhile.
bool batch_receiver::fits(const protocol::frame& f) {
    if (f.state != protocol::frame_state::message) return false;
    auto& known = group_->row_description;
    if (!known.empty()) return std::equal(f.body.begin(), f.body.end(), known.begin(), known.end());
    if (group_->form && group_->form->is_extended())
        known = with_formats(f.body, *group_->form);
    else
        known.assign(f.body.begin(), f.body.end());
    return !known.empty();
}

void batch_receiver::on_message(const protocol::frame& f) {
    if (complete()) return;
    switch (static_cast<backend_message>(f.type)) {
        case backend_message::data_row:
            if (steps_[next_].kind == step_kind::setting)
                keep_settings(f);
            else
                keep_row(f);
            break;
        case backend_message::row_description:
            if (kept_answer* answer = current(); answer != nullptr && !fits(f)) fail(answer);
            break;
        case backend_message::command_complete:
            if (kept_answer* answer = current();
                answer != nullptr && answer->state == answer_state::asked)
                answer->state = answer_state::complete;
            if (steps_[next_].kind != step_kind::sync) ++next_;
            break;
        case backend_message::empty_query_response:
        case backend_message::portal_suspended:
            fail(current());
            if (steps_[next_].kind != step_kind::sync) ++next_;
            break;
        case backend_message::no_data:  // of the statement: whatever comes, it is not rows
            fail_until_sync();
            break;
        case backend_message::notice_response:  // the client is to get it with its own lookup
            fail(current());
            break;
        case backend_message::error_response:
            canceled_ = canceled_ || protocol::error_field(f.body, 'C') == "57014";
            fail_until_sync();
            break;
        case backend_message::ready_for_query:
            fail_until_sync();
            if (f.body.size() == 1) status_ = static_cast<char>(f.body[0]);
            if (!complete()) ++next_;
            break;
        default:
            break;
    }
}

void batch_receiver::abandon() {
    abandoned_ = true;
    group_.reset();
    for (auto& step : steps_)
        step.answer = nullptr;
}

}  // namespace pgfold::fold
