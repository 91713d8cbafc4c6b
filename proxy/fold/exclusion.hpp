// What folding leaves alone, by configuration.
#pragma once

#include <string>
#include <vector>

#include "analyzer/detect/conversation_observer.hpp"
#include "analyzer/sql/statement_template.hpp"

namespace pgfold::fold {

// Every non-empty field must match. All but the fingerprint are glob patterns.
struct exclusion {
    std::string table;  // that the lookup reads; with its schema where the statement says it
    std::string fingerprint;
    std::string role;  // that the client logged in as
    std::string database;
    std::string application_name;

    [[nodiscard]] bool matches(const sql::statement_template& lookup,
                               const detect::session_identity& who) const;
    [[nodiscard]] std::string to_string() const;  // as the configuration writes it
};

// The first that matches; null: none does.
[[nodiscard]] const exclusion* find_exclusion(const std::vector<exclusion>& rules,
                                              const sql::statement_template& lookup,
                                              const detect::session_identity& who);

}  // namespace pgfold::fold
