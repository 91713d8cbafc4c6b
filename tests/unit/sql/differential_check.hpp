// Compares what the analyzer makes of a text with what libpg_query does.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "analyzer/sql/statement_analyzer.hpp"

namespace pgfold::sql {

struct differential_outcome {
    std::string complaint;  // empty: they agree
    bool parses = false;
    bool slow = false;  // took the slow path
};

// The rules:
// - A text that parses is not malformed, and has the same tokens as to PostgreSQL's scanner.
// - No two texts that fingerprints tell apart share a template.
// - The template's fingerprint is the text's, but for utility statements that may hold a secret.
// - Literals are exactly what the normalizer replaces. Where it replaces something that is no
//   token, there are none and the text has taken the slow path.
// - A text that parses has a template, unless the last text of its shape did not parse.
class differential_checker {
public:
    explicit differential_checker(statement_analyzer& analyzer) : analyzer_(analyzer) {}
    [[nodiscard]] differential_outcome check(const std::string& text);

private:
    statement_analyzer& analyzer_;
    std::unordered_map<template_ptr, std::uint64_t> fingerprints_;
    bool rejected_one_ = false;
};

// The text with the values of its literals changed, kinds kept: it must have the same template.
[[nodiscard]] std::string with_other_values(const std::string& text, const analysis& of_text);

}  // namespace pgfold::sql
