#include "tests/consistency/driver/connection.hpp"

#include <endian.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace pgfold::consistency {
namespace {

constexpr Oid int8_oid = 20;
constexpr Oid int4_oid = 23;
constexpr std::size_t values_max = 4;

// Values in the places of $1, $2 …; negative ones never occur.
std::string inlined(std::string_view text, arguments values) {
    if (values.size() == 0) return std::string(text);  // function bodies have parameters too
    std::string out;
    out.reserve(text.size() + 16);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '$' || i + 1 == text.size() || text[i + 1] < '1' || text[i + 1] > '9') {
            out += text[i];
            continue;
        }
        const auto number = static_cast<std::size_t>(text[++i] - '1');
        if (number >= values.size()) throw std::logic_error("no value for a parameter");
        out += std::to_string(values.begin()[number]);
    }
    return out;
}

// The arrays that libpq wants for some integers.
class parameters {
public:
    parameters(arguments values, form how) {
        if (values.size() > values_max) throw std::logic_error("too many values");
        const bool binary =
            how == form::unnamed_binary || how == form::named_binary || how == form::small_binary;
        for (const std::int64_t value : values) {
            if (!binary) {
                texts_[count_] = std::to_string(value);
                pointers_[count_] = texts_[count_].c_str();
            } else if (how == form::small_binary &&
                       value <= std::numeric_limits<std::int32_t>::max()) {
                set_binary(htobe32(static_cast<std::uint32_t>(value)), int4_oid);
            } else {
                set_binary(htobe64(static_cast<std::uint64_t>(value)), int8_oid);
            }
            ++count_;
        }
    }

    [[nodiscard]] int count() const { return static_cast<int>(count_); }
    [[nodiscard]] const char* const* pointers() const { return pointers_.data(); }
    [[nodiscard]] const Oid* types() const { return types_.data(); }
    [[nodiscard]] const int* lengths() const { return lengths_.data(); }
    [[nodiscard]] const int* formats() const { return formats_.data(); }

private:
    template <typename Integer>
    void set_binary(Integer value, Oid type) {
        texts_[count_].assign(sizeof value, '\0');
        std::memcpy(texts_[count_].data(), &value, sizeof value);
        pointers_[count_] = texts_[count_].data();
        lengths_[count_] = sizeof value;
        formats_[count_] = 1;
        types_[count_] = type;
    }

    std::size_t count_ = 0;
    std::array<std::string, values_max> texts_;
    std::array<const char*, values_max> pointers_{};
    std::array<Oid, values_max> types_{};
    std::array<int, values_max> lengths_{};
    std::array<int, values_max> formats_{};
};

result_ptr owned(PGresult* result) {
    return {result, result_deleter{}};
}

}  // namespace

nanoseconds now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

bool answer::ok() const {
    const ExecStatusType status = PQresultStatus(result.get());
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN;
}

std::string answer::sqlstate() const {
    const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    return state == nullptr ? "" : state;
}

std::string answer::message() const {
    return PQresultErrorMessage(result.get());
}
int answer::rows() const {
    return PQntuples(result.get());
}

std::int64_t answer::affected() const {
    const std::string_view count = PQcmdTuples(result.get());
    std::int64_t value = 0;
    std::from_chars(count.data(), count.data() + count.size(), value);
    return value;
}

bool answer::is_null(int row, int column) const {
    return PQgetisnull(result.get(), row, column) != 0;
}

std::int64_t answer::integer(int row, int column) const {
    const std::string_view bytes(PQgetvalue(result.get(), row, column),
                                 static_cast<std::size_t>(PQgetlength(result.get(), row, column)));
    if (PQfformat(result.get(), column) == 1) {
        if (bytes.size() != sizeof(std::uint64_t)) {
            throw std::runtime_error("not an int8 in binary: " + std::to_string(bytes.size()) +
                                     " bytes");
        }
        std::uint64_t value = 0;
        std::memcpy(&value, bytes.data(), sizeof value);
        return static_cast<std::int64_t>(be64toh(value));
    }
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), value);
    if (error != std::errc() || end != bytes.data() + bytes.size()) {
        throw std::runtime_error("not an integer: " + std::string(bytes));
    }
    return value;
}

std::string answer::text(int row, int column) const {
    return {PQgetvalue(result.get(), row, column),
            static_cast<std::size_t>(PQgetlength(result.get(), row, column))};
}

connection::connection(std::string url) : url_(std::move(url)) {}

void connection::open() {
    prepared_.clear();
    connection_.reset(PQconnectdb(url_.c_str()));
    if (PQstatus(connection_.get()) != CONNECTION_OK) {
        throw std::runtime_error(PQerrorMessage(connection_.get()));
    }
    PQsetNoticeReceiver(
        connection_.get(),
        [](void* self, const PGresult* notice) {
            const char* text = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
            static_cast<connection*>(self)->notice_ = text == nullptr ? "" : text;
        },
        this);
}

result_ptr connection::prepare(const std::string& text, int values, bool typed, std::string& name) {
    const std::string key = (typed ? "b" : "t") + text;
    if (const auto found = prepared_.find(key); found != prepared_.end()) {
        name = found->second;
        return nullptr;
    }
    name = "s" + std::to_string(prepared_.size());
    std::array<Oid, values_max> types{};
    if (typed) types.fill(int8_oid);
    result_ptr result =
        owned(PQprepare(connection_.get(), name.c_str(), text.c_str(), values, types.data()));
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) return result;
    prepared_.emplace(key, name);
    return nullptr;
}

answer connection::run(const std::string& text, arguments values, form how) {
    answer got;
    got.begun = now();
    const parameters given(values, how);
    const int binary = how == form::unnamed_binary || how == form::named_binary ? 1 : 0;
    std::string name;
    if (how == form::named || how == form::named_binary) {
        if (const result_ptr error = prepare(text, given.count(), binary != 0, name)) {
            got.invoked = got.begun;
            got.responded = now();
            got.result = error;
            got.lost = PQstatus(connection_.get()) == CONNECTION_BAD;
            return got;
        }
    }
    const std::string inline_text = how == form::simple ? inlined(text, values) : std::string();
    PGconn* const conn = connection_.get();
    got.invoked = now();
    if (how == form::simple) {
        got.result = owned(PQexec(conn, inline_text.c_str()));
    } else if (!name.empty()) {
        got.result = owned(PQexecPrepared(conn, name.c_str(), given.count(), given.pointers(),
                                          given.lengths(), given.formats(), binary));
    } else {
        got.result =
            owned(PQexecParams(conn, text.c_str(), given.count(), given.types(), given.pointers(),
                               given.lengths(), given.formats(), binary));
    }
    got.responded = now();
    got.lost = PQstatus(conn) == CONNECTION_BAD;
    return got;
}

void connection::forget_prepared() {
    prepared_.clear();
    run("DEALLOCATE ALL");
}

answer connection::run_script(const std::string& text, int wanted) {
    const nanoseconds invoked = now();
    send(text);
    return finish_script(invoked, wanted);
}

answer connection::finish_script(nanoseconds invoked, int wanted) {
    answer got;
    for (int number = 0;; ++number) {
        const result_ptr result = owned(PQgetResult(connection_.get()));
        if (result == nullptr) break;
        const bool failed = PQresultStatus(result.get()) == PGRES_FATAL_ERROR;
        if (number == wanted || failed) got.result = result;
        if (failed) wanted = -1;
    }
    got.begun = got.invoked = invoked;
    got.responded = now();
    got.lost = PQstatus(connection_.get()) == CONNECTION_BAD;
    return got;
}

void connection::send(const std::string& text) {
    PQsendQuery(connection_.get(), text.c_str());
}

void connection::send_pipeline(const std::string& first, const std::string& second) {
    PGconn* const conn = connection_.get();
    bool sent = PQenterPipelineMode(conn) == 1;
    for (const std::string* text : {&first, &second}) {
        sent = sent && PQsendQueryParams(conn, text->c_str(), 0, nullptr, nullptr, nullptr, nullptr,
                                         0) == 1;
        sent = sent && PQpipelineSync(conn) == 1;
    }
    if (!sent) throw std::runtime_error(PQerrorMessage(conn));
    results_until_sync();
}

answer connection::finish_pipeline(nanoseconds invoked) {
    answer got;
    got.begun = got.invoked = invoked;
    got.result = results_until_sync();
    got.responded = now();
    got.lost = PQstatus(connection_.get()) == CONNECTION_BAD;
    PQexitPipelineMode(connection_.get());
    return got;
}

result_ptr connection::results_until_sync() {
    result_ptr last;
    // The results of one statement end with null; two in a row: there are no more.
    for (bool ended = false;;) {
        const result_ptr result = owned(PQgetResult(connection_.get()));
        if (result == nullptr) {
            if (std::exchange(ended, true)) return last;
            continue;
        }
        ended = false;
        if (PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) return last;
        last = result;
    }
}

answer connection::finish(nanoseconds invoked) {
    answer got;
    got.begun = got.invoked = invoked;
    while (PGresult* result = PQgetResult(connection_.get())) {
        if (got.result == nullptr || got.ok()) {
            got.result = owned(result);
        } else {
            PQclear(result);
        }
    }
    got.responded = now();
    got.lost = PQstatus(connection_.get()) == CONNECTION_BAD;
    return got;
}

answer connection::copy_in(const std::string& text, const std::string& data) {
    PGconn* const conn = connection_.get();
    const nanoseconds invoked = now();
    const result_ptr begun = owned(PQexec(conn, text.c_str()));
    if (PQresultStatus(begun.get()) != PGRES_COPY_IN) {
        return {begun, invoked, invoked, now(), PQstatus(conn) == CONNECTION_BAD};
    }
    PQputCopyData(conn, data.data(), static_cast<int>(data.size()));
    PQputCopyEnd(conn, nullptr);
    return finish(invoked);
}

}  // namespace pgfold::consistency
