#include "proxy/session/setting_change.hpp"

#include <algorithm>
#include <regex>

#include "analyzer/catalog/text_search.hpp"
#include "proxy/session/setting_tokens.hpp"

namespace pgfold::session {

using setting_text::lower;
using setting_text::token;
using setting_text::token_reader;
using sql::statement_kind;

namespace {

constexpr std::size_t value_bytes_max = 1024;

std::string word_of(const token& t) {
    return t.what == token::kind::word ? lower(t.text) : std::string();
}

setting_change made(setting_effect effect, std::string name, std::string_view value = {}) {
    return {effect, std::move(name), std::string(value)};
}

setting_change set_to(bool local, std::string name, std::string_view value) {
    if (value.empty() || value.size() > value_bytes_max) return {setting_effect::unknown, {}, {}};
    if (!local && lower(std::string(value)) == "default")
        return made(setting_effect::reset, std::move(name));
    return made(local ? setting_effect::set_local : setting_effect::set, std::move(name), value);
}

// Behind SET [SESSION | LOCAL]: the setting's name, and whether `=` or TO has to follow. Empty: not
// known.
struct named_setting {
    std::string name;
    bool has_sign = false;
};

named_setting read_name(token_reader& reader, std::string word, bool after_session) {
    if (word == "time") return {word_of(reader.next()) == "zone" ? "timezone" : "", false};
    if (word == "names") return {"client_encoding", false};
    if (word == "schema") return {"search_path", false};
    if (word == "role") return {"role", false};
    if (word == "transaction") return {"transaction", false};
    if (after_session && word == "authorization") return {"session_authorization", false};
    if (after_session && word == "characteristics") return {"default_transaction", false};
    return {std::move(word), true};
}

setting_change parse_set(token_reader& reader) {
    const setting_change unknown{setting_effect::unknown, {}, {}};
    std::string word = word_of(reader.next());
    const bool local = word == "local";
    bool session = word == "session";
    if (local || session) word = word_of(reader.next());
    if (local && word == "session") {
        session = true;
        word = word_of(reader.next());
    }
    // `SET role = x` and `SET ROLE x` are one.
    const std::string first = word;
    auto [name, has_sign] = read_name(reader, std::move(word), session);
    if (name.empty() || name.find('"') != std::string::npos) return unknown;
    token_reader behind = reader;
    const token sign = behind.next();
    const bool signed_ = (sign.what == token::kind::sign && sign.text == "=") ||
                         (sign.what == token::kind::word && lower(sign.text) == "to");
    if (has_sign && !signed_) return unknown;
    // Of the transaction only: nothing of it can be seen in an answer but its snapshot.
    if (name == "transaction") return {setting_effect::none, {}, {}};
    const bool may_have_sign = first == "role" || first == name;
    if (signed_ && may_have_sign) reader = behind;
    return set_to(local, std::move(name), reader.rest());
}

setting_change parse_reset(token_reader& reader) {
    std::string word = word_of(reader.next());
    if (word == "all") return {setting_effect::reset_all, {}, {}};
    const bool session = word == "session";
    if (session) word = word_of(reader.next());
    auto name = read_name(reader, std::move(word), session).name;
    if (name == "transaction") return {setting_effect::none, {}, {}};
    if (name.empty() || !reader.rest().empty()) return {setting_effect::unknown, {}, {}};
    return made(setting_effect::reset, std::move(name));
}

bool calls(const sql::statement_template& statement, std::string_view function) {
    return std::any_of(statement.functions.begin(), statement.functions.end(),
                       [&](const std::string& name) {
                           return name == function || name == "pg_catalog." + std::string(function);
                       });
}

// A literal without anything to be read in it; empty: not plain.
std::string_view plain_text(const detect::argument& a) {
    if (a.is_null) return {};
    if (a.format != detect::argument_format::literal) return a.bytes;
    std::string_view text = a.bytes;
    if (text.size() < 2 || text.front() != '\'' || text.back() != '\'') return {};
    text = text.substr(1, text.size() - 2);
    return text.find_first_of("'\\") == text.npos ? text : std::string_view();
}

// SELECT set_config('timezone', 'UTC', false), and nothing else.
setting_change parse_set_config(const sql::statement_template& statement,
                                std::span<const detect::argument> arguments) {
    static const std::regex form(
        R"(select (?:pg_catalog\.)?set_config ?\( ?(\$\d+) ?, ?(\$\d+) ?, ?(true|false|\$\d+) ?\))"
        R"((?: as \w+)?)",
        std::regex::icase | std::regex::optimize);
    setting_change found{setting_effect::unknown, {}, {}};
    std::smatch parts;
    if (statement.normalized_text.size() > 200 ||
        !std::regex_match(statement.normalized_text, parts, form))
        return found;
    const auto argument = [&](int part) -> const detect::argument* {
        const std::size_t n = std::stoul(parts[part].str().substr(1));
        return n >= 1 && n <= arguments.size() ? &arguments[n - 1] : nullptr;
    };
    const auto* name_given = argument(1);
    const auto* value_given = argument(2);
    if (name_given == nullptr || value_given == nullptr) return found;
    const std::string_view name = plain_text(*name_given), value = plain_text(*value_given);
    if (name.empty() || value.empty() || value.size() > value_bytes_max) return found;
    std::string local = lower(parts[3].str());
    if (local.starts_with('$')) {
        const auto* given = argument(3);
        if (given == nullptr || given->is_null) return found;
        local = lower(std::string(given->bytes));
    }
    if (local != "true" && local != "false") return found;
    found.effect = local == "true" ? setting_effect::set_local : setting_effect::set;
    found.name = lower(std::string(name));
    found.value = "set_config " + std::string(value);
    return found;
}

bool is_unknown_inside(statement_kind kind) {
    switch (kind) {
        case statement_kind::unknown:
        case statement_kind::set:
        case statement_kind::reset:
        case statement_kind::discard:
        case statement_kind::rollback_to:
        case statement_kind::execute:
        case statement_kind::call:
        case statement_kind::do_block:
        case statement_kind::other_utility:
            return true;
        default:
            return false;
    }
}

// Several in one Query. What pools say when a connection comes back ends with RESET ALL.
setting_change of_several(const sql::statement_template& statement,
                          const freshness::tracked_effects& effects, std::string_view text) {
    const setting_change unknown{setting_effect::unknown, {}, {}};
    const auto& kinds = statement.kinds;
    if (kinds.empty() || calls(statement, "set_config")) return unknown;
    const bool resets = kinds.back() == statement_kind::reset;
    if (std::any_of(kinds.begin(), kinds.end() - (resets ? 1 : 0), is_unknown_inside))
        return unknown;
    // Whether transactions that end in it were for good, nobody sees.
    const auto ends = [](statement_kind kind) {
        return kind == statement_kind::commit || kind == statement_kind::rollback ||
               kind == statement_kind::begin;
    };
    if (!resets) {
        if (std::any_of(kinds.begin(), kinds.end(), ends)) return unknown;
        return {effects.found.writes_everything ? setting_effect::unknown : setting_effect::none,
                {},
                {}};
    }
    token_reader end(text);
    const std::string all = lower(std::string(end.rest()));
    return {
        all.ends_with("reset all") ? setting_effect::reset_all : setting_effect::unknown, {}, {}};
}

}  // namespace

setting_change parse_setting_change(std::string_view text) {
    token_reader reader(text);
    const std::string verb = word_of(reader.next());
    if (verb == "set") return parse_set(reader);
    if (verb == "reset") return parse_reset(reader);
    if (verb == "discard") {
        const bool all = word_of(reader.next()) == "all";
        return {all ? setting_effect::discard_all : setting_effect::none, {}, {}};
    }
    return {setting_effect::unknown, {}, {}};
}

setting_change setting_change_of(const sql::statement_template* statement,
                                 const freshness::tracked_effects& effects, std::string_view text,
                                 std::span<const detect::argument> arguments) {
    if (statement == nullptr) return {setting_effect::unknown, {}, {}};
    switch (statement->kind) {
        case statement_kind::set:
        case statement_kind::reset:
        case statement_kind::discard:
            return parse_setting_change(text);
        case statement_kind::commit:
        case statement_kind::prepare_transaction:
            return {setting_effect::commit, {}, {}};
        case statement_kind::rollback:
            return {setting_effect::rollback, {}, {}};
        case statement_kind::rollback_to:
            return {setting_effect::rollback_to, {}, {}};
        case statement_kind::multiple:
            return of_several(*statement, effects, text);
        case statement_kind::ddl:
            // Of no session, not even its own; but CREATE TABLE AS may call anything.
            return {statement->functions.empty() ? setting_effect::none : setting_effect::unknown,
                    {},
                    {}};
        case statement_kind::lock:
        case statement_kind::listen:
        case statement_kind::unlisten:
        case statement_kind::notify:
        case statement_kind::commit_prepared:
        case statement_kind::rollback_prepared:
            return {};
        default:
            break;
    }
    if (calls(*statement, "set_config")) return parse_set_config(*statement, arguments);
    if (effects.found.writes_everything) return {setting_effect::unknown, {}, {}};
    return {};
}

}  // namespace pgfold::session
