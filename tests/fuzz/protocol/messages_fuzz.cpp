// No message parser reads outside its bytes, and what is built is read back.
#include <cstdint>
#include <cstdlib>

#include "proxy/protocol/backend/authentication.hpp"
#include "proxy/protocol/backend/data_row.hpp"
#include "proxy/protocol/backend/error_response.hpp"
#include "proxy/protocol/backend/parameter_status.hpp"
#include "proxy/protocol/backend/row_description.hpp"
#include "proxy/protocol/frontend/bind.hpp"
#include "proxy/protocol/frontend/describe.hpp"
#include "proxy/protocol/frontend/execute.hpp"
#include "proxy/protocol/frontend/parse.hpp"
#include "proxy/protocol/frontend/query.hpp"
#include "proxy/protocol/startup.hpp"

using namespace pgfold::protocol;

namespace {
std::size_t touched = 0;  // reads every byte of a view, so that a sanitizer can object
void touch(std::string_view text) {
    for (const char c : text)
        touched += static_cast<unsigned char>(c);
}
void touch(byte_span bytes) {
    touch(as_text(bytes));
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const byte_span body = std::as_bytes(std::span(data, size));
    if (const auto q = parse_query(body)) touch(*q);
    if (const auto p = parse_parse(body)) {
        touch(p->query);
        for (std::size_t i = 0; i < p->parameter_type_count(); ++i)
            touched += p->parameter_type(i);
    }
    if (const auto b = parse_bind(body)) {
        parameter_cursor cursor(*b);
        for (std::size_t i = 0; i < b->parameter_count; ++i) {
            touch(cursor.next().bytes);
            touched +=
                static_cast<std::size_t>(b->parameter_formats.of(i) + b->result_formats.of(i));
        }
    }
    if (const auto d = parse_describe(body)) touch(d->name);
    if (const auto e = parse_execute(body)) touch(e->portal_name);
    if (const auto s = parse_parameter_status(body)) touch(s->value);
    if (const auto a = parse_authentication(body))
        for (const auto name : a->sasl_mechanisms)
            touch(name);
    touch(error_field(body, 'C'));
    row_description_reader fields(body);
    while (const auto f = fields.next())
        touch(f->name);
    data_row_reader columns(body);
    while (const auto c = columns.next())
        touch(c->bytes);

    const auto packet = parse_startup(body);
    if (packet.kind == startup_kind::startup) {
        const auto again = parse_startup(build_startup(packet.startup));
        if (again.kind != startup_kind::startup ||
            again.startup.parameters != packet.startup.parameters)
            std::abort();
    }
    if (packet.kind == startup_kind::cancel) touch(packet.cancel.secret);
    return 0;
}
