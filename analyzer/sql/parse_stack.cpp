#include "analyzer/sql/parse_stack.hpp"

#include <pthread.h>
#include <signal.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>

namespace pgfold::sql {

struct parse_stack::worker {
    std::mutex mutex;
    std::condition_variable changed;
    void (*call)(void*) = nullptr;
    void* argument = nullptr;
    std::exception_ptr thrown;
    bool stopping = false;
    pthread_t thread{};

    void loop() {
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [this] { return stopping || call != nullptr; });
            if (stopping) return;
            lock.unlock();
            try {
                call(argument);
            } catch (...) {
                thrown = std::current_exception();
            }
            lock.lock();
            call = nullptr;
            changed.notify_all();
        }
    }
};

parse_stack::parse_stack() = default;

parse_stack::~parse_stack() {
    if (!worker_) return;
    {
        const std::lock_guard lock(worker_->mutex);
        worker_->stopping = true;
    }
    worker_->changed.notify_all();
    pthread_join(worker_->thread, nullptr);
}

bool parse_stack::run_erased(void (*call)(void*), void* argument) {
    if (!worker_) {
        auto starting = std::make_unique<worker>();
        pthread_attr_t attributes;
        if (pthread_attr_init(&attributes) != 0) return false;
        int failed = pthread_attr_setstacksize(&attributes, stack_bytes);
        if (failed == 0) {
            // Signals are for the threads that the program has set up for them.
            sigset_t all;
            sigset_t before;
            sigfillset(&all);
            pthread_sigmask(SIG_SETMASK, &all, &before);
            failed = pthread_create(
                &starting->thread, &attributes,
                [](void* self) -> void* {
                    static_cast<worker*>(self)->loop();
                    return nullptr;
                },
                starting.get());
            pthread_sigmask(SIG_SETMASK, &before, nullptr);
        }
        pthread_attr_destroy(&attributes);
        if (failed != 0) return false;
        pthread_setname_np(starting->thread, "pgfold-parse");
        worker_ = std::move(starting);
    }
    std::unique_lock lock(worker_->mutex);
    worker_->call = call;
    worker_->argument = argument;
    worker_->changed.notify_all();
    worker_->changed.wait(lock, [this] { return worker_->call == nullptr; });
    if (worker_->thrown) std::rethrow_exception(std::exchange(worker_->thrown, nullptr));
    return true;
}

}  // namespace pgfold::sql
