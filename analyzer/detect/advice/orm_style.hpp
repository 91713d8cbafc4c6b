// Which ORM or query builder wrote a statement, told from its sqlcommenter tags and from the habits
// of its SQL: how it quotes, qualifies and aliases.
#pragma once

#include <cstdint>
#include <string_view>

#include "analyzer/detect/finding.hpp"

namespace pgfold::detect::advice {

enum class orm : std::uint8_t {
    unknown,  // a plain driver, or a style that several share
    django,
    rails,
    sqlalchemy,
    peewee,
    hibernate,
    jooq,
    sequelize,
    typeorm,
    prisma,
    drizzle,
    knex,
    objection,
    mikroorm,
    doctrine,
    eloquent,
    gorm,
    ecto,
    efcore,
};

[[nodiscard]] std::string_view to_string(orm which);  // as in reports; empty for unknown

[[nodiscard]] orm recognize_tags(const sql::tag_list& tags);

// `inlined`: values stand in the client's text instead of parameters.
[[nodiscard]] orm recognize_text(std::string_view normalized_text, bool inlined);

// The tags, else the child's text, else the parent's, else the application's name.
[[nodiscard]] orm recognize_orm(const finding& f);

}  // namespace pgfold::detect::advice
