// A lookup as the session would hand it over, made from a text or from the messages of a cycle.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "analyzer/sql/statement_analyzer.hpp"
#include "proxy/fold/asked_lookup.hpp"
#include "proxy/protocol/frontend/bind.hpp"
#include "support/cpp/messages.hpp"

namespace pgfold::test {

class analyzed_lookup {
public:
    explicit analyzed_lookup(std::string text, sql::text_settings settings = {})
        : text_(std::move(text)), settings_(settings) {
        const sql::analysis found = analyzer().analyze(text_, settings_);
        statement_ = found.statement;
        literals_.assign(found.literals.begin(), found.literals.end());
    }
    // `bind` is a whole Bind message.
    analyzed_lookup(std::string text, bytes bind, std::vector<std::uint32_t> types)
        : analyzed_lookup(std::move(text)) {
        bind_.assign(bind.begin() + 5, bind.end());
        types_ = std::move(types);
        extended_ = true;
        const auto view = protocol::parse_bind(bind_);
        name_ = view->statement_name;
        protocol::parameter_cursor cursor(*view);
        for (std::size_t i = 0; i < view->parameter_count; ++i) {
            const auto value = cursor.next();
            arguments_.push_back({.bytes = protocol::as_text(value.bytes),
                                  .type_oid = i < types_.size() ? types_[i] : 0,
                                  .format = view->parameter_formats.of(i) == 0
                                                ? detect::argument_format::text
                                                : detect::argument_format::binary,
                                  .is_null = value.is_null});
        }
    }

    [[nodiscard]] fold::asked_lookup asked() {
        auto arguments = arguments_;
        for (const sql::literal_span& literal : literals_)
            arguments.push_back(
                {.bytes = std::string_view(text_).substr(literal.offset, literal.length),
                 .format = detect::argument_format::literal});
        all_arguments_ = std::move(arguments);
        return {.statement = statement_,
                .arguments = all_arguments_,
                .text = text_,
                .literals = literals_,
                .text_settings = settings_,
                .extended = extended_,
                .statement_name = name_,
                .bind = bind_,
                .parameter_types = types_};
    }

    [[nodiscard]] const sql::template_ptr& statement() const { return statement_; }
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] const std::vector<sql::literal_span>& literals() const { return literals_; }

private:
    static sql::statement_analyzer& analyzer() {
        static sql::statement_analyzer one(sql::make_template_table());
        return one;
    }

    std::string text_;
    sql::text_settings settings_;
    sql::template_ptr statement_;
    std::vector<sql::literal_span> literals_;
    bool extended_ = false;
    bytes bind_;
    std::string name_;
    std::vector<std::uint32_t> types_;
    std::vector<detect::argument> arguments_, all_arguments_;
};

}  // namespace pgfold::test
