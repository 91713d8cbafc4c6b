#include "analyzer/detect/advice/orm_style.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

namespace pgfold::detect::advice {
namespace {

constexpr std::size_t tokens_max = 2000;  // styles show early

enum class token_kind : std::uint8_t { word, quoted, parameter, symbol };

struct token {
    token_kind kind;
    std::string_view text;  // of a quoted identifier: without its quotes
    [[nodiscard]] bool is(char symbol) const {
        return kind == token_kind::symbol && text.front() == symbol;
    }
    [[nodiscard]] bool is_name() const {
        return kind == token_kind::word || kind == token_kind::quoted;
    }
};

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::vector<token> tokens_of(std::string_view text) {
    std::vector<token> tokens;
    for (std::size_t i = 0; i < text.size() && tokens.size() < tokens_max;) {
        const std::size_t start = i;
        const char c = text[i];
        if (std::isspace(static_cast<unsigned char>(c)) != 0) {
            ++i;
        } else if (c == '"') {
            const std::size_t end = std::min(text.find('"', i + 1), text.size());
            tokens.push_back({token_kind::quoted, text.substr(start + 1, end - start - 1)});
            i = end + 1;
        } else if (c == '$') {
            while (++i < text.size() && is_digit(text[i])) {
            }
            tokens.push_back({token_kind::parameter, text.substr(start, i - start)});
        } else if (is_word(c)) {
            while (i < text.size() && is_word(text[i]))
                ++i;
            tokens.push_back({token_kind::word, text.substr(start, i - start)});
        } else {
            tokens.push_back({token_kind::symbol, text.substr(i++, 1)});
        }
    }
    return tokens;
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

bool is_keyword(const token& t, std::string_view keyword) {
    return t.kind == token_kind::word && lower(t.text) == keyword;
}

// Letters, then digits: "e0", "t1". Both must be there.
bool is_letters_digits(std::string_view name) {
    const auto digits = std::find_if(name.begin(), name.end(), is_digit);
    return digits != name.begin() && digits != name.end() &&
           std::all_of(digits, name.end(), is_digit) &&
           std::none_of(name.begin(), digits, [](char c) { return c == '_'; });
}

// "organiza0_" of Hibernate 5, "o0_" of Doctrine.
bool is_digits_underscore(std::string_view name) {
    return name.size() > 2 && name.ends_with('_') && is_digit(name[name.size() - 2]);
}

// "e1_0" of Hibernate 6.
bool is_digits_underscore_digits(std::string_view name) {
    const std::size_t underscore = name.rfind('_');
    return underscore != std::string_view::npos && underscore > 1 &&
           is_letters_digits(name.substr(0, underscore)) && underscore + 1 < name.size() &&
           std::all_of(name.begin() + static_cast<std::ptrdiff_t>(underscore) + 1, name.end(),
                       is_digit);
}

struct text_style {
    bool lower_keywords = false;
    bool quoted_names = false;
    bool star = false;                       // SELECT *
    bool qualified_star = false;             // "t".*
    bool two_parts = false;                  // "t"."c"
    bool three_parts = false;                // "s"."t"."c"
    bool parent_is_alias_of_itself = false;  // "t" AS "t"
    bool quoted_short_alias = false;         // AS "e0"
    bool quoted_t_alias = false;             // AS "t1"
    bool quoted_output_alias = false;        // "T"."c" AS "T_c"
    bool bare_output_alias = false;          // t.c AS t_c
    bool bare_short_alias = false;           // e0."c"
    bool bare_letter_alias = false;          // e."c" …
    bool quoted_table_as_letter = false;     // … of "T" AS e
    bool hibernate5_alias = false;           // organiza0_.c
    bool hibernate6_alias = false;           // e1_0.c
    bool doctrine_alias = false;             // t0.c AS c_1
    bool value_left = false;                 // $1 = t.c
    bool not_null = false;                   // IS NOT NULL
    bool in_one = false;                     // IN ($1)
    bool returning_two_parts = false;        // RETURNING "t"."c"
    bool counts_plainly = false;             // COUNT(*) FROM, without an alias
    std::string statement;                   // select, insert, update, delete
};

void look_at_name(const std::vector<token>& t, std::size_t i, text_style& style) {
    const auto at = [&](std::size_t k) { return k < t.size() ? &t[k] : nullptr; };
    const auto is = [&](std::size_t k, char c) { return at(k) != nullptr && t[k].is(c); };
    const auto name = [&](std::size_t k) { return at(k) != nullptr && t[k].is_name(); };
    const token& first = t[i];
    const bool starts = i == 0 || !t[i - 1].is('.');
    if (!starts || !is(i + 1, '.')) return;

    if (first.kind == token_kind::quoted) {
        if (is(i + 2, '*')) style.qualified_star = true;
        if (!name(i + 2)) return;
        style.two_parts = true;
        if (is(i + 3, '.') && name(i + 4)) style.three_parts = true;
        if (i != 0 && is_keyword(t[i - 1], "returning")) style.returning_two_parts = true;
    } else if (name(i + 2)) {
        const bool quoted_column = t[i + 2].kind == token_kind::quoted;
        if (quoted_column && is_letters_digits(first.text)) style.bare_short_alias = true;
        if (quoted_column && first.text.size() <= 3 && !is_letters_digits(first.text)) {
            style.bare_letter_alias = true;
        }
        if (!quoted_column && is_digits_underscore(first.text)) style.hibernate5_alias = true;
        if (!quoted_column && is_digits_underscore_digits(first.text))
            style.hibernate6_alias = true;
        if (i >= 2 && t[i - 1].is('=')) {
            std::size_t value = i - 2;  // $1, or $1::integer
            if (value >= 3 && t[value - 1].is(':') && t[value - 2].is(':')) value -= 3;
            if (t[value].kind == token_kind::parameter) style.value_left = true;
        }
    }
    // t.c AS alias
    if (name(i + 2) && at(i + 4) != nullptr && is_keyword(t[i + 3], "as") && name(i + 4)) {
        const std::string joined = std::string(first.text) + "_" + std::string(t[i + 2].text);
        const bool same = t[i + 4].text == joined;
        if (same && first.kind == token_kind::quoted) style.quoted_output_alias = true;
        if (same && first.kind == token_kind::word) style.bare_output_alias = true;
        if (first.kind == token_kind::word && is_letters_digits(first.text) &&
            first.text.front() == 't' &&
            t[i + 4].text.starts_with(std::string(t[i + 2].text) + "_")) {
            style.doctrine_alias = true;
        }
    }
}

text_style style_of(std::string_view text) {
    const std::vector<token> t = tokens_of(text);
    text_style style;
    if (t.empty()) return style;
    style.statement = lower(t[0].text);
    style.lower_keywords = t[0].text == style.statement;
    style.star = t.size() > 1 && t[1].is('*');
    for (std::size_t i = 0; i < t.size(); ++i) {
        if (t[i].kind == token_kind::quoted) style.quoted_names = true;
        if (t[i].is_name()) look_at_name(t, i, style);
        const auto follows = [&](std::size_t k, std::string_view keyword) {
            return i + k < t.size() && is_keyword(t[i + k], keyword);
        };
        if (i + 2 < t.size() && follows(1, "as") && t[i + 2].kind == token_kind::quoted) {
            const std::string_view alias = t[i + 2].text;
            const bool of_table = i != 0 && (is_keyword(t[i - 1], "from") ||
                                             is_keyword(t[i - 1], "join") || t[i - 1].is('.'));
            if (t[i].kind == token_kind::quoted && of_table && t[i].text == alias) {
                style.parent_is_alias_of_itself = true;
            }
            if (t[i].kind == token_kind::quoted && is_letters_digits(alias)) {
                (alias.front() == 't' ? style.quoted_t_alias : style.quoted_short_alias) = true;
            }
        }
        if (t[i].kind == token_kind::quoted && i + 2 < t.size() && t[i + 1].text == "AS" &&
            t[i + 2].kind == token_kind::word && t[i + 2].text.size() <= 3) {
            style.quoted_table_as_letter = true;
        }
        if (is_keyword(t[i], "is") && follows(1, "not") && follows(2, "null"))
            style.not_null = true;
        if (is_keyword(t[i], "in") && i + 3 < t.size() && t[i + 1].is('(') &&
            t[i + 2].kind == token_kind::parameter && t[i + 3].is(')')) {
            style.in_one = true;
        }
        if (is_keyword(t[i], "count") && i + 4 < t.size() && t[i + 2].is('*') &&
            follows(4, "from")) {
            style.counts_plainly = true;
        }
    }
    return style;
}

// The library that one of the words of `text` names: "django:4.2", "rails_v7.0.4",
// "django.db.backends.postgresql", "laravel-9".
orm named_in(std::string_view text) {
    static constexpr std::array<std::pair<std::string_view, orm>, 22> markers = {{
        {"django", orm::django},
        {"rails", orm::rails},
        {"activerecord", orm::rails},
        {"sqlalchemy", orm::sqlalchemy},
        {"peewee", orm::peewee},
        {"hibernate", orm::hibernate},
        {"jooq", orm::jooq},
        {"sequelize", orm::sequelize},
        {"typeorm", orm::typeorm},
        {"prisma", orm::prisma},
        {"drizzle", orm::drizzle},
        {"objection", orm::objection},
        {"mikro", orm::mikroorm},
        {"knex", orm::knex},
        {"kysely", orm::knex},
        {"doctrine", orm::doctrine},
        {"laravel", orm::eloquent},
        {"eloquent", orm::eloquent},
        {"gorm", orm::gorm},
        {"ecto", orm::ecto},
        {"entityframework", orm::efcore},
        {"entityframeworkcore", orm::efcore},
    }};
    const auto is_letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
    for (auto word = text.begin(); word != text.end();) {
        word = std::find_if(word, text.end(), is_letter);
        const auto end = std::find_if_not(word, text.end(), is_letter);
        const std::string name = lower({word, end});
        for (const auto& [marker, which] : markers) {
            if (name == marker) return which;
        }
        word = end;
    }
    return orm::unknown;
}

orm quoting_lower_case(const text_style& s) {
    if (s.three_parts) return orm::jooq;
    if (s.quoted_short_alias) return orm::mikroorm;
    if (s.star && (s.two_parts || s.not_null)) return orm::eloquent;
    if (s.qualified_star && s.in_one) return orm::objection;
    if (s.two_parts) return orm::drizzle;
    return orm::knex;
}

orm quoting_upper_case(const text_style& s, std::string_view text, bool inlined) {
    if (s.three_parts) return orm::prisma;
    if (s.quoted_output_alias) return orm::typeorm;
    if (s.parent_is_alias_of_itself) return orm::sequelize;
    if (s.quoted_t_alias) return orm::peewee;
    if (s.qualified_star || text.find(" AS one FROM") != std::string_view::npos) return orm::rails;
    if (text.find("\"__count\"") != std::string_view::npos || s.returning_two_parts)
        return orm::django;
    if (s.star && s.two_parts) return orm::gorm;
    if (s.counts_plainly && s.two_parts) return orm::rails;
    if (s.two_parts && inlined) return orm::django;
    if (s.two_parts && s.statement == "update") return orm::rails;
    return orm::unknown;
}

}  // namespace

std::string_view to_string(orm which) {
    switch (which) {
        case orm::unknown:
            return "";
        case orm::django:
            return "django";
        case orm::rails:
            return "rails";
        case orm::sqlalchemy:
            return "sqlalchemy";
        case orm::peewee:
            return "peewee";
        case orm::hibernate:
            return "hibernate";
        case orm::jooq:
            return "jooq";
        case orm::sequelize:
            return "sequelize";
        case orm::typeorm:
            return "typeorm";
        case orm::prisma:
            return "prisma";
        case orm::drizzle:
            return "drizzle";
        case orm::knex:
            return "knex";
        case orm::objection:
            return "objection";
        case orm::mikroorm:
            return "mikroorm";
        case orm::doctrine:
            return "doctrine";
        case orm::eloquent:
            return "eloquent";
        case orm::gorm:
            return "gorm";
        case orm::ecto:
            return "ecto";
        case orm::efcore:
            return "efcore";
    }
    return "";
}

orm recognize_tags(const sql::tag_list& tags) {
    bool controller = false, action = false;
    for (const auto& [key, value] : tags) {
        if (key == "db_driver" || key == "framework" || key == "orm") {
            if (const orm which = named_in(value); which != orm::unknown) return which;
        }
        controller = controller || key == "controller";
        action = action || key == "action";
    }
    // Rails' query logs and marginalia name no framework, but these two.
    return controller && action ? orm::rails : orm::unknown;
}

orm recognize_text(std::string_view text, bool inlined) {
    const text_style s = style_of(text);
    if (s.hibernate6_alias) return orm::hibernate;
    if (s.hibernate5_alias) return s.lower_keywords ? orm::hibernate : orm::doctrine;
    if (s.doctrine_alias) return orm::doctrine;
    if (s.bare_short_alias) return orm::ecto;
    if (s.bare_letter_alias && s.quoted_table_as_letter) return orm::efcore;
    if (s.bare_output_alias || s.value_left || text.find(" AS anon_1") != std::string_view::npos ||
        text.find(" AS count_1") != std::string_view::npos) {
        return orm::sqlalchemy;
    }
    if (!s.quoted_names) return orm::unknown;
    return s.lower_keywords ? quoting_lower_case(s) : quoting_upper_case(s, text, inlined);
}

orm recognize_orm(const finding& f) {
    if (const orm by_tags = recognize_tags(f.tags); by_tags != orm::unknown) return by_tags;
    for (const sql::template_ptr& statement : {f.statement, f.parent.statement}) {
        if (statement == nullptr) continue;
        const orm by_text =
            recognize_text(statement->normalized_text, statement->bound_parameters == 0);
        if (by_text != orm::unknown) return by_text;
    }
    return named_in(f.application_name);
}

}  // namespace pgfold::detect::advice
