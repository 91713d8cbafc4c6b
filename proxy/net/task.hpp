// Coroutines of a data thread: what goes in steps and is rare, such as a startup or a TLS
// handshake.
//
// Flow:
//
//     task<int> step(stream& socket, deadline& limit) {
//         const bool ready = co_await wait_until_ready(socket, io_status::want_read, limit);
//         co_return ready ? 1 : 0;
//     }
//     tasks.start(outer());   // runs at once, up to its first wait
//
// A task starts when it is awaited and is resumed by what it waits for, on the thread that runs the
// event loop; it knows no scheduler of its own. Parameters are best taken by value: a coroutine may
// outlive the expression that called it.
#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <optional>
#include <utility>

namespace pgfold::net {

template <typename T>
class task;

namespace detail {

struct task_promise_base {
    struct resume_awaiter {
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        template <typename Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) const noexcept {
            return done.promise().awaited_by;
        }
        void await_resume() const noexcept {}
    };
    [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
    [[nodiscard]] resume_awaiter final_suspend() const noexcept { return {}; }
    void unhandled_exception() { failure = std::current_exception(); }

    std::coroutine_handle<> awaited_by;
    std::exception_ptr failure;
};

template <typename T>
struct task_promise : task_promise_base {
    task<T> get_return_object();
    template <typename U>
    void return_value(U&& value) {
        result.emplace(std::forward<U>(value));
    }
    T take() { return std::move(*result); }
    std::optional<T> result;
};

template <>
struct task_promise<void> : task_promise_base {
    task<void> get_return_object();
    void return_void() const noexcept {}
    void take() const noexcept {}
};

}  // namespace detail

template <typename T>
class [[nodiscard]] task {
public:
    using promise_type = detail::task_promise<T>;

    explicit task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}
    task(task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
    task& operator=(task&&) = delete;
    ~task() {
        if (frame_) frame_.destroy();
    }

    struct awaiter {
        std::coroutine_handle<promise_type> frame;
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<> by) const noexcept {
            frame.promise().awaited_by = by;
            return frame;
        }
        T await_resume() const {
            if (frame.promise().failure) std::rethrow_exception(frame.promise().failure);
            return frame.promise().take();
        }
    };
    awaiter operator co_await() && noexcept { return {frame_}; }

private:
    std::coroutine_handle<promise_type> frame_;
};

namespace detail {

template <typename T>
task<T> task_promise<T>::get_return_object() {
    return task<T>(std::coroutine_handle<task_promise>::from_promise(*this));
}
inline task<void> task_promise<void>::get_return_object() {
    return task<void>(std::coroutine_handle<task_promise>::from_promise(*this));
}

}  // namespace detail

// Tasks that nobody awaits. Those which have not ended are destroyed with it, and with them what
// they hold.
class task_group {
public:
    using ended = std::function<void(std::exception_ptr)>;  // the argument is null when all is well

    task_group() = default;
    ~task_group() { clear(); }
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;

    void start(task<void> started, ended tell = {}) {
        run(this, std::move(started), std::move(tell));
    }
    void clear() {
        while (first_ != nullptr)
            std::coroutine_handle<root::promise_type>::from_promise(*first_).destroy();
    }
    [[nodiscard]] bool empty() const { return first_ == nullptr; }

private:
    // The coroutine around a task: in the group's list from its start to its end.
    struct root {
        struct promise_type {
            promise_type(task_group* group, task<void>& /*started*/, ended& /*tell*/)
                : group_(group), next_(group->first_) {
                if (next_ != nullptr) next_->previous_ = this;
                group_->first_ = this;
            }
            ~promise_type() {
                (previous_ != nullptr ? previous_->next_ : group_->first_) = next_;
                if (next_ != nullptr) next_->previous_ = previous_;
            }
            promise_type(const promise_type&) = delete;
            promise_type& operator=(const promise_type&) = delete;

            root get_return_object() const noexcept { return {}; }
            [[nodiscard]] std::suspend_never initial_suspend() const noexcept { return {}; }
            [[nodiscard]] std::suspend_never final_suspend() const noexcept { return {}; }
            void return_void() const noexcept {}
            void unhandled_exception() const { throw; }  // of `tell`: to whoever resumed

            task_group* group_;
            promise_type* previous_ = nullptr;
            promise_type* next_ = nullptr;
        };
    };

    static root run(task_group* /*group*/, task<void> started, ended tell) {
        std::exception_ptr failure;
        try {
            co_await std::move(started);
        } catch (...) {
            failure = std::current_exception();
        }
        if (tell) tell(failure);
    }

    root::promise_type* first_ = nullptr;
};

}  // namespace pgfold::net
