#include "proxy/capture/result_types.hpp"

#include "proxy/protocol/backend/row_description.hpp"
#include "proxy/protocol/frontend/bind.hpp"
#include "proxy/protocol/frontend/describe.hpp"
#include "proxy/protocol/frontend/execute.hpp"
#include "proxy/protocol/frontend/parse.hpp"

namespace pgfold::capture {
namespace {

constexpr std::size_t names_max = 10'000;
constexpr std::size_t requests_max = 100'000;

}  // namespace

void result_types::on_client(std::uint8_t type, protocol::byte_span body) {
    if (requests_.size() > requests_max) requests_.clear();
    switch (type) {
        case 'P': {
            requests_.push_back({});
            const auto view = protocol::parse_parse(body);
            if (!view) break;
            if (statements_.size() >= names_max) statements_.clear();
            auto prepared = std::make_shared<statement>();
            for (std::size_t i = 0; i < view->parameter_type_count(); ++i)
                prepared->parameters.push_back(view->parameter_type(i));
            statements_[std::string(view->statement_name)] = std::move(prepared);
            break;
        }
        case 'B': {
            requests_.push_back({});
            const auto view = protocol::parse_bind(body);
            if (!view) break;
            if (portals_.size() >= names_max) portals_.clear();
            portal bound;
            const auto found = statements_.find(std::string(view->statement_name));
            if (found != statements_.end()) bound.of = found->second;
            for (std::size_t i = 0; i < view->result_formats.size(); ++i)
                bound.formats.push_back(view->result_formats.raw(i));
            portals_[std::string(view->portal_name)] = std::move(bound);
            break;
        }
        case 'D': {
            request& added = requests_.emplace_back();
            added.what = asked::describe_portal;
            const auto view = protocol::parse_describe(body);
            if (!view) break;
            if (view->target == protocol::describe_target::statement) {
                added.what = asked::describe_statement;
                const auto found = statements_.find(std::string(view->name));
                if (found != statements_.end()) added.of = found->second;
            } else {
                const auto found = portals_.find(std::string(view->name));
                if (found != portals_.end()) added.of = found->second.of;
            }
            break;
        }
        case 'E': {
            request& added = requests_.emplace_back();
            added.what = asked::execute;
            const auto view = protocol::parse_execute(body);
            if (!view) break;
            const auto found = portals_.find(std::string(view->portal_name));
            if (found == portals_.end()) break;
            added.of = found->second.of;
            added.formats = found->second.formats;
            break;
        }
        case 'C':
            requests_.push_back({});
            break;
        case 'Q':
        case 'F':
            requests_.push_back({asked::query, nullptr, {}});
            break;
        case 'S':
            requests_.push_back({asked::sync, nullptr, {}});
            break;
        default:
            break;
    }
}

void result_types::on_server(std::uint8_t type, protocol::byte_span body) {
    switch (type) {
        case 't': {
            if (requests_.empty() || !requests_.front().of) break;
            protocol::byte_reader reader(body);
            type_list types(reader.read_uint16());
            for (auto& each : types)
                each = reader.read_uint32();
            if (reader.ok()) requests_.front().of->parameters = std::move(types);
            break;
        }
        case 'T':
            on_row_description(body);
            break;
        case 'n':
        case '1':
        case '2':
        case '3':
        case 'C':
        case 'I':
        case 's':
            finish_request();
            break;
        case 'E':
            if (!requests_.empty() && requests_.front().what != asked::query) skip_to_sync(false);
            break;
        case 'Z':
            skip_to_sync(true);
            break;
        default:
            break;
    }
}

void result_types::on_row_description(protocol::byte_span body) {
    type_list types;
    format_list formats;
    protocol::row_description_reader fields(body);
    while (const auto field = fields.next()) {
        types.push_back(field->type_oid);
        formats.push_back(field->format);
    }
    if (requests_.empty() || requests_.front().what == asked::query) {
        simple_.columns = std::move(types);
        simple_formats_ = std::move(formats);
        return;
    }
    if (requests_.front().of) requests_.front().of->columns = std::move(types);
    finish_request();
}

// One message of the extended protocol has its answer. A simple query has as many as statements.
void result_types::finish_request() {
    if (!requests_.empty() && requests_.front().what != asked::query &&
        requests_.front().what != asked::sync)
        requests_.pop_front();
}

void result_types::skip_to_sync(bool including) {
    while (!requests_.empty()) {
        const bool is_sync =
            requests_.front().what == asked::sync || requests_.front().what == asked::query;
        if (is_sync && !including) return;
        requests_.pop_front();
        if (is_sync) return;
    }
}

std::uint32_t result_types::parameter_type(std::string_view name, std::size_t i) const {
    const auto found = statements_.find(std::string(name));
    if (found == statements_.end() || i >= found->second->parameters.size()) return 0;
    return found->second->parameters[i];
}

std::uint32_t result_types::column_type(std::size_t i) const {
    const bool is_simple = requests_.empty() || requests_.front().what == asked::query;
    const statement* of = is_simple ? &simple_ : requests_.front().of.get();
    return of == nullptr || i >= of->columns.size() ? 0 : of->columns[i];
}

bool result_types::column_is_binary(std::size_t i) const {
    const bool is_simple = requests_.empty() || requests_.front().what == asked::query;
    const format_list& formats = is_simple ? simple_formats_ : requests_.front().formats;
    if (formats.size() == 1 && !is_simple) return formats[0] != 0;
    return i < formats.size() && formats[i] != 0;
}

}  // namespace pgfold::capture
