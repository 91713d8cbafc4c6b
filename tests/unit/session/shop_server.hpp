// A server with two tables, as far as a loop over them goes: a parent with the ids 1 to 40, and
// lookups of a child by parent_id. It keeps PostgreSQL's rules on prepared statements, errors and
// transactions, so that what a client gets through a session can be compared with what it gets
// without one, byte for byte.
#pragma once

#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/protocol/byte_reader.hpp"
#include "proxy/protocol/frame_reader.hpp"
#include "proxy/protocol/frontend/bind.hpp"
#include "support/cpp/messages.hpp"

namespace pgfold::test {

class shop_server {
public:
    static constexpr int parents = 40;
    static constexpr std::uint32_t parent_table = 100, child_table = 200;

    // What it answers to these bytes, which may end anywhere.
    bytes answer(const bytes& input) {
        out_.clear();
        reader_.feed(input);
        while (true) {
            const auto f = reader_.next([](std::uint8_t, std::uint32_t body) { return body; });
            if (f.state != protocol::frame_state::message) return out_;
            on_message(static_cast<frontend::type>(f.type), f.body);
        }
    }

    // Children's names tell it from then on.
    void write() { ++generation; }

    int generation = 0;
    bool begin_fails = false;
    std::set<int> failing;           // keys whose lookup divides by zero
    std::set<int> noticed;           // … sends a notice
    std::set<int> fatal;             // … ends the connection
    std::vector<int> keys_asked;     // lookups, in order
    std::vector<std::string> texts;  // of Query and Parse

private:
    struct prepared {
        std::string text;
        std::size_t place = 0;
    };
    struct portal {
        std::string text;
        std::optional<std::string> value;
        bool binary = false;
        std::vector<bool> formats;
        std::size_t place = 0;  // that an error points to, in the text as it came
    };

    static std::string without_comment(const std::string& text) {
        const auto begin = text.find("/*"), end = text.find("*/");
        if (begin == text.npos) return text;
        return begin == 0 ? text.substr(end + 3) : text.substr(0, begin - 1) + text.substr(end + 2);
    }
    static std::size_t place_in(const std::string& text) { return text.find("FROM") + 1; }

    static std::vector<backend::column> columns_of(std::string_view text) {
        if (text.find("FROM child") != std::string_view::npos)
            return {{"name", child_table, 2, 25}, {"n", child_table, 3, 23}};
        if (text.find("FROM parent") != std::string_view::npos)
            return {{"id", parent_table, 1, 23}};
        if (text.find("current_setting") != std::string_view::npos)
            return {{"a", 0, 0, 25}, {"b", 0, 0, 25}};
        return {};
    }

    static std::string number(int value, bool binary) {
        if (!binary) return std::to_string(value);
        const auto v = static_cast<std::uint32_t>(value);
        return {static_cast<char>(v >> 24), static_cast<char>(v >> 16), static_cast<char>(v >> 8),
                static_cast<char>(v)};
    }

    static int key_of(const portal& p) {
        if (p.value && p.binary) {
            int key = 0;
            for (const unsigned char c : *p.value)
                key = key << 8 | c;
            return key;
        }
        const auto text = p.value ? *p.value : p.text.substr(p.text.rfind(' ') + 1);
        int key = -1;
        std::from_chars(text.data(), text.data() + text.size(), key);
        return key;
    }

    void say(const bytes& message) { out_.insert(out_.end(), message.begin(), message.end()); }

    void fail(std::string_view sqlstate, std::size_t place = 0) {
        say(backend::error(sqlstate, "wrong", place));
        if (status_ == 'T') status_ = 'E';
        failed_ = true;
    }

    static bool format(const portal& p, std::size_t column) {
        if (p.formats.empty()) return false;
        return p.formats.size() == 1 ? p.formats[0] : p.formats[column];
    }

    void describe(const portal& p) {
        auto columns = columns_of(p.text);
        if (columns.empty()) return say(backend::no_data());
        for (std::size_t i = 0; i < columns.size(); ++i)
            columns[i].format = format(p, i);
        say(backend::row_description(columns));
    }

    void run(const portal& p) {
        const std::string_view text = p.text;
        const auto is = [&](std::string_view word) { return text.starts_with(word); };
        if (status_ == 'E' && !is("ROLLBACK")) return fail("25P02");
        if (text.find("FROM child") != std::string_view::npos) return look_up(p);
        if (text.find("FROM parent") != std::string_view::npos) {
            for (int id = 1; id <= parents; ++id)
                say(backend::data_row({number(id, format(p, 0))}));
            return say(backend::complete("SELECT " + std::to_string(parents)));
        }
        if (text.find("current_setting") != std::string_view::npos) {
            say(backend::data_row({"read committed", "read committed"}));
            return say(backend::complete("SELECT 1"));
        }
        if (is("EXECUTE ")) return execute(p.text);
        if (is("DEALLOCATE ") && !deallocate(p.text.substr(11))) return fail("26000");
        if (is("BEGIN") && begin_fails) return fail("57014");
        if (is("BEGIN")) status_ = 'T';
        if (is("COMMIT") || text == "ROLLBACK") {
            status_ = 'I';
            savepoints_.clear();
        }
        const std::string savepoint(text.substr(text.rfind(' ') + 1));
        if (is("SAVEPOINT")) savepoints_.insert(savepoint);
        if (is("ROLLBACK TO")) {
            if (!savepoints_.contains(savepoint)) return fail("3B001");
            status_ = 'T';
        }
        if (is("RELEASE")) savepoints_.erase(savepoint);
        if (is("UPDATE")) ++generation;
        say(backend::complete(
            text == "DEALLOCATE ALL" ? p.text : std::string(text.substr(0, text.find(' ')))));
    }

    bool deallocate(const std::string& name) {
        if (name != "ALL") return statements_.erase(name) > 0;
        statements_.clear();
        return true;
    }

    // EXECUTE name (key)
    void execute(const std::string& text) {
        const auto at = text.find(' ', 8);
        const auto found = statements_.find(text.substr(8, at - 8));
        if (found == statements_.end()) return fail("26000");
        const auto key = text.substr(at + 2, text.size() - at - 3);
        const portal p{found->second.text, key};
        describe(p);
        run(p);
    }

    // As many rows as the key says when divided by three.
    void look_up(const portal& p) {
        const int key = key_of(p);
        keys_asked.push_back(key);
        if (fatal.contains(key)) {
            say(message(backend::type::error_response, [](auto& m) {
                m.write_uint8('S').write_string("FATAL").write_uint8('V').write_string("FATAL");
                m.write_uint8('C').write_string("57P01").write_uint8(0);
            }));
            failed_ = true;
            return;
        }
        if (failing.contains(key)) return fail("22012", p.place);
        if (noticed.contains(key)) say(backend::notice());
        for (int row = 0; row < key % 3; ++row)
            say(backend::data_row({"child " + std::to_string(row) + " of " + std::to_string(key) +
                                       " at " + std::to_string(generation),
                                   number(row, format(p, 1))}));
        say(backend::complete("SELECT " + std::to_string(key % 3)));
    }

    void query(std::string text) {
        texts.push_back(text);
        const std::size_t place = place_in(text);
        text = without_comment(text);
        statements_.erase("");
        portals_.erase("");
        failed_ = false;
        while (!text.empty() && !failed_) {
            const auto end = text.find("; ");
            const portal p{.text = text.substr(0, end), .place = place};
            if (!columns_of(p.text).empty() && status_ != 'E') describe(p);
            run(p);
            text = end == std::string::npos ? "" : text.substr(end + 2);
        }
        failed_ = false;
        say(backend::ready(status_));
    }

    void on_message(frontend::type type, std::span<const std::byte> body) {
        protocol::byte_reader reader(body);
        if (type == frontend::type::sync) {
            failed_ = false;
            if (status_ == 'I') portals_.clear();
            say(backend::ready(status_));
            return;
        }
        if (failed_) return;
        switch (type) {
            case frontend::type::query:
                return query(std::string(reader.read_string()));
            case frontend::type::parse: {
                const std::string name(reader.read_string());
                const std::string text(reader.read_string());
                texts.push_back(text);
                if (name.empty()) statements_.erase(name);
                if (status_ == 'E' && !text.starts_with("ROLLBACK")) return fail("25P02");
                if (!name.empty() && statements_.contains(name)) return fail("42P05");
                statements_[name] = {without_comment(text), place_in(text)};
                return say(backend::parse_complete());
            }
            case frontend::type::bind: {
                const auto view = protocol::parse_bind(body);
                const auto found = statements_.find(std::string(view->statement_name));
                // PostgreSQL looks for the statement first. A client that pipelines behind an error
                // could see that pgfold has not sent one that it has prepared.
                if (found == statements_.end()) return fail(status_ == 'E' ? "25P02" : "26000");
                portal p{.text = found->second.text, .place = found->second.place};
                if (status_ == 'E' && !p.text.starts_with("ROLLBACK")) return fail("25P02");
                if (view->parameter_count > 0) {
                    protocol::parameter_cursor cursor(*view);
                    p.value = std::string(protocol::as_text(cursor.next().bytes));
                    p.binary = view->parameter_formats.of(0) == 1;
                }
                for (std::size_t i = 0; i < view->result_formats.size(); ++i)
                    p.formats.push_back(view->result_formats.raw(i) == 1);
                portals_[std::string(view->portal_name)] = p;
                return say(backend::bind_complete());
            }
            case frontend::type::describe: {
                const bool statement = reader.read_uint8() == 'S';
                const std::string name(reader.read_string());
                if (!statement) {
                    if (!portals_.contains(name)) return fail("34000");
                    return describe(portals_[name]);
                }
                if (!statements_.contains(name)) return fail("26000");
                const portal p{statements_[name].text};
                say(p.text.find("$1") == std::string::npos ? backend::parameter_description({})
                                                           : backend::parameter_description({23}));
                return describe(p);
            }
            case frontend::type::execute: {
                const std::string name(reader.read_string());
                if (!portals_.contains(name)) return fail("34000");
                return run(portals_[name]);
            }
            case frontend::type::close:
                if (reader.read_uint8() == 'S')
                    statements_.erase(std::string(reader.read_string()));
                else
                    portals_.erase(std::string(reader.read_string()));
                return say(backend::close_complete());
            default:
                return;
        }
    }

    protocol::frame_reader reader_;
    bytes out_;
    char status_ = 'I';
    bool failed_ = false;  // extended messages are skipped up to the Sync
    std::map<std::string, prepared> statements_;
    std::map<std::string, portal> portals_;
    std::set<std::string> savepoints_;
};

}  // namespace pgfold::test
