#include "tools/guard/child_process.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace pgfold::guard {
namespace {

constexpr int status_not_executable = 126;
constexpr int status_not_found = 127;
constexpr int status_signal = 128;

constexpr std::array<int, 6> passed_on = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

class spawn_settings {
public:
    spawn_settings(const signals_held& signals, bool output_to_error) {
        ::posix_spawnattr_init(&attributes_);
        ::posix_spawn_file_actions_init(&actions_);
        sigset_t defaults;
        sigemptyset(&defaults);
        for (const int number : {SIGPIPE, SIGCHLD})
            sigaddset(&defaults, number);
        ::posix_spawnattr_setsigdefault(&attributes_, &defaults);
        ::posix_spawnattr_setsigmask(&attributes_, &signals.before());
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
        if (output_to_error)
            ::posix_spawn_file_actions_adddup2(&actions_, STDERR_FILENO, STDOUT_FILENO);
    }
    ~spawn_settings() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    spawn_settings(const spawn_settings&) = delete;
    spawn_settings& operator=(const spawn_settings&) = delete;

    [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }
    [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }

private:
    posix_spawnattr_t attributes_{};
    posix_spawn_file_actions_t actions_{};
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

// A terminal sends its signals to the command as well, which is in the same process group.
bool came_from_process(const siginfo_t& info) {
    return info.si_code <= 0;
}

int status_of(int wait_status) {
    return WIFSIGNALED(wait_status) ? status_signal + WTERMSIG(wait_status)
                                    : WEXITSTATUS(wait_status);
}

}  // namespace

signals_held::signals_held() {
    sigemptyset(&held_);
    sigaddset(&held_, SIGCHLD);
    for (const int number : passed_on)
        sigaddset(&held_, number);
    std::signal(SIGCHLD, SIG_DFL);  // an ignored one would let nobody wait for a child
    ::pthread_sigmask(SIG_BLOCK, &held_, &before_);
}

signals_held::~signals_held() {
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

child_result run_child(const std::vector<std::string>& command, const environment& variables,
                       const signals_held& signals, bool output_to_error) {
    std::vector<std::string> words = command, entries;
    for (const auto& [name, value] : variables)
        entries.push_back(name + '=' + value);
    const spawn_settings settings(signals, output_to_error);
    pid_t child = 0;
    const int failure =
        ::posix_spawnp(&child, words.front().c_str(), settings.actions(), settings.attributes(),
                       pointers_to(words).data(), pointers_to(entries).data());
    if (failure != 0) {
        return {failure == ENOENT ? status_not_found : status_not_executable,
                command.front() + ": " + std::strerror(failure)};
    }
    for (;;) {
        siginfo_t info{};
        const int number = ::sigwaitinfo(&signals.held(), &info);
        if (number < 0) continue;  // interrupted
        if (number != SIGCHLD) {
            if (came_from_process(info)) ::kill(child, number);
            continue;
        }
        int wait_status = 0;
        if (::waitpid(child, &wait_status, WNOHANG) == child) return {status_of(wait_status), {}};
    }
}

}  // namespace pgfold::guard
