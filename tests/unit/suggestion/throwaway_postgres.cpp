#include "unit/suggestion/throwaway_postgres.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include <libpq-fe.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pgfold::test {
namespace {

std::string newest_bin_folder() {
    if (const char* chosen = std::getenv("PG_BIN")) return chosen;
    std::vector<std::string> found;
    std::error_code error;
    for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", error)) {
        if (std::filesystem::exists(version.path() / "bin" / "initdb")) {
            found.push_back((version.path() / "bin").string());
        }
    }
    if (found.empty()) throw std::runtime_error("no PostgreSQL in /usr/lib/postgresql");
    return *std::max_element(found.begin(), found.end());
}

// The server refuses to run as root: then it runs as postgres, who owns the folder.
void become_server_user() {
    if (geteuid() != 0) return;
    const passwd* user = getpwnam("postgres");
    if (user == nullptr || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0) _exit(126);
}

pid_t start(const std::vector<std::string>& command, const std::string& log) {
    std::vector<char*> arguments;
    for (const std::string& word : command)
        arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const pid_t child = fork();
    if (child != 0) return child;
    become_server_user();
    if (std::freopen(log.c_str(), "a", stdout) == nullptr || dup2(1, 2) < 0) _exit(126);
    execv(arguments[0], arguments.data());
    _exit(127);
}

}  // namespace

throwaway_postgres::throwaway_postgres() {
    const std::string bin = newest_bin_folder();
    std::string pattern = "/tmp/pgfold_test_XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    folder_ = pattern;
    if (geteuid() == 0) {
        const passwd* user = getpwnam("postgres");
        if (user == nullptr || chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0) {
            throw std::runtime_error("cannot give " + folder_ + " to postgres");
        }
    }
    const std::string data = folder_ + "/data";
    const std::string log = folder_ + "/log";
    int status = -1;
    const pid_t initdb = start({bin + "/initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E",
                                "UTF8", "--locale=C", "--no-sync"},
                               log);
    if (waitpid(initdb, &status, 0) != initdb || status != 0) {
        throw std::runtime_error("initdb failed: see " + log);
    }
    server_ = start({bin + "/postgres", "-D", data, "-k", folder_, "-c", "listen_addresses=", "-c",
                     "fsync=off", "-c", "shared_buffers=16MB"},
                    log);
    const std::string where = conninfo();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (PQping(where.c_str()) != PQPING_OK) {
        if (std::chrono::steady_clock::now() > deadline ||
            waitpid(server_, &status, WNOHANG) != 0) {
            throw std::runtime_error("the server did not start: see " + log);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    connection_ = PQconnectdb(where.c_str());
    if (PQstatus(connection_) != CONNECTION_OK) {
        throw std::runtime_error(PQerrorMessage(connection_));
    }
}

throwaway_postgres::~throwaway_postgres() {
    if (connection_ != nullptr) PQfinish(connection_);
    if (server_ > 0) {
        kill(server_, SIGQUIT);
        int status = 0;
        waitpid(server_, &status, 0);
    }
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
}

std::string throwaway_postgres::conninfo() const {
    return "host=" + folder_ + " user=postgres dbname=postgres";
}

void throwaway_postgres::execute(const std::string& script) {
    PGresult* result = PQexec(connection_, script.c_str());
    const ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        throw std::runtime_error(std::string(PQerrorMessage(connection_)) + script);
    }
}

void throwaway_postgres::execute_file(const std::string& path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot read " + path);
    execute(std::string(std::istreambuf_iterator<char>(file), {}));
}

std::vector<result_row> throwaway_postgres::query(const std::string& text,
                                                  const std::vector<std::string>& values) {
    std::vector<const char*> pointers;
    for (const std::string& value : values)
        pointers.push_back(value.c_str());
    PGresult* result = PQexecParams(connection_, text.c_str(), static_cast<int>(values.size()),
                                    nullptr, pointers.data(), nullptr, nullptr, 0);
    std::vector<result_row> rows;
    const ExecStatusType status = PQresultStatus(result);
    for (int i = 0; i < PQntuples(result); ++i) {
        result_row& row = rows.emplace_back();
        for (int k = 0; k < PQnfields(result); ++k) {
            row[PQfname(result, k)] =
                PQgetisnull(result, i, k) != 0 ? "NULL" : PQgetvalue(result, i, k);
        }
    }
    PQclear(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        throw std::runtime_error(std::string(PQerrorMessage(connection_)) + text);
    }
    return rows;
}

}  // namespace pgfold::test
