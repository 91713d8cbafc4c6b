// libpqxx's loops. Variants: exec, with the keys in the text; exec_params; exec_prepared.
#include <iostream>
#include <pqxx/pqxx>
#include <sstream>
#include <string>
#include <vector>

namespace {

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, separator);)
        parts.push_back(part);
    return parts;
}

pqxx::result look_up(pqxx::transaction_base& work, const std::string& variant,
                     const std::string& lookup, const std::vector<std::string>& keys) {
    const auto given = pqxx::prepare::make_dynamic_params(keys);
    if (variant == "exec_params") return work.exec_params(lookup, given);
    if (variant == "exec_prepared") return work.exec_prepared("lookup", given);
    std::string text = lookup;
    for (std::size_t i = 0; i < keys.size(); ++i)
        text.replace(text.find("$" + std::to_string(i + 1)), 2, work.quote(keys[i]));
    return work.exec(text);
}

void print(const pqxx::result& rows) {
    for (const auto& row : rows) {
        for (const auto& field : row)
            std::cout << (field.is_null() ? "NULL" : field.c_str()) << '|';
        std::cout << '\n';
    }
    std::cout << "-\n";
}

std::vector<std::string> keys_of(const pqxx::row& row, const std::vector<std::string>& columns) {
    std::vector<std::string> keys;
    for (const auto& column : columns)
        keys.emplace_back(row[std::stoi(column)].c_str());
    return keys;
}

}  // namespace

int main() {
    for (std::string line; std::getline(std::cin, line);) {
        const auto asked = split(line, '\t');
        const std::string &variant = asked[0], &transaction = asked[1], &lookup = asked[3];
        const auto columns = split(asked[4], ',');
        pqxx::connection connection("");
        if (variant == "exec_prepared") connection.prepare("lookup", lookup);
        const auto run = [&](pqxx::transaction_base& work) {
            for (const auto& row : work.exec(asked[2]))
                print(look_up(work, variant, lookup, keys_of(row, columns)));
            work.commit();
        };
        if (transaction == "autocommit") {
            pqxx::nontransaction work(connection);
            run(work);
        } else if (transaction == "read_committed") {
            pqxx::work work(connection);
            run(work);
        } else if (transaction == "repeatable_read") {
            pqxx::transaction<pqxx::repeatable_read> work(connection);
            run(work);
        } else {
            const auto rows = pqxx::nontransaction(connection).exec(asked[2]);
            for (const auto& row : rows) {
                pqxx::work work(connection);
                print(look_up(work, variant, lookup, keys_of(row, columns)));
                work.commit();
            }
        }
        std::cout << "end" << std::endl;
    }
}
