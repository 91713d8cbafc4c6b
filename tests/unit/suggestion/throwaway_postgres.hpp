// A PostgreSQL server of its own in a temporary folder, on a Unix socket only; gone with the
// object. The newest of Debian's, or that of the folder PG_BIN.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

struct pg_conn;

namespace pgfold::test {

// Column names to values; several columns of one name and value are one.
using result_row = std::map<std::string, std::string>;

class throwaway_postgres {
public:
    throwaway_postgres();  // throws std::runtime_error with what went wrong
    ~throwaway_postgres();
    throwaway_postgres(const throwaway_postgres&) = delete;
    throwaway_postgres& operator=(const throwaway_postgres&) = delete;

    [[nodiscard]] std::string conninfo() const;  // for more connections, as superuser

    void execute(const std::string& script);
    void execute_file(const std::string& path);
    // Values in text form; their types are what the server infers.
    [[nodiscard]] std::vector<result_row> query(const std::string& text,
                                                const std::vector<std::string>& values = {});

    // Where its socket is, for those who speak to it in bytes.
    [[nodiscard]] const std::string& socket_folder() const { return folder_; }

private:
    std::string folder_;
    pid_t server_ = -1;
    pg_conn* connection_ = nullptr;
};

}  // namespace pgfold::test
