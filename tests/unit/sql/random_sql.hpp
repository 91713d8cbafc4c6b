// Statements that mostly parse, from a small random grammar: all kinds of constants in all kinds of
// places, with odd white space and comments in between. The same seed gives the same statements.
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace pgfold::sql {

class random_sql {
public:
    explicit random_sql(std::uint64_t seed) : random_(seed) {}

    [[nodiscard]] std::string statement();

private:
    [[nodiscard]] unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }
    void add(std::string_view token);  // with a separator before it

    void select(unsigned depth);
    void expression(unsigned depth);
    void condition(unsigned depth);
    void constant();
    void column();
    void list(unsigned depth);
    void utility();

    std::mt19937_64 random_;
    std::string out_;
};

}  // namespace pgfold::sql
