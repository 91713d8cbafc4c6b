#include "proxy/fold/batch_receiver.hpp"

#include <algorithm>

#include "proxy/fold/answer_writer.hpp"
#include "proxy/protocol/backend/error_response.hpp"
#include "proxy/protocol/byte_reader.hpp"
#include "proxy/protocol/byte_writer.hpp"

namespace pgfold::fold {

using protocol::backend_message;

namespace {

bool is_description(step_kind kind) {
    return kind == step_kind::describe_child || kind == step_kind::describe_batch;
}

bool is_about_rewrite(step_kind kind) {
    return is_description(kind) || kind == step_kind::rewritten;
}

}  // namespace

void batch_receiver::fail(kept_answer* answer) {
    if (answer == nullptr || abandoned_ || answer->state != answer_state::asked) return;
    answer->state = answer_state::failed;
    group_->let_go(answer->bytes.size());
    answer->bytes = {};
    ++failures_;
}

void batch_receiver::fail_until_sync() {
    while (!complete() && steps_[next_].kind != step_kind::sync) {
        if (!abandoned_) fail(steps_[next_].answer);
        if (is_about_rewrite(steps_[next_].kind)) {
            rewritten_->fail("the server refused it");
            if (steps_[next_].kind == step_kind::rewritten) end_rewritten();
        }
        ++next_;
    }
}

// The rows of a key may stand anywhere, so that nothing is complete before everything is.
void batch_receiver::end_rewritten() {
    if (abandoned_) return;
    rewritten_->for_each_answer([&](kept_answer& answer) {
        if (!rewritten_->ok())
            fail(&answer);
        else if (answer.state == answer_state::asked)
            answer.state = answer_state::complete;
    });
}

void batch_receiver::keep_rewritten_row(const protocol::frame& f) {
    if (abandoned_ || !rewritten_->ok()) return;
    const std::size_t size = f.body.size() + protocol::frame_reader::header_bytes;
    if (f.state != protocol::frame_state::message || !group_->hold(size)) {
        rewritten_->fail("its rows take more than batch.max_bytes");
        return;
    }
    kept_answer* answer = rewritten_->owner_of(f.body, row_);
    if (answer == nullptr) {
        group_->let_go(size);
        rewritten_->fail("a row belongs to none of its keys");
        return;
    }
    const std::size_t before = answer->bytes.size();
    append_row(answer->bytes, row_);  // without its keys
    group_->let_go(size - std::min(size, answer->bytes.size() - before));
    ++answer->rows;
}

void batch_receiver::on_description(const protocol::frame& f) {
    const step_kind kind = steps_[next_].kind;
    if (f.state != protocol::frame_state::message) {
        rewritten_->fail("a description is too long");
    } else if (f.type == static_cast<std::uint8_t>(backend_message::parameter_description)) {
        if (kind == step_kind::describe_child)
            rewritten_->on_child_parameters(f.body);
        else
            rewritten_->on_batch_parameters(f.body);
        return;
    } else if (kind == step_kind::describe_batch) {
        rewritten_->on_batch_columns(f.body);
    } else {
        rewritten_->on_child_columns(f.body);
        if (!abandoned_ && !fits_child(f.body))
            rewritten_->fail("the lookup's columns have changed");
    }
    ++next_;
}

bool batch_receiver::fits_child(protocol::byte_span body) {
    auto shown = group_->form && group_->form->is_extended()
                     ? with_formats(body, *group_->form)
                     : std::vector<std::byte>(body.begin(), body.end());
    auto& known = group_->row_description;
    if (known.empty())
        known = std::move(shown);
    else if (known != shown)
        return false;
    return !known.empty();
}

void batch_receiver::keep_row(const protocol::frame& f) {
    kept_answer* answer = current();
    if (answer == nullptr || answer->state != answer_state::asked) return;
    const std::size_t size = f.body.size() + protocol::frame_reader::header_bytes;
    if (f.state != protocol::frame_state::message || !group_->hold(size)) {
        fail(answer);
        return;
    }
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
    const step_kind kind = steps_[next_].kind;
    switch (static_cast<backend_message>(f.type)) {
        case backend_message::data_row:
            if (kind == step_kind::setting)
                keep_settings(f);
            else if (kind == step_kind::rewritten)
                keep_rewritten_row(f);
            else
                keep_row(f);
            break;
        case backend_message::parameter_description:
            if (is_description(kind)) on_description(f);
            break;
        case backend_message::row_description:
            if (is_description(kind))
                on_description(f);
            else if (kept_answer* answer = current(); answer != nullptr && !fits(f))
                fail(answer);
            break;
        case backend_message::command_complete:
            if (kept_answer* answer = current();
                answer != nullptr && answer->state == answer_state::asked)
                answer->state = answer_state::complete;
            if (kind == step_kind::rewritten) end_rewritten();
            if (kind != step_kind::sync) ++next_;
            break;
        case backend_message::empty_query_response:
        case backend_message::portal_suspended:
            fail(current());
            if (kind != step_kind::sync) ++next_;
            break;
        case backend_message::no_data:  // of the statement: whatever comes, it is not rows
            fail_until_sync();
            break;
        case backend_message::notice_response:  // the client is to get it with its own lookup
            fail(current());
            if (is_about_rewrite(kind))
                rewritten_->fail("the server had something to say about it");
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
    if (rewritten_) rewritten_->disown();
}

}  // namespace pgfold::fold
